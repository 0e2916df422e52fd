"""Release a hold: the seat is given back before its time."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.refusals import Forbidden, UnknownHold
from events import tags
from events.candidate import CANDIDATE
from events.entity import Absent
from events.hold import HOLD, EndedHold, HoldExpired, HoldReleased
from events.slot import SLOT


class ReleaseHold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `release-hold`; a bot may say for whom it acts. A seat that was offered is declined instead."""

    hold_id: UUID
    on_behalf_of: UUID | None = None


def decide(command: ReleaseHold, view: View, context: Context) -> Decision:
    """Releasing what is over is accepted, with nothing to do."""
    (hold,) = view.of(HOLD.at(tags.hold(command.hold_id)))
    ids = {"hold_id": command.hold_id}
    if isinstance(hold, Absent) or hold.offered:
        return UnknownHold(command.hold_id)
    if command.on_behalf_of not in {None, hold.candidate_id}:
        return Forbidden("a hold of another candidate")
    if isinstance(hold, EndedHold):
        return Accepted((), ids)
    view.of(SLOT.at(tags.slot(hold.slot.slot_id)), CANDIDATE.at(tags.candidate(hold.candidate_id)))
    if hold.expires_at <= context.now:
        return Accepted((HoldExpired(hold.hold_id, hold.candidate_id, hold.slot.slot_id, hold.expires_at),), ids)
    return Accepted((HoldReleased(hold.hold_id, hold.candidate_id, hold.slot.slot_id, "given-back"),), ids)
