"""Change how many seats a slot has."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, Refusal, View
from commands.fields import Capacity
from commands.holding import expired, read_holds
from commands.refusals import CapacityBelowBooked, SlotWithdrawn
from commands.standing import own_slot, started
from events.slot import CancelledSlot, SlotCapacityChanged


class ChangeSlotCapacity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `change-slot-capacity`."""

    slot_id: UUID
    capacity: Capacity


def decide(command: ChangeSlotCapacity, view: View, context: Context) -> Decision:
    """S2, S3. The capacity it has already is accepted, with nothing to do."""
    slot, ids = own_slot(command.slot_id, view, context), {"slot_id": command.slot_id}
    if isinstance(slot, Refusal):
        return slot
    if isinstance(slot, CancelledSlot):
        return SlotWithdrawn(command.slot_id)
    if refusal := started(slot.details, context):
        return refusal
    if slot.capacity == command.capacity:
        return Accepted((), ids)
    live = [hold for hold in slot.holds.values() if hold.expires_at > context.now]
    if len(slot.bookings) + len(live) > command.capacity:
        return CapacityBelowBooked(command.capacity, len(slot.bookings), len(live))
    # Those that expired go first, where the log would otherwise show more seats taken than there are.
    crowded = len(slot.bookings) + len(slot.holds) > command.capacity
    over = [hold for hold in slot.holds.values() if crowded and hold not in live]
    read_holds(view, slot.details, over)
    changed = SlotCapacityChanged(command.slot_id, slot.capacity, command.capacity)
    return Accepted((*(expired(hold, slot.details) for hold in over), changed), ids)
