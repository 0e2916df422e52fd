"""Cancelling a booking, rule by rule."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from commands import refusals
from commands.actor import Actor
from commands.cancel_booking import CancelBooking
from commands.decision import Accepted, Decision
from events.booking import BookingCancelled
from events.codec import Event
from tests.support import deciding as given
from tests.support.deciding import ADMIN, BOOKING, BOT, CANDIDATE, RECRUITER_ACTOR, SLOT, STRANGER, some_id


def history(starts_in: timedelta = timedelta(days=1)) -> list[Event]:
    """A booking of a slot, with a cut-off of two hours."""
    published = given.slot(starts_in=starts_in)
    return [given.stage(), given.recruiter(), published, given.candidate(), given.booked(published)]


def cancel(events: given.History, actor: Actor = BOT, **body: Any) -> Decision:
    """Decide the cancellation of the booking."""
    return given.decide(events, CancelBooking(BOOKING, **body), actor)


def cancellation_of(decision: Decision) -> BookingCancelled:
    """Return the one event of an accepted cancellation."""
    assert isinstance(decision, Accepted)
    (event,) = decision.events
    assert isinstance(event, BookingCancelled)
    return event


def test_a_candidate_cancels_in_time() -> None:
    """The event says by whom, and how long before the start."""
    event = cancellation_of(cancel(history(), reason="found another"))

    assert (event.by, event.reason_code, event.reason) == ("candidate", "by-candidate", "found another")
    assert event.notice_seconds == 86_400
    assert (event.slot_id, event.candidate_id, event.override) == (SLOT, CANDIDATE, False)


def test_cancelling_twice_is_accepted_with_nothing_to_do() -> None:
    """A retry by another way is harmless."""
    events = [*history(), given.cancelled(given.booked(given.slot()))]

    assert cancel(events) == Accepted((), {"booking_id": BOOKING})


def test_an_unknown_booking_cannot_be_cancelled() -> None:
    """The facts name it."""
    assert cancel([]) == refusals.UnknownBooking(BOOKING)


@pytest.mark.parametrize(
    ("starts_in", "late"), [(timedelta(hours=2), False), (timedelta(hours=2) - timedelta(seconds=1), True)]
)
def test_b2_the_cut_off_itself_is_in_time(starts_in: timedelta, late: bool) -> None:  # noqa: FBT001
    """One second later it is too late."""
    decision = cancel(history(starts_in))

    assert isinstance(decision, refusals.TooLateToCancel if late else Accepted)


def test_b2_the_policy_is_the_one_the_booking_was_made_under() -> None:
    """A stricter version afterwards does not bind who booked before it."""
    stricter = msgspec.structs.replace(given.POLICY, cancel_cutoff_minutes=10_000)
    events = [*history(), given.stage(version=2, policy=stricter)]

    assert isinstance(cancel(events), Accepted)


def test_b2_staff_bypass_the_cut_off_with_a_reason_which_is_recorded() -> None:
    """Without override it is too late for them too, and without a reason there is no override."""
    late = history(timedelta(hours=1))

    assert isinstance(cancel(late, ADMIN), refusals.TooLateToCancel)
    assert cancel(late, ADMIN, override=True) == refusals.ReasonRequired("reason")
    event = cancellation_of(cancel(late, RECRUITER_ACTOR, override=True, reason="ill"))
    assert (event.override, event.reason, event.by, event.reason_code) == (True, "ill", "recruiter", "by-staff")


def test_b2_a_bot_cannot_bypass_the_cut_off() -> None:
    """Override is for staff."""
    decision = cancel(history(timedelta(hours=1)), BOT, override=True, reason="please")

    assert isinstance(decision, refusals.TooLateToCancel)


def test_an_override_that_was_not_needed_is_not_recorded() -> None:
    """In time is in time."""
    event = cancellation_of(cancel(history(), ADMIN, override=True, reason="just so"))

    assert event.override is False


def test_s3_a_booking_is_not_cancelled_once_its_interview_has_started() -> None:
    """What happened then is an outcome, not a cancellation; not even staff bypass that."""
    decision = cancel(history(timedelta(0)), ADMIN, override=True, reason="late")

    assert isinstance(decision, refusals.SlotStarted)


def test_a_recruiter_cancels_their_own_bookings_only() -> None:
    """The booking with a colleague is forbidden."""
    assert isinstance(cancel(history(), STRANGER), refusals.Forbidden)
    assert cancellation_of(cancel(history(), RECRUITER_ACTOR)).by == "recruiter"


def test_a_bot_that_says_for_whom_it_acts_touches_only_their_bookings() -> None:
    """Acting for somebody else is forbidden."""
    assert isinstance(cancel(history(), on_behalf_of=some_id("somebody else")), refusals.Forbidden)
    assert isinstance(cancel(history(), on_behalf_of=CANDIDATE), Accepted)
