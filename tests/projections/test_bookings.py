"""Bookings through their life."""

from datetime import datetime

from events.booking import BookingRescheduled
from projections.bookings import BOOKINGS, BookingRow
from tests.projections.folding import rows_after
from tests.support.deciding import BOOKING, CANDIDATE, NOW, OTHER_SLOT, SLOT, booked, cancelled, slot


def test_booking_copies_when_where_and_with_whom() -> None:
    """A booking starts active."""
    published = slot(location="Room 4")

    row = rows_after(BOOKINGS, booked(published)).get(BookingRow, BOOKING)

    assert (row.candidate_id, row.slot_id, row.recruiter_id) == (CANDIDATE, SLOT, published.recruiter_id)
    assert (row.starts_at, row.ends_at, row.location) == (published.starts_at, published.ends_at, "Room 4")
    assert row.local_start == datetime(2027, 3, 2, 10)  # noqa: DTZ001  a wall clock
    assert (row.status, row.reschedules, row.booked_at, row.booked_by) == ("active", 0, NOW, "candidate")
    assert (row.reason_code, row.notice_seconds, row.changed_at_position) == (None, None, 1)


def test_rescheduled_booking_stands_in_its_new_slot() -> None:
    """It keeps its identity and who booked it."""
    there = booked(slot(OTHER_SLOT)).slot
    moved = BookingRescheduled(BOOKING, CANDIDATE, SLOT, there, 2, "recruiter", "clash", count=1, override=True)

    row = rows_after(BOOKINGS, booked(slot()), moved).get(BookingRow, BOOKING)

    assert (row.slot_id, row.starts_at, row.policy_version) == (OTHER_SLOT, there.starts_at, 2)
    assert (row.status, row.reschedules, row.reason, row.changed_by) == ("active", 1, "clash", "recruiter")
    assert (row.booked_by, row.changed_at_position) == ("candidate", 2)


def test_cancelled_booking_tells_why_and_how_late() -> None:
    """It stays where it stood."""
    booking = booked(slot())

    row = rows_after(BOOKINGS, booking, cancelled(booking)).get(BookingRow, BOOKING)

    assert (row.status, row.slot_id) == ("cancelled", SLOT)
    assert (row.reason_code, row.notice_seconds, row.changed_at_position) == ("by-candidate", 86_400, 2)
