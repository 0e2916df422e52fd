"""Slots and their seats."""

from datetime import date, datetime
from uuid import UUID

import pytest

from events.booking import BookingCancelled, BookingRescheduled
from events.slot import SlotCancelled
from projections.rows import NoSuchRow
from projections.slots import SLOTS, SlotRow
from tests.projections.folding import rows_after
from tests.support.deciding import BOOKING, CANDIDATE, OTHER_SLOT, RECRUITER, SLOT, booked, cancelled, slot


def seats(row: SlotRow) -> tuple[int, int, str, int]:
    """Read the part of a row that changes."""
    return row.booked, row.seats_left, row.status, row.changed_at_position


def test_published_slot_is_open_with_all_its_seats() -> None:
    """Publication sets everything."""
    published = slot(capacity=3, location="Room 4")

    rows = rows_after(SLOTS, published)

    row = rows.get(SlotRow, SLOT)
    assert (row.recruiter_id, row.city_id, row.stage_id) == (RECRUITER, "berlin", "screening")
    assert (row.starts_at, row.ends_at, row.zone) == (published.starts_at, published.ends_at, "Europe/Berlin")
    assert (row.local_start, row.local_date) == (datetime(2027, 3, 2, 10), date(2027, 3, 2))  # noqa: DTZ001  a wall clock
    assert (row.capacity, row.location, seats(row)) == (3, "Room 4", (0, 3, "open", 1))


def test_slot_is_full_when_its_last_seat_is_taken_and_open_when_one_is_freed() -> None:
    """The status follows the seats."""
    published = slot()
    booking = booked(published)

    full = rows_after(SLOTS, published, booking)
    freed = rows_after(SLOTS, published, booking, cancelled(booking))

    assert seats(full.get(SlotRow, SLOT)) == (1, 0, "full", 2)
    assert seats(freed.get(SlotRow, SLOT)) == (0, 1, "open", 3)


def test_rescheduling_frees_one_seat_and_takes_another() -> None:
    """One event changes two slots."""
    here, there = slot(), slot(OTHER_SLOT)
    moved = BookingRescheduled(
        BOOKING, CANDIDATE, SLOT, booked(there).slot, 1, "candidate", None, count=1, override=False
    )

    rows = rows_after(SLOTS, here, there, booked(here), moved)

    assert seats(rows.get(SlotRow, SLOT)) == (0, 1, "open", 4)
    assert seats(rows.get(SlotRow, OTHER_SLOT)) == (1, 0, "full", 4)


def test_cancelled_slot_stays_with_its_reason() -> None:
    """Its bookings are cancelled before it, in the same append; then nothing is offered any more."""
    published = slot()
    end = BookingCancelled(BOOKING, CANDIDATE, SLOT, "recruiter", "slot-cancelled", "ill", 60, override=False)
    withdrawn = SlotCancelled(SLOT, RECRUITER, published.starts_at, published.ends_at, "ill")

    rows = rows_after(SLOTS, published, booked(published), end, withdrawn)

    row = rows.get(SlotRow, SLOT)
    assert (seats(row), row.reason) == ((0, 1, "cancelled", 4), "ill")


def test_event_about_a_slot_that_was_never_published_is_an_error() -> None:
    """The log is broken, or the read model is: not something to pass over."""
    booking = booked(slot(UUID(int=7)))

    with pytest.raises(NoSuchRow):
        rows_after(SLOTS, booking)
