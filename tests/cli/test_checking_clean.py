"""The independent checker finds nothing where every rule is kept, in a history in which every kind of event happens."""

from datetime import timedelta
from typing import Any

from cli.checking.rules import WATCHED
from tests.cli.doctored_seats import taken
from tests.cli.doctored_slots import reanchor
from tests.cli.histories import MINUTE, NOON, History

DAY = timedelta(days=1)


def test_seats_change_hands_without_a_breach() -> None:
    """Adjacent slots, moves, seats that come free and are taken again, holds that are used, expire or are released."""
    history = History()

    history.book("b1", "carla", "noon")
    history.move("b1", "carla", "noon", "later")
    history.book("b2", "dora", "noon")
    history.cancel("b2", "dora", "noon")
    history.hold("h1", "emil", "group")
    history.book("b3", "emil", "group", hold_id="h1")
    history.hold("h2", "dora", "group")
    history.add("HoldReleased", hold_id="h2", candidate_id="dora", slot_id="group", reason="given-back")
    history.hold("h3", "dora", "group")
    expired_at = history.now + 10 * MINUTE
    history.now += 20 * MINUTE
    history.add("HoldExpired", hold_id="h3", candidate_id="dora", slot_id="group", expired_at=expired_at)
    history.add("SlotCapacityChanged", slot_id="group", from_=2, to=1)
    history.add("SlotClosed", slot_id="noon", reason="because")
    history.add("SlotReopened", slot_id="noon", reason="because")
    history.add("SlotCancelled", slot_id="noon", reason="because")
    history.publish("again", "anna", 0)

    assert history.breach() is None


def test_people_come_and_go_without_a_breach() -> None:
    """Tests, approval, outcomes, a second interview after the first, a cool-down that is over, and the end."""
    history = History()

    history.book("b1", "carla", "noon")
    history.add("AttendanceAnswered", booking_id="b1", candidate_id="carla", answer="no")
    history.now = NOON + 30 * MINUTE
    history.add("BookingMissed", booking_id="b1", candidate_id="carla", party="candidate", basis="recorded")
    history.add("OutcomeCorrected", booking_id="b1", candidate_id="carla", from_="candidate-missed", to="attended")
    history.add("CandidateTested", candidate_id="carla", test_id="typing", score=4, passed=False, **taken(history))
    history.add("TestResultVoided", candidate_id="carla", test_id="typing", taken_at=history.now, reason="because")
    history.add("CandidateTested", candidate_id="carla", test_id="typing", score=5, passed=True, **taken(history))
    history.add("CandidateAdvanced", candidate_id="carla", from_="s", to="pending", rule=None)
    history.publish("evening", "anna", 300, stage_id="pending")
    history.book("b2", "carla", "evening", approval="required")
    history.add("BookingDeclined", booking_id="b2", candidate_id="carla", slot_id="evening", by_="admin", reason="no")
    history.book("b3", "carla", "evening", approval="required")
    history.add("BookingApproved", booking_id="b3", candidate_id="carla", by_="admin")
    history.now = NOON + 300 * MINUTE
    history.add("BookingAttended", booking_id="b3", candidate_id="carla", late_minutes=5, by_="admin")
    history.add("CandidateHired", candidate_id="carla", reason=None)
    history.add("CandidateRejected", candidate_id="dora", reason="because")
    history.add("CandidateWithdrew", candidate_id="emil", reason=None)

    assert history.breach() is None


def test_a_cool_down_ends() -> None:
    """Two days after the interview that was missed began, to the minute."""
    history = History()
    history.book("b1", "carla", "noon")
    history.now = NOON + 30 * MINUTE
    history.add("BookingMissed", booking_id="b1", candidate_id="carla", party="candidate", basis="recorded")
    history.publish("next", "anna", 50 * 60)

    history.now = NOON + 2 * DAY
    history.book("b2", "carla", "next")

    assert history.breach() is None


def test_waiting_goes_in_order_without_a_breach() -> None:
    """Skipped where a rule says no, offered, declined, timed out, accepted, left."""
    history = History()
    history.wait("carla", to=NOON)
    history.wait("dora")
    history.now += MINUTE
    history.wait("emil", priority=1)

    history.offer("o1", "emil", "noon")
    history.answer("OfferDeclined", "o1", "emil", "noon")
    history.offer("o2", "dora", "noon", "emil", "carla")
    history.now += 60 * MINUTE
    history.answer("OfferExpired", "o2", "dora", "noon", reason="timed-out")
    history.offer("o3", "emil", "later")
    history.answer("OfferAccepted", "o3", "emil", "later")
    history.book("b1", "emil", "later", hold_id="o3", together=True)
    history.add("WaitlistLeft", candidate_id="carla", city_id="rome", stage_id="s", reason="by-candidate")

    assert history.breach() is None


def test_recruiters_and_series_change_without_a_breach() -> None:
    """Limits that are just met, absences beside, an occurrence withdrawn and published again, slots re-anchored."""
    history = History()

    history.recruiter("anna", "RecruiterChanged", daily_limit=3, weekly_limit=3)
    history.add("AbsenceRecorded", recruiter_id="anna", from_=NOON + 90 * MINUTE, to=NOON + DAY)
    history.add("SeriesPublished", series_id="mondays", plan={})
    history.publish("first", "anna", 60, series_id="mondays", occurrence="2027-03-01T14:00:00")
    history.add("SlotCancelled", slot_id="first", reason="because")
    withdrawn: dict[str, Any] = {"series_id": "mondays", "occurrence": "2027-03-01T14:00:00", "slot_id": "first"}
    history.add("OccurrenceWithdrawn", **withdrawn)
    history.publish("second", "anna", 60, series_id="mondays", occurrence="2027-03-01T14:00:00")
    history.add("SeriesEnded", series_id="mondays", reason="because")
    history.book("b1", "carla", "noon")
    for slot_id, minute in (("noon", 0), ("later", 30)):
        times: dict[str, Any] = {"starts_at": NOON + minute * MINUTE, "ends_at": NOON + (minute + 30) * MINUTE}
        history.add("AgendaFreed", together=minute > 0, slot_id=slot_id, **times)
    reanchor(history, "noon", -30, together=True)
    reanchor(history, "later", -30, together=True)
    moved = history.snapshot("noon", starts_at=NOON - 30 * MINUTE, ends_at=NOON)
    history.add("BookingReanchored", together=True, booking_id="b1", candidate_id="carla", slot=moved)
    history.add("RecruiterDeactivated", recruiter_id="bert", reason="because")

    assert history.breach() is None


def test_a_date_that_is_shown_again_belongs_to_the_next_day() -> None:
    """In St. John's clocks fell back just after midnight: at 02:40 UTC they showed the sixth of November again."""
    history = History()
    history.recruiter("anna", "RecruiterChanged", daily_limit=1, time_zone="America/St_Johns")
    history.now = NOON.replace(year=2010, month=11, day=1)
    before_midnight = (NOON.replace(year=2010, month=11, day=7, hour=1, minute=50) - NOON) // MINUTE

    history.publish("on the sixth", "anna", before_midnight)
    history.publish("on the seventh", "anna", before_midnight + 50)

    assert history.breach() is None


def test_events_of_the_first_version_are_read() -> None:
    """Limits were written down, and not kept yet; of approval nothing was said when a booking moved."""
    history = History()
    history.add("RecruiterRegistered", recruiter_id="cleo", city_ids=["rome"], min_gap_minutes=0, daily_limit=1)
    history.publish("one", "cleo", 0)
    history.publish("two", "cleo", 30)
    history.book("b1", "carla", "one")
    history.move("b1", "carla", "one", "two")

    assert history.breach() is None


def test_a_staff_override_is_no_breach() -> None:
    """Past the cut-off, with a reason, in the same instant that the slot is cancelled for somebody else."""
    history = History()
    history.book("b1", "carla", "group")
    history.book("b2", "dora", "group")
    history.now = NOON - 10 * MINUTE

    history.cancel(
        "b1",
        "carla",
        "group",
        by_="recruiter",
        reason_code="by-staff",
        override=True,
        reason="ill",
        by="recruiter:bert",
    )
    history.cancel("b2", "dora", "group", by_="recruiter", reason_code="slot-cancelled", reason="ill")
    history.add("SlotCancelled", together=True, slot_id="group", reason="ill")

    assert history.breach() is None


def test_what_nobody_watches_is_passed_over() -> None:
    """An event of a later program is no breach."""
    history = History()
    history.add("MessagePlanned", message_id="m1")

    assert "MessagePlanned" not in WATCHED
    assert history.breach() is None


def test_a_breach_says_where() -> None:
    """One line for the one who looks."""
    history = History()
    history.book("b1", "carla", "noon")
    history.book("b2", "dora", "noon")

    assert str(history.breach()) == (
        f"seats within capacity broken at position {len(history.events)}: slot noon has 1 seats, 2 bookings and 0 holds"
    )
