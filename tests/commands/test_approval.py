"""Approval: a booking is pending until a recruiter says yes or no; either way there is one outcome."""

from datetime import timedelta

import pytest

from commands import refusals
from commands.approve_booking import ApproveBooking
from commands.cancel_booking import CancelBooking
from commands.decision import Accepted, Decision
from commands.decline_booking import DeclineBooking
from commands.reschedule_booking import RescheduleBooking
from events.booking import (
    ActiveBooking,
    BookingApproved,
    BookingCancelled,
    BookingDeclined,
    BookingRescheduled,
    SlotBooked,
)
from events.codec import Event
from tests.support import deciding as given
from tests.support.deciding import ADMIN, BOOKING, BOT, CANDIDATE, OTHER_SLOT, RECRUITER_ACTOR, SLOT, STRANGER

APPROVE = ApproveBooking(BOOKING)
DECLINE = DeclineBooking(BOOKING, "not this week")


def history(*more: Event, starts_in: timedelta = timedelta(days=1)) -> list[Event]:
    """A pending booking of tomorrow's slot."""
    slot = given.slot(starts_in=starts_in)
    pending = SlotBooked(BOOKING, CANDIDATE, given.details(slot), 1, "required", "candidate")
    return [given.city(), given.stage(), given.recruiter(), slot, given.candidate(), pending, *more]


def only(decision: Decision) -> Event:
    """Return the one event of an accepted decision."""
    assert isinstance(decision, Accepted), decision
    (event,) = decision.events
    return event


def test_a_pending_booking_holds_its_seat() -> None:
    """Nobody else gets it meanwhile."""
    slot = given.slot_after(history(), SLOT)

    assert slot.seats_left == 0  # type: ignore[union-attr]


def test_an_approved_booking_stands() -> None:
    """Approving it again is accepted, with nothing to do."""
    events = history()

    approved = only(given.decide(events, APPROVE, RECRUITER_ACTOR))

    assert approved == BookingApproved(BOOKING, CANDIDATE, "recruiter")
    assert given.decide([*events, approved], APPROVE) == Accepted((), {"booking_id": BOOKING})


def test_a_declined_booking_frees_its_seat() -> None:
    """Declining it again is accepted, with nothing to do."""
    events = history()

    declined = only(given.decide(events, DECLINE, RECRUITER_ACTOR))

    assert declined == BookingDeclined(BOOKING, CANDIDATE, SLOT, "recruiter", "not this week")
    assert given.slot_after([*events, declined], SLOT).seats_left == 1  # type: ignore[union-attr]
    assert given.decide([*events, declined], DECLINE) == Accepted((), {"booking_id": BOOKING})


def test_what_stands_is_cancelled_and_not_declined() -> None:
    """A booking that was approved, or needed no approval."""
    slot = given.slot()
    unasked = [given.stage(), given.recruiter(), slot, given.candidate(), given.booked(slot)]

    assert given.decide(unasked, DECLINE) == refusals.AlreadyApproved(BOOKING)
    assert given.decide(unasked, APPROVE) == Accepted((), {"booking_id": BOOKING})
    approved = history(BookingApproved(BOOKING, CANDIDATE, "admin"))
    assert given.decide(approved, DECLINE) == refusals.AlreadyApproved(BOOKING)


def test_what_is_over_cannot_be_approved() -> None:
    """Cancelled is cancelled, and declined is declined: whoever comes second learns what the first one did."""
    cancelled = BookingCancelled(BOOKING, CANDIDATE, SLOT, "candidate", "by-candidate", None, 86_400, override=False)
    declined = BookingDeclined(BOOKING, CANDIDATE, SLOT, "admin", "no")

    assert given.decide(history(cancelled), APPROVE) == refusals.BookingEnded(BOOKING)
    assert given.decide(history(cancelled), DECLINE) == refusals.BookingEnded(BOOKING)
    assert given.decide(history(declined), APPROVE) == refusals.BookingClosed(BOOKING, "declined")
    assert given.decide(history(declined), CancelBooking(BOOKING), BOT) == refusals.BookingClosed(BOOKING, "declined")


@pytest.mark.parametrize("command", [APPROVE, DECLINE])
def test_s3_nothing_is_approved_or_declined_once_it_has_started(command: ApproveBooking | DeclineBooking) -> None:
    """What became of it is recorded instead."""
    assert isinstance(given.decide(history(starts_in=timedelta(0)), command), refusals.SlotStarted)


@pytest.mark.parametrize("command", [APPROVE, DECLINE])
def test_a_recruiter_approves_their_own_bookings_only(command: ApproveBooking | DeclineBooking) -> None:
    """And nobody approves what there is not."""
    assert isinstance(given.decide(history(), command, STRANGER), refusals.Forbidden)
    assert given.decide([], command) == refusals.UnknownBooking(BOOKING)


def test_a_pending_booking_can_be_cancelled_and_moved() -> None:
    """It is a booking like any other until somebody says no."""
    later = given.slot(OTHER_SLOT, timedelta(days=2))

    assert isinstance(only(given.decide(history(), CancelBooking(BOOKING), BOT)), BookingCancelled)
    moved = only(given.decide(history(later), RescheduleBooking(BOOKING, OTHER_SLOT), ADMIN))
    assert isinstance(moved, BookingRescheduled)


def test_a_new_time_is_pending_again_where_approval_is_required() -> None:
    """What was approved was the old time."""
    careful = given.stage(version=2, policy=given.policy(approval="required"))
    later = given.slot(OTHER_SLOT, timedelta(days=2))
    events = history(careful, later, BookingApproved(BOOKING, CANDIDATE, "admin"))

    moved = only(given.decide(events, RescheduleBooking(BOOKING, OTHER_SLOT), BOT))

    booking = given.states_of([*events, moved])[f"booking:{BOOKING}"].state
    assert isinstance(booking, ActiveBooking)
    assert booking.pending
