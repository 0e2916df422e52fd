"""Histories in which somebody has a seat, a hold or an outcome that they may not have."""

from datetime import timedelta
from typing import Any

from cli.checking.breach import Rule
from tests.cli.doctoring import Cases
from tests.cli.histories import MINUTE, NOON, History

DAY = timedelta(days=1)
CASES = Cases()
LATE = NOON - 119 * MINUTE


@CASES.breaks(Rule.SEATS)
def one_booking_too_many(history: History) -> None:
    """The second booking of a single seat."""
    history.book("b1", "carla", "noon")
    history.book("b2", "dora", "noon")


@CASES.breaks(Rule.SEATS)
def a_booking_over_a_hold(history: History) -> None:
    """A held seat is taken."""
    history.hold("h1", "carla", "noon")
    history.book("b1", "dora", "noon")


@CASES.breaks(Rule.SEATS)
def a_booking_over_an_expired_hold(history: History) -> None:
    """It counts until the log says that it is over."""
    history.hold("h1", "carla", "noon")
    history.now += 20 * MINUTE
    history.book("b1", "dora", "noon")


@CASES.breaks(Rule.SEATS)
def a_hold_over_a_booking(history: History) -> None:
    """A taken seat is held."""
    history.book("b1", "carla", "noon")
    history.hold("h1", "dora", "noon")


@CASES.breaks(Rule.SEATS)
def a_move_into_a_full_slot(history: History) -> None:
    """A seat may be taken by rescheduling too."""
    history.book("b1", "carla", "noon")
    history.book("b2", "dora", "group")
    history.move("b2", "dora", "group", "noon")


@CASES.breaks(Rule.SEATS)
def more_than_the_capacity_of_now(history: History) -> None:
    """There were two seats once."""
    history.add("SlotCapacityChanged", slot_id="group", from_=2, to=1)
    history.book("b1", "carla", "group")
    history.book("b2", "dora", "group")


@CASES.breaks(Rule.ON_OFFER)
def booked_in_a_cancelled_slot(history: History) -> None:
    """It is withdrawn."""
    history.add("SlotCancelled", slot_id="noon", reason="because")
    history.book("b1", "carla", "noon")


@CASES.breaks(Rule.ON_OFFER)
def held_in_a_closed_slot(history: History) -> None:
    """It takes nobody in."""
    history.add("SlotClosed", slot_id="noon", reason="because")
    history.hold("h1", "carla", "noon")


@CASES.breaks(Rule.STARTED)
def booked_after_the_start(history: History) -> None:
    """No minute later."""
    history.now = NOON
    history.book("b1", "carla", "noon")


@CASES.breaks(Rule.STARTED)
def moved_after_the_start(history: History) -> None:
    """What has started stays where it is."""
    history.book("b1", "carla", "noon")
    history.publish("evening", "anna", 300)
    history.now = NOON
    history.move("b1", "carla", "noon", "evening", by_="admin", override=True, reason="because")


@CASES.breaks(Rule.STARTED)
def answered_after_the_start(history: History) -> None:
    """Whether one comes is seen by then."""
    history.book("b1", "carla", "noon")
    history.now = NOON
    history.add("AttendanceAnswered", booking_id="b1", candidate_id="carla", answer="yes")


@CASES.breaks(Rule.KNOWN)
def booked_nowhere(history: History) -> None:
    """There is no such slot."""
    history.book("b1", "carla", "noon", slot=history.snapshot("noon", slot_id="nowhere"))


@CASES.breaks(Rule.IDENTITY)
def the_same_booking_again(history: History) -> None:
    """A booking begins once."""
    history.book("b1", "carla", "group")
    history.book("b1", "dora", "later")


@CASES.breaks(Rule.SNAPSHOT)
def booked_at_another_time(history: History) -> None:
    """A seat says when its slot is."""
    history.book("b1", "carla", "noon", slot=history.snapshot("noon", starts_at=NOON + MINUTE))


@CASES.breaks(Rule.SNAPSHOT)
def another_candidate_s_booking(history: History) -> None:
    """A booking keeps its candidate."""
    history.book("b1", "carla", "noon")
    history.cancel("b1", "dora", "noon")


@CASES.breaks(Rule.PINNED)
def booked_under_no_policy(history: History) -> None:
    """There is no second version."""
    history.book("b1", "carla", "noon", policy_version=2)


@CASES.breaks(Rule.OWN)
def booked_by_another_recruiter(history: History) -> None:
    """Recruiters book into their own slots."""
    history.book("b1", "carla", "noon", by="recruiter:bert")


@CASES.breaks(Rule.FREED)
def a_move_from_another_seat(history: History) -> None:
    """It frees a seat that somebody else may have."""
    history.book("b1", "carla", "group")
    history.move("b1", "carla", "later", "noon")


@CASES.breaks(Rule.CLOSED)
def cancelled_twice(history: History) -> None:
    """The second time it is closed."""
    history.book("b1", "carla", "noon")
    history.cancel("b1", "carla", "noon")
    history.cancel("b1", "carla", "noon")


@CASES.breaks(Rule.CLOSED)
def moved_after_its_end(history: History) -> None:
    """A cancelled booking stays cancelled."""
    history.book("b1", "carla", "noon")
    history.cancel("b1", "carla", "noon")
    history.move("b1", "carla", "noon", "group")


@CASES.breaks(Rule.CUT_OFF)
def cancelled_too_late(history: History) -> None:
    """Candidates keep to the cut-off."""
    history.book("b1", "carla", "noon")
    history.now = LATE
    history.cancel("b1", "carla", "noon")


@CASES.breaks(Rule.CUT_OFF)
def bypassed_by_a_candidate(history: History) -> None:
    """Only staff gets past the cut-off."""
    history.book("b1", "carla", "noon")
    history.now = LATE
    history.cancel("b1", "carla", "noon", override=True, reason="because")


@CASES.breaks(Rule.CUT_OFF)
def bypassed_without_a_reason(history: History) -> None:
    """It is recorded why."""
    history.book("b1", "carla", "noon")
    history.now = LATE
    history.cancel("b1", "carla", "noon", by_="admin", reason_code="by-staff", override=True)


@CASES.breaks(Rule.CUT_OFF)
def bypassed_in_time(history: History) -> None:
    """Nothing to bypass."""
    history.book("b1", "carla", "noon")
    history.cancel("b1", "carla", "noon", by_="admin", reason_code="by-staff", override=True, reason="because")


@CASES.breaks(Rule.CUT_OFF)
def cancelled_in_another_s_name(history: History) -> None:
    """What staff does is not said to be the candidate's doing."""
    history.book("b1", "carla", "noon")
    history.cancel("b1", "carla", "noon", by_="admin")


@CASES.breaks(Rule.CUT_OFF)
def a_cascade_that_overrides(history: History) -> None:
    """What goes with its slot knows no cut-off."""
    history.book("b1", "carla", "noon")
    history.cancel("b1", "carla", "noon", by_="admin", reason_code="slot-cancelled", override=True, reason="because")


@CASES.breaks(Rule.CUT_OFF)
def moved_too_late(history: History) -> None:
    """The cut-off for rescheduling is another one."""
    history.book("b1", "carla", "noon")
    history.publish("evening", "anna", 300)
    history.now = NOON - 179 * MINUTE
    history.move("b1", "carla", "noon", "evening")


@CASES.breaks(Rule.TIME)
def another_notice(history: History) -> None:
    """How long before is worked out."""
    history.book("b1", "carla", "noon")
    history.cancel("b1", "carla", "noon", notice_seconds=1)


@CASES.breaks(Rule.APPROVAL)
def booked_without_approval(history: History) -> None:
    """The stage requires it."""
    history.add("CandidateTested", candidate_id="carla", test_id="typing", score=5, passed=True, **taken(history))
    history.add("CandidateAdvanced", candidate_id="carla", from_="s", to="pending", rule=None)
    history.publish("odd", "anna", 60, stage_id="pending")
    history.book("b1", "carla", "odd")


@CASES.breaks(Rule.APPROVAL)
def approved_for_nothing(history: History) -> None:
    """It stands already."""
    history.book("b1", "carla", "noon")
    history.add("BookingApproved", booking_id="b1", candidate_id="carla", by_="admin")


@CASES.breaks(Rule.APPROVAL)
def declined_though_it_stands(history: History) -> None:
    """It is cancelled, not declined."""
    history.book("b1", "carla", "noon")
    history.add("BookingDeclined", booking_id="b1", candidate_id="carla", slot_id="noon", by_="admin", reason="no")


@CASES.breaks(Rule.OUTCOME)
def attended_ahead_of_time(history: History) -> None:
    """Nothing has become of it yet."""
    history.book("b1", "carla", "noon")
    history.add("BookingAttended", booking_id="b1", candidate_id="carla", late_minutes=0, by_="admin")


@CASES.breaks(Rule.CLOSED)
def missed_after_it_was_attended(history: History) -> None:
    """An outcome is recorded once."""
    history.book("b1", "carla", "noon")
    history.now = NOON
    history.add("BookingAttended", booking_id="b1", candidate_id="carla", late_minutes=0, by_="admin")
    history.add("BookingMissed", booking_id="b1", candidate_id="carla", party="candidate", basis="recorded")


@CASES.breaks(Rule.CORRECTION)
def corrected_from_something_else(history: History) -> None:
    """It was attended."""
    history.book("b1", "carla", "noon")
    history.now = NOON
    history.add("BookingAttended", booking_id="b1", candidate_id="carla", late_minutes=0, by_="admin")
    correction: dict[str, Any] = {"from_": "candidate-missed", "to": "recruiter-missed"}
    history.add("OutcomeCorrected", booking_id="b1", candidate_id="carla", **correction)


def taken(history: History) -> dict[str, Any]:
    """Say that a test was taken now; it is good for a day."""
    return {"taken_at": history.now, "valid_until": history.now + DAY}
