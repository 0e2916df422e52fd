"""Reopen a closed slot: it takes people in again."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.fields import Reason
from commands.refusals import Forbidden, SlotStarted, SlotWithdrawn, UnknownSlot
from events import tags
from events.entity import Absent
from events.slot import SLOT, CancelledSlot, OpenSlot, SlotReopened


class ReopenSlot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `reopen-slot`."""

    slot_id: UUID
    reason: Reason


def decide(command: ReopenSlot, view: View, context: Context) -> Decision:
    """S3. Reopening what is open is accepted, with nothing to do."""
    (slot,) = view.of(SLOT.at(tags.slot(command.slot_id)))
    ids = {"slot_id": command.slot_id}
    if isinstance(slot, Absent):
        return UnknownSlot(command.slot_id)
    if not context.actor.may_act_for(slot.details.recruiter_id):
        return Forbidden("a slot of another recruiter")
    if isinstance(slot, CancelledSlot):
        return SlotWithdrawn(command.slot_id)
    if isinstance(slot, OpenSlot):
        return Accepted((), ids)
    if slot.details.starts_at <= context.now:
        return SlotStarted(slot.details.starts_at)
    return Accepted((SlotReopened(command.slot_id, command.reason),), ids)
