"""Approve a booking: what was pending stands."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, Refusal, View
from commands.standing import closed, own_booking, started
from events import tags
from events.booking import ActiveBooking, BookingApproved
from events.candidate import CANDIDATE


class ApproveBooking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `approve-booking`."""

    booking_id: UUID


def decide(command: ApproveBooking, view: View, context: Context) -> Decision:
    """Before it starts. Approving what stands already is accepted, with nothing to do."""
    booking = own_booking(command.booking_id, view, context)
    ids = {"booking_id": command.booking_id}
    if isinstance(booking, Refusal):
        return booking
    if not isinstance(booking, ActiveBooking):
        return closed(booking)
    if not booking.pending:
        return Accepted((), ids)
    if refusal := started(booking.slot, context):
        return refusal
    view.of(CANDIDATE.at(tags.candidate(booking.candidate_id)))
    return Accepted((BookingApproved(booking.booking_id, booking.candidate_id, context.actor.by),), ids)
