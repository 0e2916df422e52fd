"""Reopen a closed slot: it takes people in again."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, Refusal, View
from commands.fields import Reason
from commands.refusals import SlotWithdrawn
from commands.standing import own_slot, started
from events.slot import CancelledSlot, OpenSlot, SlotReopened


class ReopenSlot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `reopen-slot`."""

    slot_id: UUID
    reason: Reason


def decide(command: ReopenSlot, view: View, context: Context) -> Decision:
    """S3. Reopening what is open is accepted, with nothing to do."""
    slot, ids = own_slot(command.slot_id, view, context), {"slot_id": command.slot_id}
    if isinstance(slot, Refusal):
        return slot
    if isinstance(slot, CancelledSlot):
        return SlotWithdrawn(command.slot_id)
    if isinstance(slot, OpenSlot):
        return Accepted((), ids)
    if refusal := started(slot.details, context):
        return refusal
    return Accepted((SlotReopened(command.slot_id, command.reason),), ids)
