"""Expire a hold or an offer whose time is over; nobody needs to, since whoever needs the seat does it too."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.holding import expired, read_holds
from commands.refusals import HoldLive, UnknownHold
from events import tags
from events.entity import Absent
from events.hold import HOLD, EndedHold
from events.slot import SLOT, SeatHold


class ExpireHold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `expire-hold`; an offer is a hold too."""

    hold_id: UUID


def decide(command: ExpireHold, view: View, context: Context) -> Decision:
    """Not before its time. What is over already is accepted, with nothing to do."""
    (hold,) = view.of(HOLD.at(tags.hold(command.hold_id)))
    ids = {"hold_id": command.hold_id}
    if isinstance(hold, Absent):
        return UnknownHold(command.hold_id)
    if isinstance(hold, EndedHold):
        return Accepted((), ids)
    if hold.expires_at > context.now:
        return HoldLive(hold.expires_at)
    ending = SeatHold(hold.hold_id, hold.candidate_id, hold.expires_at, hold.offered)
    view.of(SLOT.at(tags.slot(hold.slot.slot_id)))
    read_holds(view, hold.slot, (ending,))
    return Accepted((expired(ending, hold.slot),), ids)
