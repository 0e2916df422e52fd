"""What the tables for analysts make of each event: no log, no database."""

from collections.abc import Hashable
from datetime import date, timedelta

import msgspec

from events.booking import (
    AttendanceAnswered,
    BookingApproved,
    BookingAttended,
    BookingCancelled,
    BookingDeclined,
    BookingMissed,
    BookingReanchored,
    BookingRescheduled,
    OutcomeCorrected,
)
from events.candidate import CandidateAdvanced, CandidateHired, CandidateRejected, CandidateWithdrew
from events.city import CityChanged
from events.recruiter import RecruiterChanged, RecruiterDeactivated
from events.slot import SlotCancelled, SlotCapacityChanged, SlotClosed, SlotReanchored, SlotReopened
from projections.analytics import ANALYTICS
from projections.analytics.bookings import BookingFact, RescheduleFact
from projections.analytics.candidates import CandidateFact, StageEntryFact
from projections.analytics.dimensions import CityDimension, RecruiterDimension, StageDimension
from projections.analytics.slots import SlotFact
from projections.rows import Rows
from tests.projections.folding import recorded, rows_after
from tests.projections.hiring import Hiring
from tests.support.deciding import (
    BOOKING,
    CANDIDATE,
    NOW,
    OTHER_SLOT,
    RECRUITER,
    SLOT,
    booked,
    candidate,
    city,
    details,
    policy,
    recruiter,
    slot,
    stage,
)

DAY = timedelta(days=1)
TAKEN = booked(slot())
LATER = slot(OTHER_SLOT, 3 * DAY, local_start="2027-03-04T10:00:00")


def slot_after(*events: object) -> SlotFact:
    """Return the slot after these events."""
    return rows_after(ANALYTICS, slot(), *events).get(SlotFact, SLOT)


def booking_after(*events: object) -> BookingFact:
    """Return the booking after these events."""
    return rows_after(ANALYTICS, TAKEN, *events).get(BookingFact, BOOKING)


def moved(count: int = 1, approval: str = "auto") -> BookingRescheduled:
    """The booking goes to the later slot."""
    about = (BOOKING, CANDIDATE, SLOT, details(LATER), 1, "admin", None, count)
    event = BookingRescheduled(*about, override=True)  # type: ignore[arg-type]  # a tuple forgets its literals
    return msgspec.structs.replace(event, approval=approval)


def test_slot_is_dated_by_the_clock_of_its_city() -> None:
    """With the lead time from its publication, in seconds."""
    row = slot_after()

    assert (row.local_date, row.local_hour, row.local_weekday, row.minutes) == (date(2027, 3, 2), 10, 2, 30)
    assert (row.published_at, row.lead_seconds, row.capacity, row.status) == (NOW, 86_400, 1, "open")


def test_slot_that_changes_says_since_when() -> None:
    """Closed, open again, withdrawn; its seats; another instant when the rules of the zone change."""
    starts_at = slot().starts_at + timedelta(hours=1)
    anchored = SlotReanchored(SLOT, RECRUITER, starts_at, starts_at + DAY / 48, slot().starts_at, 3600, 0, "2027a")

    closed, reopened = slot_after(SlotClosed(SLOT, "ill")), slot_after(SlotClosed(SLOT, "ill"), SlotReopened(SLOT, ""))
    gone = slot_after(SlotCancelled(SLOT, RECRUITER, slot().starts_at, slot().ends_at, "ill"))
    later = slot_after(anchored)

    assert (closed.status, closed.closed_at, reopened.status, reopened.closed_at) == ("closed", NOW, "open", None)
    assert (gone.status, gone.cancelled_at, gone.changed_at_position) == ("cancelled", NOW, 2)
    assert (later.starts_at, later.lead_seconds, later.local_hour) == (starts_at, 90_000, 10)
    assert slot_after(SlotCapacityChanged(SLOT, 1, 4)).capacity == 4


def test_booking_is_dated_as_its_slot_is() -> None:
    """Its lead time is from the booking to the start."""
    row = booking_after()

    assert (row.status, row.booked_at, row.settled_at, row.lead_seconds) == ("active", NOW, NOW, 86_400)
    assert (row.local_hour, row.local_weekday, row.minutes, row.reschedules) == (10, 2, 30, 0)


def test_booking_that_moves_begins_anew_but_for_its_identity() -> None:
    """Approval and answer are of the start that was; the move has a row of its own."""
    rows = rows_after(ANALYTICS, TAKEN, AttendanceAnswered(BOOKING, CANDIDATE, "yes"), moved(approval="required"))

    row, move = rows.get(BookingFact, BOOKING), rows.get(RescheduleFact, (BOOKING, 1))
    assert (row.slot_id, row.local_date, row.lead_seconds) == (OTHER_SLOT, date(2027, 3, 4), 3 * 86_400)
    assert (row.status, row.approval, row.answer, row.answered_at) == ("pending", "required", None, None)
    assert (move.from_slot_id, move.to_slot_id, move.moved_by, move.override) == (SLOT, OTHER_SLOT, "admin", True)
    assert (move.from_starts_at, move.to_starts_at) == (slot().starts_at, LATER.starts_at)
    assert (move.notice_seconds, move.shift_seconds) == (86_400, 2 * 86_400)


def test_booking_says_what_was_said_of_it() -> None:
    """Approved, and expected or not; moved with the rules of its zone, it keeps both."""
    pending = msgspec.structs.replace(TAKEN, approval="required")
    anchored = BookingReanchored(BOOKING, CANDIDATE, msgspec.structs.replace(TAKEN.slot, ends_at=TAKEN.slot.ends_at))
    said = (BookingApproved(BOOKING, CANDIDATE, "recruiter"), AttendanceAnswered(BOOKING, CANDIDATE, "unsure"))

    row = rows_after(ANALYTICS, pending, *said, anchored).get(BookingFact, BOOKING)

    assert (row.status, row.approved_at, row.answer, row.answered_at) == ("active", NOW, "unsure", NOW)
    assert (row.starts_at, row.changed_at_position) == (TAKEN.slot.starts_at, 4)


def test_booking_that_ends_says_how() -> None:
    """Cancelled with how much notice, declined, attended how late, missed by whom."""
    cancelled = booking_after(
        BookingCancelled(BOOKING, CANDIDATE, SLOT, "recruiter", "by-staff", None, 7_200, override=False)
    )
    declined = booking_after(BookingDeclined(BOOKING, CANDIDATE, SLOT, "recruiter", "no"))
    attended = booking_after(BookingAttended(BOOKING, CANDIDATE, 7, "recruiter"))
    missed = booking_after(BookingMissed(BOOKING, CANDIDATE, "recruiter", "policy", "admin"))

    assert (cancelled.status, cancelled.cancelled_by, cancelled.cancellation) == ("cancelled", "recruiter", "by-staff")
    assert (cancelled.notice_seconds, declined.status, declined.cancelled_by) == (7_200, "declined", None)
    assert (attended.status, attended.late_minutes, attended.missed_by) == ("attended", 7, None)
    assert (missed.status, missed.missed_by, missed.basis) == ("recruiter-missed", "recruiter", "policy")
    assert {row.ended_at for row in (cancelled, declined, attended, missed)} == {NOW}


def test_corrected_outcome_takes_the_place_of_the_first() -> None:
    """How often that happened is counted."""
    missed = BookingMissed(BOOKING, CANDIDATE, "candidate", "policy", "admin")
    came = OutcomeCorrected(BOOKING, CANDIDATE, "candidate-missed", "attended", 9, "was late", "admin")
    not_at_all = OutcomeCorrected(BOOKING, CANDIDATE, "attended", "candidate-missed", 0, "mixed up", "admin")

    once, twice = booking_after(missed, came), booking_after(missed, came, not_at_all)

    assert (once.status, once.late_minutes, once.missed_by, once.basis) == ("attended", 9, None, None)
    assert (twice.status, twice.late_minutes) == ("candidate-missed", None)
    assert (twice.missed_by, twice.basis) == ("candidate", "recorded")
    assert (once.corrections, booking_after(missed, came, not_at_all, came).corrections) == (1, 3)


def test_candidate_leaves_a_trace_of_stages() -> None:
    """Each with when they came to it, and whether a rule moved them."""
    events = [
        candidate(),
        CandidateAdvanced(CANDIDATE, "screening", "interview", "passed"),
        CandidateHired(CANDIDATE, ""),
    ]

    rows = rows_after(ANALYTICS, *events)

    row = rows.get(CandidateFact, CANDIDATE)
    entries = [rows.get(StageEntryFact, (CANDIDATE, step)) for step in (1, 2)]
    assert (row.city_id, row.stage_id, row.stages_entered) == ("berlin", "interview", 2)
    assert (row.status, row.left_at) == ("hired", NOW)
    assert [(each.stage_id, each.by_rule) for each in entries] == [("screening", False), ("interview", True)]


def test_candidate_who_leaves_is_counted_by_how() -> None:
    """Rejected or withdrawn; since when."""
    ends = (CandidateRejected(CANDIDATE, "no"), CandidateWithdrew(CANDIDATE, None))

    left = [rows_after(ANALYTICS, candidate(), end).get(CandidateFact, CANDIDATE) for end in ends]

    assert [(row.status, row.left_at) for row in left] == [("rejected", NOW), ("withdrawn", NOW)]


def test_dimensions_are_as_they_were_said_last() -> None:
    """A recruiter without a name, who keeps the day of their registration; a stage in its newest version."""
    changed = RecruiterChanged(RECRUITER, "Anna", ("berlin", "rome"), 5, 8, None, "Europe/Rome")
    events = [recruiter(), changed, RecruiterDeactivated(RECRUITER, ""), city()]
    events += [CityChanged("berlin", "Berlin", "Europe/Berlin", "en", None), stage()]
    events += [stage(version=2, policy=policy(approval="required"))]

    rows = rows_after(ANALYTICS, *events)

    person = rows.get(RecruiterDimension, RECRUITER)
    assert (person.city_ids, person.daily_limit, person.active) == (("berlin", "rome"), 8, False)
    assert person.registered_at == NOW
    assert "Anna" not in str(person)
    assert rows.get(CityDimension, "berlin").locale == "en"
    assert rows.get(StageDimension, "screening").version == 2
    assert rows.get(StageDimension, "screening").approval == "required"


def test_things_may_be_told_of_one_after_another() -> None:
    """Whatever is between the events of one key settles nothing of its rows: the keys can be dealt out."""
    told = [(number, event) for number, (_, event) in enumerate(Hiring(3).tell(20, 40), 1)]
    known = [(number, event) for number, event in told if type(event) in ANALYTICS.events]
    by_key = sorted(known, key=lambda each: ANALYTICS.keys(each[1]))

    assert by_key != known
    assert _rows(by_key) == _rows(known)


def _rows(told: list[tuple[int, object]]) -> dict[type[msgspec.Struct], dict[Hashable, msgspec.Struct]]:
    rows = Rows(ANALYTICS.layouts)
    for position, event in told:
        for about in ANALYTICS.keys(event):
            for kind, keys in rows.unread(ANALYTICS.reads(event, about)).items():
                rows.learn(kind, keys, [])
            ANALYTICS.project(event, about, recorded(event, position), rows)
    return {kind: dict(changed) for kind, changed in rows.changed.items()}
