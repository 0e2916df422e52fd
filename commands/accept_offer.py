"""Accept an offered seat: it is booked."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.refusals import Forbidden, OfferEnded, OfferOver, UnknownOffer
from commands.taking import take_seat
from events import tags
from events.entity import Absent
from events.hold import HOLD, EndedHold


class AcceptOffer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `accept-offer`; a bot may say for whom it acts."""

    offer_id: UUID
    on_behalf_of: UUID | None = None


def decide(command: AcceptOffer, view: View, context: Context) -> Decision:
    """In time, and under every rule of booking. Accepting twice is accepted, with nothing to do."""
    (hold,) = view.of(HOLD.at(tags.hold(command.offer_id)))
    if isinstance(hold, Absent) or not hold.offered:
        return UnknownOffer(command.offer_id)
    if command.on_behalf_of not in {None, hold.candidate_id}:
        return Forbidden("an offer to another candidate")
    if isinstance(hold, EndedHold) and hold.booking_id is not None:
        return Accepted((), {"booking_id": hold.booking_id})
    if isinstance(hold, EndedHold) and hold.ending != "expired":
        return OfferEnded(hold.ending)
    if isinstance(hold, EndedHold) or hold.expires_at <= context.now:
        return OfferOver(hold.expires_at)
    return take_seat(hold.slot.slot_id, hold.candidate_id, None, view, context)
