"""Answer whether one will come."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, Refusal, View
from commands.standing import closed, own_booking, started
from events import tags
from events.booking import ActiveBooking, Answer, AttendanceAnswered
from events.candidate import CANDIDATE


class AnswerAttendance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `answer-attendance`; a bot may say for whom it acts."""

    booking_id: UUID
    answer: Answer
    on_behalf_of: UUID | None = None


def decide(command: AnswerAttendance, view: View, context: Context) -> Decision:
    """Before it starts. The same answer again is accepted, with nothing to do; another one takes its place."""
    booking = own_booking(command.booking_id, view, context, command.on_behalf_of)
    ids = {"booking_id": command.booking_id}
    if isinstance(booking, Refusal):
        return booking
    if not isinstance(booking, ActiveBooking):
        return closed(booking)
    if booking.answer == command.answer:
        return Accepted((), ids)
    if refusal := started(booking.slot, context):
        return refusal
    view.of(CANDIDATE.at(tags.candidate(booking.candidate_id)))
    return Accepted((AttendanceAnswered(booking.booking_id, booking.candidate_id, command.answer),), ids)
