"""Decline an offered seat, and go on waiting for another."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.holding import turned_down
from commands.refusals import Forbidden, OfferEnded, UnknownOffer
from events import tags
from events.candidate import CANDIDATE
from events.entity import Absent
from events.hold import HOLD, EndedHold
from events.waitlist import WAITLIST


class DeclineOffer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `decline-offer`; a bot may say for whom it acts."""

    offer_id: UUID
    on_behalf_of: UUID | None = None


def decide(command: DeclineOffer, view: View, context: Context) -> Decision:
    """An offer that was accepted cannot be declined. Declining what is over is accepted, with nothing to do."""
    (hold,) = view.of(HOLD.at(tags.hold(command.offer_id)))
    ids = {"offer_id": command.offer_id}
    if isinstance(hold, Absent) or not hold.offered:
        return UnknownOffer(command.offer_id)
    if command.on_behalf_of not in {None, hold.candidate_id}:
        return Forbidden("an offer to another candidate")
    if isinstance(hold, EndedHold):
        return OfferEnded(hold.ending) if hold.ending == "used" else Accepted((), ids)
    view.of(
        CANDIDATE.at(tags.candidate(hold.candidate_id)),
        WAITLIST.at(tags.waitlist(hold.slot.city_id, hold.slot.stage_id)),
    )
    return Accepted(turned_down(command.offer_id, view, context.now), ids)
