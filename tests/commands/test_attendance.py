"""Attendance: what the candidate says beforehand, what staff record afterwards, and how that is corrected."""

from datetime import timedelta

import msgspec
import pytest

from commands import refusals
from commands.answer_attendance import AnswerAttendance
from commands.book_slot import BookSlot
from commands.cancel_booking import CancelBooking
from commands.correct_outcome import CorrectOutcome
from commands.decision import Accepted, Decision
from commands.record_attendance import RecordAttendance
from commands.reschedule_booking import RescheduleBooking
from events.booking import (
    AttendanceAnswered,
    BookingAttended,
    BookingDeclined,
    BookingMissed,
    Outcome,
    OutcomeCorrected,
)
from events.codec import Event
from events.stage import Cooldown
from tests.support import deciding as given
from tests.support.deciding import BOOKING, BOT, CANDIDATE, NOW, OTHER_SLOT, RECRUITER_ACTOR, SLOT, STRANGER, some_id

GOING_ON = -timedelta(minutes=5)
ATTENDED = BookingAttended(BOOKING, CANDIDATE, 0, "recruiter")
MISSED = BookingMissed(BOOKING, CANDIDATE, "candidate", "recorded", "recruiter")
CORRECT = CorrectOutcome(BOOKING, "candidate-missed", "the list was wrong")


def history(*more: Event, starts_in: timedelta = GOING_ON) -> list[Event]:
    """A booking, as a rule of an interview that is going on."""
    slot = given.slot(starts_in=starts_in)
    return [given.city(), given.stage(), given.recruiter(), slot, given.candidate(), given.booked(slot), *more]


def only(decision: Decision) -> Event:
    """Return the one event of an accepted decision."""
    assert isinstance(decision, Accepted), decision
    (event,) = decision.events
    return event


def test_a_candidate_says_whether_they_will_come_and_may_think_again() -> None:
    """The same answer twice is accepted, with nothing to do."""
    events = history(starts_in=timedelta(days=1))

    answered = only(given.decide(events, AnswerAttendance(BOOKING, "unsure"), BOT))

    assert answered == AttendanceAnswered(BOOKING, CANDIDATE, "unsure")
    again = [*events, answered]
    assert given.decide(again, AnswerAttendance(BOOKING, "unsure"), BOT) == Accepted((), {"booking_id": BOOKING})
    assert only(given.decide(again, AnswerAttendance(BOOKING, "yes"), BOT)) == AttendanceAnswered(
        BOOKING, CANDIDATE, "yes"
    )


def test_an_answer_is_given_before_the_start_for_a_booking_that_stands() -> None:
    """And by the candidate whose it is."""
    ahead = history(starts_in=timedelta(days=1))
    yes = AnswerAttendance(BOOKING, "yes")

    assert isinstance(given.decide(history(), yes, BOT), refusals.SlotStarted)
    assert given.decide([*ahead, given.cancelled(ahead[-1])], yes, BOT) == refusals.BookingEnded(BOOKING)  # type: ignore[arg-type]
    assert given.decide([], yes, BOT) == refusals.UnknownBooking(BOOKING)
    stranger = AnswerAttendance(BOOKING, "yes", on_behalf_of=some_id("somebody else"))
    assert isinstance(given.decide(ahead, stranger, BOT), refusals.Forbidden)


@pytest.mark.parametrize(
    ("command", "event"),
    [
        (RecordAttendance(BOOKING, "attended", 7), BookingAttended(BOOKING, CANDIDATE, 7, "recruiter")),
        (RecordAttendance(BOOKING, "attended"), ATTENDED),
        (RecordAttendance(BOOKING, "candidate-missed"), MISSED),
        (
            RecordAttendance(BOOKING, "recruiter-missed"),
            BookingMissed(BOOKING, CANDIDATE, "recruiter", "recorded", "recruiter"),
        ),
    ],
)
def test_staff_record_what_became_of_an_interview(command: RecordAttendance, event: Event) -> None:
    """Recording the same again is accepted, with nothing to do."""
    events = history()

    recorded = only(given.decide(events, command, RECRUITER_ACTOR))

    assert recorded == event
    assert given.decide([*events, recorded], command) == Accepted((), {"booking_id": BOOKING})


def test_nothing_is_recorded_before_the_start() -> None:
    """The start itself will do."""
    attended = RecordAttendance(BOOKING, "attended")

    ahead = given.decide(history(starts_in=timedelta(seconds=1)), attended)

    assert ahead == refusals.InterviewAhead(NOW + timedelta(seconds=1))
    assert isinstance(only(given.decide(history(starts_in=timedelta(0)), attended)), BookingAttended)


def test_another_outcome_is_a_correction() -> None:
    """What was recorded stands until somebody says why it was wrong."""
    events = history(ATTENDED)

    assert given.decide(events, RecordAttendance(BOOKING, "candidate-missed")) == refusals.OutcomeRecorded("attended")
    corrected = only(given.decide(events, CORRECT, RECRUITER_ACTOR))
    assert corrected == OutcomeCorrected(
        BOOKING, CANDIDATE, "attended", "candidate-missed", 0, "the list was wrong", "recruiter"
    )
    assert given.decide([*events, corrected], CORRECT) == Accepted((), {"booking_id": BOOKING})


def test_only_a_recorded_outcome_is_corrected() -> None:
    """Not one that is missing, and not a booking that never came to its interview."""
    events = history()
    declined = BookingDeclined(BOOKING, CANDIDATE, SLOT, "admin", "no")

    assert given.decide(events, CORRECT) == refusals.NoOutcome(BOOKING)
    assert given.decide([*events, given.cancelled(events[-1])], CORRECT) == refusals.BookingEnded(BOOKING)  # type: ignore[arg-type]
    assert given.decide([*events, declined], CORRECT) == refusals.BookingClosed(BOOKING, "declined")


@pytest.mark.parametrize(
    "command",
    [CancelBooking(BOOKING), RescheduleBooking(BOOKING, OTHER_SLOT), AnswerAttendance(BOOKING, "no")],
)
def test_a_closed_booking_changes_by_correction_alone(command: msgspec.Struct) -> None:
    """It is neither cancelled nor moved nor answered for."""
    events = history(given.slot(OTHER_SLOT, timedelta(days=3)), ATTENDED)

    assert given.decide(events, command, BOT) == refusals.BookingClosed(BOOKING, "attended")


@pytest.mark.parametrize("command", [RecordAttendance(BOOKING, "attended"), CORRECT])
def test_a_recruiter_speaks_of_their_own_interviews_only(command: msgspec.Struct) -> None:
    """And of those that there are."""
    assert isinstance(given.decide(history(ATTENDED), command, STRANGER), refusals.Forbidden)
    assert given.decide([], command) == refusals.UnknownBooking(BOOKING)


@pytest.mark.parametrize("outcome", ["candidate-missed", "recruiter-missed"])
def test_only_who_came_can_have_come_late(outcome: Outcome) -> None:
    """The body itself is wrong then."""
    with pytest.raises(ValueError, match="late_minutes"):
        RecordAttendance(BOOKING, outcome, 5)
    with pytest.raises(ValueError, match="late_minutes"):
        CorrectOutcome(BOOKING, outcome, "typo", 5)


def cooling(*outcomes: Event, days_ago: int = 1, starts_in: timedelta = timedelta(days=2)) -> Decision:
    """Book again, some days after an interview, under a cool-down of a week after one that was missed."""
    strict = given.stage(policy=given.policy(cooldown=Cooldown(1, 7)))
    past = given.slot(starts_in=-timedelta(days=days_ago))
    new = given.slot(OTHER_SLOT, starts_in)
    events = [strict, given.recruiter(), past, given.candidate(), given.booked(past), *outcomes, new]
    return given.decide(events, BookSlot(OTHER_SLOT, CANDIDATE), BOT)


def test_c5_who_missed_too_many_interviews_waits() -> None:
    """Counted from the start of the last one missed; the end of the time is the first moment to book again."""
    assert cooling(MISSED) == refusals.CoolingDown(1, NOW + timedelta(days=6))
    assert isinstance(cooling(MISSED, days_ago=7), Accepted)


def test_c5_only_interviews_that_the_candidate_missed_count() -> None:
    """Not those that the recruiter missed, and not those that turned out otherwise."""
    theirs = BookingMissed(BOOKING, CANDIDATE, "recruiter", "recorded", "admin")
    forgiven = OutcomeCorrected(BOOKING, CANDIDATE, "candidate-missed", "attended", 0, "was there", "admin")
    found_out = OutcomeCorrected(BOOKING, CANDIDATE, "attended", "candidate-missed", 0, "was not", "admin")

    assert isinstance(cooling(), Accepted)
    assert isinstance(cooling(ATTENDED), Accepted)
    assert isinstance(cooling(theirs), Accepted)
    assert isinstance(cooling(MISSED, forgiven), Accepted)
    assert isinstance(cooling(ATTENDED, found_out), refusals.CoolingDown)
