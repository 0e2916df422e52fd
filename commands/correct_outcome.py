"""Correct the outcome of an interview: the one way in which a closed booking changes."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, Refusal, View
from commands.fields import Reason
from commands.outcomes import LateMinutes, check_late_minutes
from commands.refusals import NoOutcome
from commands.standing import closed, own_booking
from events import tags
from events.booking import ActiveBooking, ClosedBooking, Outcome, OutcomeCorrected
from events.candidate import CANDIDATE


class CorrectOutcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `correct-outcome`; `late_minutes` goes with `attended` and is 0 if left out."""

    booking_id: UUID
    outcome: Outcome
    reason: Reason
    late_minutes: LateMinutes | None = None

    def __post_init__(self) -> None:
        """Check what no single field can tell."""
        check_late_minutes(self.outcome, self.late_minutes)


def decide(command: CorrectOutcome, view: View, context: Context) -> Decision:
    """Only where an outcome is recorded. Correcting to what it is already is accepted, with nothing to do."""
    booking = own_booking(command.booking_id, view, context)
    ids = {"booking_id": command.booking_id}
    if isinstance(booking, Refusal):
        return booking
    if isinstance(booking, ActiveBooking):
        return NoOutcome(command.booking_id)
    if not isinstance(booking, ClosedBooking):
        return closed(booking)
    late_minutes = command.late_minutes or 0
    if (booking.outcome, booking.late_minutes) == (command.outcome, late_minutes):
        return Accepted((), ids)
    view.of(CANDIDATE.at(tags.candidate(booking.candidate_id)))
    corrected = OutcomeCorrected(
        booking.booking_id,
        booking.candidate_id,
        booking.outcome,
        command.outcome,
        late_minutes,
        command.reason,
        context.actor.by,
    )
    return Accepted((corrected,), ids)
