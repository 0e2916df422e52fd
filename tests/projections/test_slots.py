"""Slots and their seats."""

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from events.booking import BookingCancelled, BookingDeclined, BookingRescheduled
from events.hold import HoldExpired, HoldReleased
from events.offer import OfferDeclined, OfferExpired
from events.slot import SlotCancelled, SlotCapacityChanged, SlotClosed, SlotReanchored, SlotReopened
from projections.rows import NoSuchRow
from projections.slots import SLOTS, SlotRow
from tests.projections.folding import rows_after
from tests.support.deciding import (
    BOOKING,
    CANDIDATE,
    HOLD,
    NOW,
    OTHER_SLOT,
    RECRUITER,
    SLOT,
    booked,
    cancelled,
    held,
    offered,
    slot,
    some_id,
)

HOUR = timedelta(hours=1)


def seats(row: SlotRow) -> tuple[int, str, int]:
    """Read the part of a row that changes."""
    return row.booked, row.status, row.changed_at_position


def test_published_slot_is_open_with_all_its_seats() -> None:
    """Publication sets everything."""
    published = slot(capacity=3, location="Room 4", series_id=some_id("series"), occurrence="2027-03-02T10:00:00")

    rows = rows_after(SLOTS, published)

    row = rows.get(SlotRow, SLOT)
    assert (row.recruiter_id, row.city_id, row.stage_id) == (RECRUITER, "berlin", "screening")
    assert (row.starts_at, row.ends_at, row.zone) == (published.starts_at, published.ends_at, "Europe/Berlin")
    assert (row.local_start, row.local_date) == (datetime(2027, 3, 2, 10), date(2027, 3, 2))  # noqa: DTZ001  a wall clock
    assert (row.capacity, row.location, seats(row), row.holds) == (3, "Room 4", (0, "open", 1), {})
    assert (row.series_id, row.occurrence) == (published.series_id, "2027-03-02T10:00:00")


def test_slot_is_full_when_its_last_seat_is_taken_and_open_when_one_is_freed() -> None:
    """The status follows the seats; a booking that is declined frees its seat as one that is cancelled does."""
    published = slot()
    booking = booked(published)

    full = rows_after(SLOTS, published, booking)
    freed = rows_after(SLOTS, published, booking, cancelled(booking))
    declined = rows_after(
        SLOTS, published, booking, BookingDeclined(BOOKING, CANDIDATE, SLOT, "recruiter", "no longer needed")
    )

    assert seats(full.get(SlotRow, SLOT)) == (1, "full", 2)
    assert seats(freed.get(SlotRow, SLOT)) == (0, "open", 3)
    assert seats(declined.get(SlotRow, SLOT)) == (0, "open", 3)


def test_rescheduling_frees_one_seat_and_takes_another() -> None:
    """One event changes two slots."""
    here, there = slot(), slot(OTHER_SLOT)
    moved = BookingRescheduled(
        BOOKING, CANDIDATE, SLOT, booked(there).slot, 1, "candidate", None, count=1, override=False
    )

    rows = rows_after(SLOTS, here, there, booked(here), moved)

    assert seats(rows.get(SlotRow, SLOT)) == (0, "open", 4)
    assert seats(rows.get(SlotRow, OTHER_SLOT)) == (1, "full", 4)


def test_hold_stands_with_its_end_and_leaves_the_slot_open() -> None:
    """Whether a hold is live is for the clock to say, so it is kept as it was made."""
    rows = rows_after(SLOTS, slot(), held(slot()))

    row = rows.get(SlotRow, SLOT)
    assert (seats(row), row.holds) == ((0, "open", 2), {HOLD: NOW + timedelta(minutes=10)})


@pytest.mark.parametrize(
    ("begun", "ended"),
    [
        (held(slot()), HoldReleased(HOLD, CANDIDATE, SLOT, "given-back")),
        (held(slot()), HoldExpired(HOLD, CANDIDATE, SLOT, NOW)),
        (offered(slot()), OfferDeclined(HOLD, CANDIDATE, SLOT, "berlin", "screening")),
        (offered(slot()), OfferExpired(HOLD, CANDIDATE, SLOT, "berlin", "screening", "timed-out")),
    ],
    ids=["released", "expired", "declined", "offer-expired"],
)
def test_hold_that_ends_is_gone(begun: msgspec.Struct, ended: msgspec.Struct) -> None:
    """However it ends, and whoever it was for; other holds stay."""
    other = held(slot(), some_id("other hold"), some_id("other"))

    row = rows_after(SLOTS, slot(capacity=2), other, begun, ended).get(SlotRow, SLOT)

    assert (list(row.holds), row.changed_at_position) == ([some_id("other hold")], 4)


def test_booking_uses_up_the_hold_it_names() -> None:
    """A seat is not taken twice, neither by a booking nor by one that moves here."""
    here, there = slot(), slot(OTHER_SLOT)
    booking = msgspec.structs.replace(booked(here), hold_id=HOLD)
    moved = BookingRescheduled(
        BOOKING, CANDIDATE, SLOT, booked(there).slot, 1, "candidate", None, count=1, override=False, hold_id=HOLD
    )

    taken = rows_after(SLOTS, here, held(here), booking).get(SlotRow, SLOT)
    arrived = rows_after(SLOTS, here, there, booked(here), held(there), moved).get(SlotRow, OTHER_SLOT)

    assert (seats(taken), taken.holds) == ((1, "full", 3), {})
    assert (seats(arrived), arrived.holds) == ((1, "full", 5), {})


def test_capacity_decides_whether_a_slot_is_full() -> None:
    """More seats open a full slot, fewer fill it."""
    more = rows_after(SLOTS, slot(), booked(slot()), SlotCapacityChanged(SLOT, 1, 2)).get(SlotRow, SLOT)
    fewer = rows_after(SLOTS, slot(capacity=2), booked(slot()), SlotCapacityChanged(SLOT, 2, 1)).get(SlotRow, SLOT)

    assert (more.capacity, seats(more)) == (2, (1, "open", 3))
    assert (fewer.capacity, seats(fewer)) == (1, (1, "full", 3))


def test_closed_slot_stays_closed_until_it_is_reopened() -> None:
    """Who is in may leave, and more seats change nothing; reopened it is what its seats make it."""
    booking = booked(slot())
    closed = [slot(), booking, SlotClosed(SLOT, "strike")]

    left = rows_after(SLOTS, *closed, cancelled(booking), SlotCapacityChanged(SLOT, 1, 2)).get(SlotRow, SLOT)
    again = rows_after(SLOTS, *closed, SlotReopened(SLOT, "over")).get(SlotRow, SLOT)

    assert (seats(left), left.reason) == ((0, "closed", 5), "strike")
    assert (seats(again), again.reason) == ((1, "full", 4), None)


def test_reanchored_slot_has_another_instant_and_the_same_wall_time() -> None:
    """The clock on the wall shows what it did."""
    before = slot()
    moved = SlotReanchored(
        SLOT, RECRUITER, before.starts_at + HOUR, before.ends_at + HOUR, before.starts_at, 3600, 0, "2027b"
    )

    row = rows_after(SLOTS, before, moved).get(SlotRow, SLOT)

    assert (row.starts_at, row.ends_at) == (before.starts_at + HOUR, before.ends_at + HOUR)
    assert (row.local_start.isoformat(), row.changed_at_position) == (before.local_start, 2)


def test_cancelled_slot_stays_with_its_reason() -> None:
    """Its bookings are cancelled before it, in the same append; then nothing is offered any more."""
    published = slot()
    end = BookingCancelled(BOOKING, CANDIDATE, SLOT, "recruiter", "slot-cancelled", "ill", 60, override=False)
    withdrawn = SlotCancelled(SLOT, RECRUITER, published.starts_at, published.ends_at, "ill")

    rows = rows_after(SLOTS, published, booked(published), end, withdrawn)

    row = rows.get(SlotRow, SLOT)
    assert (seats(row), row.reason) == ((0, "cancelled", 4), "ill")


def test_event_about_a_slot_that_was_never_published_is_an_error() -> None:
    """The log is broken, or the read model is: not something to pass over."""
    booking = booked(slot(UUID(int=7)))

    with pytest.raises(NoSuchRow):
        rows_after(SLOTS, booking)
