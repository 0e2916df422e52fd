"""Bookings through their life."""

from datetime import datetime, timedelta

import msgspec

from events.booking import (
    AttendanceAnswered,
    BookingApproved,
    BookingAttended,
    BookingDeclined,
    BookingMissed,
    BookingReanchored,
    BookingRescheduled,
    OutcomeCorrected,
)
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


def test_booking_that_needs_approval_is_pending_until_it_has_it() -> None:
    """Approved it is active; declined it is over, with the reason, and calendars are told."""
    pending = msgspec.structs.replace(booked(slot()), approval="required")

    first = rows_after(BOOKINGS, pending).get(BookingRow, BOOKING)
    approved = rows_after(BOOKINGS, pending, BookingApproved(BOOKING, CANDIDATE, "recruiter")).get(BookingRow, BOOKING)
    declined = rows_after(
        BOOKINGS, pending, BookingDeclined(BOOKING, CANDIDATE, SLOT, "recruiter", "wrong profile")
    ).get(BookingRow, BOOKING)

    assert (first.status, first.approval, first.sequence) == ("pending", "required", 0)
    assert (approved.status, approved.changed_by, approved.sequence) == ("active", "recruiter", 0)
    assert (declined.status, declined.reason, declined.sequence) == ("declined", "wrong profile", 1)


def test_move_asks_for_approval_and_for_an_answer_again() -> None:
    """What was said of the old time does not hold for the new one."""
    there = booked(slot(OTHER_SLOT)).slot
    moved = BookingRescheduled(
        BOOKING, CANDIDATE, SLOT, there, 1, "candidate", None, count=1, override=False, approval="required"
    )

    row = rows_after(BOOKINGS, booked(slot()), AttendanceAnswered(BOOKING, CANDIDATE, "yes"), moved).get(
        BookingRow, BOOKING
    )

    assert (row.status, row.answer, row.sequence) == ("pending", None, 1)


def test_answer_is_the_one_given_last() -> None:
    """People change their minds."""
    answers = [AttendanceAnswered(BOOKING, CANDIDATE, answer) for answer in ("yes", "unsure")]

    row = rows_after(BOOKINGS, booked(slot()), *answers).get(BookingRow, BOOKING)

    assert (row.answer, row.status, row.changed_by, row.changed_at_position) == ("unsure", "active", "candidate", 3)


def test_outcome_closes_a_booking() -> None:
    """It was attended, more or less in time, or missed by one of the two."""
    came = BookingAttended(BOOKING, CANDIDATE, 7, "recruiter")
    missed = BookingMissed(BOOKING, CANDIDATE, "recruiter", "policy", "admin")

    attended = rows_after(BOOKINGS, booked(slot()), came).get(BookingRow, BOOKING)
    lost = rows_after(BOOKINGS, booked(slot()), missed).get(BookingRow, BOOKING)

    assert (attended.status, attended.late_minutes, attended.basis) == ("attended", 7, None)
    assert (lost.status, lost.late_minutes, lost.basis) == ("recruiter-missed", None, "policy")


def test_corrected_outcome_tells_why() -> None:
    """What was recorded before is gone from the booking, and stands in the log."""
    came = BookingAttended(BOOKING, CANDIDATE, 7, "recruiter")
    corrected = OutcomeCorrected(BOOKING, CANDIDATE, "attended", "candidate-missed", 0, "mixed up", "admin")

    row = rows_after(BOOKINGS, booked(slot()), came, corrected).get(BookingRow, BOOKING)

    assert (row.status, row.late_minutes, row.basis) == ("candidate-missed", None, "recorded")
    assert (row.correction, row.changed_by, row.changed_at_position) == ("mixed up", "admin", 3)


def test_reanchored_booking_has_the_new_instant_of_its_slot() -> None:
    """Calendars are told, and nobody rescheduled anything."""
    later = slot(starts_in=timedelta(days=1, hours=1))

    row = rows_after(BOOKINGS, booked(slot()), BookingReanchored(BOOKING, CANDIDATE, booked(later).slot)).get(
        BookingRow, BOOKING
    )

    assert (row.starts_at, row.ends_at) == (later.starts_at, later.ends_at)
    assert (row.reschedules, row.sequence, row.changed_by) == (0, 1, "admin")


def test_sequence_grows_with_every_change_of_time_and_with_the_end() -> None:
    """A calendar program takes the copy with the highest number for the newest."""
    booking, there = booked(slot()), booked(slot(OTHER_SLOT)).slot
    moved = BookingRescheduled(BOOKING, CANDIDATE, SLOT, there, 1, "candidate", None, count=1, override=False)
    history = [booking, AttendanceAnswered(BOOKING, CANDIDATE, "yes"), moved, cancelled(booking)]

    sequences = [
        rows_after(BOOKINGS, *history[:length]).get(BookingRow, BOOKING).sequence
        for length in range(1, len(history) + 1)
    ]

    assert sequences == [0, 0, 1, 2]
