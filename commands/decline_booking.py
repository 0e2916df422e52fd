"""Decline a booking that waits for approval: its seat is free."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, Refusal, View
from commands.fields import Reason
from commands.refusals import AlreadyApproved
from commands.standing import closed, own_booking, started
from events import tags
from events.booking import ActiveBooking, BookingDeclined, DeclinedBooking
from events.candidate import CANDIDATE
from events.slot import SLOT


class DeclineBooking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `decline-booking`."""

    booking_id: UUID
    reason: Reason


def decide(command: DeclineBooking, view: View, context: Context) -> Decision:
    """Only while it is pending, and before it starts. Declining twice is accepted, with nothing to do."""
    booking = own_booking(command.booking_id, view, context)
    ids = {"booking_id": command.booking_id}
    if isinstance(booking, Refusal):
        return booking
    if isinstance(booking, DeclinedBooking):
        return Accepted((), ids)
    if not isinstance(booking, ActiveBooking):
        return closed(booking)
    if not booking.pending:
        return AlreadyApproved(command.booking_id)
    if refusal := started(booking.slot, context):
        return refusal
    view.of(SLOT.at(tags.slot(booking.slot.slot_id)), CANDIDATE.at(tags.candidate(booking.candidate_id)))
    declined = BookingDeclined(
        booking.booking_id, booking.candidate_id, booking.slot.slot_id, context.actor.by, command.reason
    )
    return Accepted((declined,), ids)
