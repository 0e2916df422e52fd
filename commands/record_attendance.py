"""Record what became of an interview."""

from __future__ import annotations

from typing import assert_never
from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, Refusal, View
from commands.outcomes import LateMinutes, check_late_minutes
from commands.refusals import InterviewAhead, OutcomeRecorded
from commands.standing import closed, own_booking
from events import tags
from events.booking import ActiveBooking, BookingAttended, BookingMissed, ClosedBooking, Outcome
from events.candidate import CANDIDATE


class RecordAttendance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `record-attendance`; `late_minutes` goes with `attended` and is 0 if left out."""

    booking_id: UUID
    outcome: Outcome
    late_minutes: LateMinutes | None = None

    def __post_init__(self) -> None:
        """Check what no single field can tell."""
        check_late_minutes(self.outcome, self.late_minutes)


def decide(command: RecordAttendance, view: View, context: Context) -> Decision:
    """Once it has started. The same outcome again is accepted, with nothing to do; another one is a correction."""
    booking = own_booking(command.booking_id, view, context)
    ids = {"booking_id": command.booking_id}
    if isinstance(booking, Refusal):
        return booking
    late_minutes = command.late_minutes or 0
    if isinstance(booking, ClosedBooking):
        same = (booking.outcome, booking.late_minutes) == (command.outcome, late_minutes)
        return Accepted((), ids) if same else OutcomeRecorded(booking.outcome)
    if not isinstance(booking, ActiveBooking):
        return closed(booking)
    if booking.slot.starts_at > context.now:
        return InterviewAhead(booking.slot.starts_at)
    view.of(CANDIDATE.at(tags.candidate(booking.candidate_id)))
    return Accepted((_recorded(booking, command.outcome, late_minutes, context),), ids)


def _recorded(
    booking: ActiveBooking, outcome: Outcome, late_minutes: int, context: Context
) -> BookingAttended | BookingMissed:
    by = context.actor.by
    match outcome:
        case "attended":
            return BookingAttended(booking.booking_id, booking.candidate_id, late_minutes, by)
        case "candidate-missed":
            return BookingMissed(booking.booking_id, booking.candidate_id, "candidate", "recorded", by)
        case "recruiter-missed":
            return BookingMissed(booking.booking_id, booking.candidate_id, "recruiter", "recorded", by)
        case _:
            assert_never(outcome)
