"""What staff do with a slot that is published: more seats, fewer, none for now, none at all."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from commands import refusals
from commands.book_slot import BookSlot
from commands.cancel_booking import CancelBooking
from commands.cancel_slot import CancelSlot
from commands.change_slot_capacity import ChangeSlotCapacity
from commands.close_slot import CloseSlot
from commands.decision import Accepted, Decision
from commands.hold_slot import HoldSlot
from commands.reopen_slot import ReopenSlot
from commands.reschedule_booking import RescheduleBooking
from events.booking import BookingCancelled
from events.codec import Event
from events.hold import HoldExpired, HoldReleased
from events.offer import OfferExpired
from events.recruiter import AbsenceRecorded
from events.slot import SlotCancelled, SlotCapacityChanged, SlotClosed, SlotReopened
from tests.support import deciding as given
from tests.support.deciding import (
    BOOKING,
    BOT,
    CANDIDATE,
    HOLD,
    NOW,
    OTHER_SLOT,
    RECRUITER,
    RECRUITER_ACTOR,
    SLOT,
    STRANGER,
    some_id,
)

SOMEBODY = some_id("somebody else")
CLOSED = SlotClosed(SLOT, "the room is painted")
CANCELLED = SlotCancelled(
    SLOT, RECRUITER, NOW + timedelta(days=1), NOW + timedelta(days=1, minutes=30), "the office is closed"
)
CHANGES = [ChangeSlotCapacity(SLOT, 5), CloseSlot(SLOT, "x"), ReopenSlot(SLOT, "x")]


def history(*more: Event, **slot: Any) -> list[Event]:
    """A slot of three seats tomorrow, and two candidates."""
    published = given.slot(**{"capacity": 3, **slot})
    people = [given.candidate(), given.candidate(SOMEBODY)]
    return [given.city(), given.stage(), given.recruiter(), published, *people, *more]


def events_of(decision: Decision) -> list[Event]:
    """Return what an accepted decision writes."""
    assert isinstance(decision, Accepted), decision
    return list(decision.events)


def test_a_slot_gets_more_seats_or_fewer() -> None:
    """As many as it has already is accepted, with nothing to do."""
    assert events_of(given.decide(history(), ChangeSlotCapacity(SLOT, 500))) == [SlotCapacityChanged(SLOT, 3, 500)]
    assert events_of(given.decide(history(), ChangeSlotCapacity(SLOT, 1))) == [SlotCapacityChanged(SLOT, 3, 1)]
    assert events_of(given.decide(history(), ChangeSlotCapacity(SLOT, 3))) == []


def test_s2_seats_that_are_booked_or_held_cannot_be_taken_away() -> None:
    """The facts tell how many there are of each."""
    slot = given.slot(capacity=3)
    events = history(given.booked(slot), given.held(slot, candidate_id=SOMEBODY))

    assert given.decide(events, ChangeSlotCapacity(SLOT, 1)) == refusals.CapacityBelowBooked(1, 1, 1)
    assert events_of(given.decide(events, ChangeSlotCapacity(SLOT, 2)))


def test_s2_seats_whose_hold_expired_can_be_taken_away() -> None:
    """The log says first that the hold is over."""
    slot = given.slot(capacity=3)
    events = history(given.booked(slot), given.held(slot, candidate_id=SOMEBODY, lasts=-timedelta(minutes=1)))

    expired, changed = events_of(given.decide(events, ChangeSlotCapacity(SLOT, 1)))

    assert isinstance(expired, HoldExpired)
    assert changed == SlotCapacityChanged(SLOT, 3, 1)


def test_s3_a_closed_slot_takes_nobody_in() -> None:
    """Neither by booking nor by holding nor by moving there; who is in stays, and may leave."""
    other = given.slot(OTHER_SLOT, timedelta(days=2))
    inside = history(given.booked(given.slot(capacity=3)), CLOSED)
    outside = history(other, given.booked(other), CLOSED)
    shut = refusals.SlotShut(SLOT, "the room is painted")

    assert given.decide(history(CLOSED), BookSlot(SLOT, CANDIDATE), BOT) == shut
    assert given.decide(history(CLOSED), HoldSlot(SLOT, CANDIDATE), BOT) == shut
    assert given.decide(outside, RescheduleBooking(BOOKING, SLOT), BOT) == shut
    assert events_of(given.decide(inside, CancelBooking(BOOKING), BOT))


def test_a_closed_slot_opens_again() -> None:
    """With the bookings it had; closing and reopening what is so already is accepted, with nothing to do."""
    events = history(given.booked(given.slot(capacity=3)))

    assert events_of(given.decide(events, CloseSlot(SLOT, "ill"))) == [SlotClosed(SLOT, "ill")]
    assert events_of(given.decide([*events, CLOSED], CloseSlot(SLOT, "ill"))) == []
    assert events_of(given.decide(events, ReopenSlot(SLOT, "well"))) == []
    assert events_of(given.decide([*events, CLOSED], ReopenSlot(SLOT, "well"))) == [SlotReopened(SLOT, "well")]
    reopened = given.slot_after([*events, CLOSED, SlotReopened(SLOT, "well")], SLOT)
    assert reopened == given.slot_after(events, SLOT)


@pytest.mark.parametrize("command", CHANGES)
def test_s3_nothing_changes_once_a_slot_has_started_or_was_cancelled(command: msgspec.Struct) -> None:
    """Nor for a slot that there is not, nor by another recruiter."""
    started = (
        history(CLOSED, starts_in=timedelta(0)) if isinstance(command, ReopenSlot) else history(starts_in=timedelta(0))
    )

    assert given.decide(started, command) == refusals.SlotStarted(NOW)
    assert given.decide(history(CANCELLED), command) == refusals.SlotWithdrawn(SLOT)
    assert given.decide([], command) == refusals.UnknownSlot(SLOT)
    assert isinstance(given.decide(history(), command, STRANGER), refusals.Forbidden)


def test_cancelling_a_slot_cancels_its_bookings_and_ends_its_holds_in_one_append() -> None:
    """Nobody is left in a slot that is gone; an offer ends as an offer does."""
    slot = given.slot(capacity=3)
    third = some_id("third")
    events = history(
        given.candidate(third),
        given.waiting(third),
        given.booked(slot),
        given.held(slot, some_id("their hold"), SOMEBODY),
        given.offered(slot, HOLD, third),
    )

    written = events_of(given.decide(events, CancelSlot(SLOT, "the office is closed"), RECRUITER_ACTOR))

    booking, hold, offer, slot_gone = written
    assert isinstance(booking, BookingCancelled)
    assert booking.reason_code == "slot-cancelled"
    assert hold == HoldReleased(some_id("their hold"), SOMEBODY, SLOT, "slot-cancelled")
    assert offer == OfferExpired(HOLD, third, SLOT, "berlin", "screening", "slot-cancelled")
    assert isinstance(slot_gone, SlotCancelled)


def test_a_closed_slot_can_be_cancelled() -> None:
    """With the hold that ran out meanwhile, which expired and was not taken back."""
    events = history(given.held(given.slot(capacity=3), lasts=-timedelta(minutes=1)), CLOSED)

    expired, cancelled = events_of(given.decide(events, CancelSlot(SLOT, "the office is closed")))

    assert isinstance(expired, HoldExpired)
    assert isinstance(cancelled, SlotCancelled)


def test_r2_nothing_is_booked_while_the_recruiter_is_away() -> None:
    """An absence that was recorded after the slot was published; it ends when it ends."""
    start = NOW + timedelta(days=1)
    away = AbsenceRecorded(RECRUITER, start + timedelta(minutes=29), start + timedelta(days=3), "ill")
    before = AbsenceRecorded(RECRUITER, start - timedelta(days=3), start, "ill")
    book = BookSlot(SLOT, CANDIDATE)

    assert given.decide(history(away), book, BOT) == refusals.RecruiterAbsent(away.from_, away.to)
    assert events_of(given.decide(history(before), book, BOT))
