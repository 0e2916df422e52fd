"""Cancel a slot, and with it every booking and every hold on it, in one append."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, Refusal, View
from commands.fields import Reason
from commands.holding import ended, read_holds
from commands.standing import cancelled, own_slot, started
from events import tags
from events.booking import BOOKING
from events.candidate import CANDIDATE
from events.codec import Event
from events.slot import AGENDA, CancelledSlot, ClosedSlot, OpenSlot, SlotCancelled


class CancelSlot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `cancel-slot`."""

    slot_id: UUID
    reason: Reason


def decide(command: CancelSlot, view: View, context: Context) -> Decision:
    """S3: not once it has started. Cancelling twice is accepted, with nothing to do."""
    slot, ids = own_slot(command.slot_id, view, context), {"slot_id": command.slot_id}
    if isinstance(slot, Refusal):
        return slot
    if isinstance(slot, CancelledSlot):
        return Accepted((), ids)
    if refusal := started(slot.details, context):
        return refusal
    _read_what_is_written(slot, view)
    details = slot.details
    withdrawn = SlotCancelled(details.slot_id, details.recruiter_id, details.starts_at, details.ends_at, command.reason)
    return Accepted((*_bookings_cancelled(slot, command, context), *_holds_ended(slot, context), withdrawn), ids)


def _read_what_is_written(slot: OpenSlot | ClosedSlot, view: View) -> None:
    """The cascade changes each booking, each hold, each candidate and the recruiter's day; so it depends on them."""
    details = slot.details
    view.all([BOOKING.at(tags.booking(booking_id)) for booking_id in slot.bookings.values()])
    view.all([CANDIDATE.at(tags.candidate(candidate_id)) for candidate_id in slot.bookings])
    read_holds(view, details, slot.holds.values())
    view.all([AGENDA.at(tag) for tag in tags.agenda(details.recruiter_id, details.starts_at, details.ends_at)])


def _bookings_cancelled(slot: OpenSlot | ClosedSlot, command: CancelSlot, context: Context) -> list[Event]:
    return [
        cancelled(booking_id, candidate_id, slot.details, "slot-cancelled", command.reason, context)
        for candidate_id, booking_id in slot.bookings.items()
    ]


def _holds_ended(slot: OpenSlot | ClosedSlot, context: Context) -> list[Event]:
    return [ended(hold, slot.details, "slot-cancelled", context.now) for hold in slot.holds.values()]
