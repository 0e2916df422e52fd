"""Histories in which candidates take what they may not, or keep what is no longer theirs."""

from datetime import timedelta
from typing import Any

from cli.checking.breach import Rule
from tests.cli.doctored_seats import taken
from tests.cli.doctoring import Cases
from tests.cli.histories import MINUTE, NOON, History

DAY = timedelta(days=1)
CASES = Cases()


@CASES.breaks(Rule.CANDIDATE_BUSY)
def in_two_places(history: History) -> None:
    """The same half hour with two recruiters."""
    history.book("b1", "carla", "noon")
    history.book("b2", "carla", "group")


@CASES.breaks(Rule.CANDIDATE_BUSY)
def moved_into_two_places(history: History) -> None:
    """Two slots in a row are re-anchored by different recruiters onto one another."""
    history.add("CandidateAdvanced", candidate_id="dora", from_="s", to="t", rule=None)
    history.publish("first", "bert", 120, stage_id="t")
    history.book("b1", "dora", "first")
    history.now = NOON + 121 * MINUTE
    history.add("CandidateAdvanced", candidate_id="dora", from_="t", to="s", rule=None)
    history.publish("second", "anna", 240)
    history.now = NOON + 125 * MINUTE
    history.book("b2", "dora", "second")
    history.add("AgendaFreed", slot_id="second", **interval(240))
    moved = interval(135)
    history.add(
        "SlotReanchored", together=True, slot_id="second", **moved, was_starts_at=NOON + 240 * MINUTE, utc_offset=9900
    )
    slot = history.snapshot("second", **moved)
    history.add("BookingReanchored", together=True, booking_id="b2", candidate_id="dora", slot=slot)


@CASES.breaks(Rule.ONE_PER_STAGE)
def two_of_a_stage(history: History) -> None:
    """At different times, but both ahead."""
    history.book("b1", "carla", "noon")
    history.book("b2", "carla", "later")


@CASES.breaks(Rule.MAX_ACTIVE)
def more_than_allowed(history: History) -> None:
    """The second interview of somebody whose new stage allows one; the first has started."""
    history.book("b1", "carla", "noon")
    history.now = NOON + MINUTE
    history.add("CandidateTested", candidate_id="carla", test_id="typing", score=5, passed=True, **taken(history))
    history.add("CandidateAdvanced", candidate_id="carla", from_="s", to="pending", rule=None)
    history.publish("evening", "anna", 300, stage_id="pending")
    history.book("b2", "carla", "evening", approval="required")


@CASES.breaks(Rule.MAX_RESCHEDULES)
def moved_once_too_often(history: History) -> None:
    """Once is what the policy says."""
    history.book("b1", "carla", "noon")
    history.move("b1", "carla", "noon", "later")
    history.move("b1", "carla", "later", "group", count=2)


@CASES.breaks(Rule.MAX_RESCHEDULES)
def moved_without_counting(history: History) -> None:
    """Each move is counted."""
    history.book("b1", "carla", "noon")
    history.move("b1", "carla", "noon", "later", count=0)


@CASES.breaks(Rule.COOLING_DOWN)
def back_too_soon(history: History) -> None:
    """Two days after an interview that was missed."""
    history.book("b1", "carla", "noon")
    history.now = NOON + DAY
    history.add("BookingMissed", booking_id="b1", candidate_id="carla", party="candidate", basis="recorded")
    history.publish("next", "anna", 48 * 60 - 1)
    history.book("b2", "carla", "next")


@CASES.breaks(Rule.MAX_HOLDS)
def two_holds(history: History) -> None:
    """One at a time is what the policy says."""
    history.hold("h1", "carla", "noon")
    history.hold("h2", "carla", "group")


@CASES.breaks(Rule.NOTICE)
def booked_too_soon(history: History) -> None:
    """An hour ahead is what the policy says."""
    history.now = NOON - 59 * MINUTE
    history.book("b1", "carla", "noon")


@CASES.breaks(Rule.NOTICE)
def booked_too_far_ahead(history: History) -> None:
    """Thirty days is what the policy says."""
    history.publish("far", "anna", 31 * 24 * 60)
    history.book("b1", "carla", "far")


@CASES.breaks(Rule.OWN_STAGE)
def in_another_stage(history: History) -> None:
    """The candidate is not there yet."""
    history.publish("odd", "anna", 60, stage_id="t")
    history.book("b1", "carla", "odd")


@CASES.breaks(Rule.OWN_STAGE)
def after_the_end(history: History) -> None:
    """Who was hired books nothing."""
    history.add("CandidateHired", candidate_id="carla", reason=None)
    history.book("b1", "carla", "noon")


@CASES.breaks(Rule.OWN_STAGE)
def ended_twice(history: History) -> None:
    """Rejected after one was hired."""
    history.add("CandidateHired", candidate_id="carla", reason=None)
    history.add("CandidateRejected", candidate_id="carla", reason="because")


@CASES.breaks(Rule.OWN_STAGE)
def advanced_from_elsewhere(history: History) -> None:
    """The candidate is in another stage."""
    history.add("CandidateAdvanced", candidate_id="carla", from_="t", to="s", rule=None)


@CASES.breaks(Rule.ERASED)
def reached_after_all(history: History) -> None:
    """A number of somebody who was erased."""
    history.add("CandidateErased", candidate_id="carla", key_id="carla")
    history.add("ContactChanged", candidate_id="carla", phone="sealed:1:x")


@CASES.breaks(Rule.ERASED)
def tested_after_all(history: History) -> None:
    """A result of somebody who was erased."""
    history.add("CandidateErased", candidate_id="carla", key_id="carla")
    history.add("CandidateTested", candidate_id="carla", test_id="typing", score=5, passed=True, **taken(history))


@CASES.breaks(Rule.ERASED)
def erased_twice(history: History) -> None:
    """The second time nothing is left to erase."""
    history.add("CandidateErased", candidate_id="carla", key_id="carla")
    history.add("CandidateErased", candidate_id="carla", key_id="carla")


@CASES.breaks(Rule.LEFT)
def erased_with_a_seat(history: History) -> None:
    """A seat that nobody will come to."""
    history.book("b1", "carla", "noon")
    history.add("CandidateErased", candidate_id="carla", key_id="carla")


@CASES.breaks(Rule.LEFT)
def advanced_with_a_booking(history: History) -> None:
    """A seat of the old stage is kept."""
    history.book("b1", "carla", "noon")
    history.add("CandidateAdvanced", candidate_id="carla", from_="s", to="t", rule=None)


@CASES.breaks(Rule.LEFT, before=1)
def rejected_on_a_waitlist(history: History) -> None:
    """Found once the next command begins."""
    history.wait("carla")
    history.add("CandidateRejected", candidate_id="carla", reason="because")
    history.add("CityOpened", city_id="oslo")


@CASES.breaks(Rule.TESTS)
def without_the_test(history: History) -> None:
    """It was never taken."""
    examined(history)


@CASES.breaks(Rule.TESTS)
def with_a_test_that_was_failed_since(history: History) -> None:
    """The last one counts."""
    for score in (5, 4):
        pass_or_fail(history, score)
    examined(history)


@CASES.breaks(Rule.TESTS)
def with_a_test_that_was_voided(history: History) -> None:
    """It does not count any more."""
    pass_or_fail(history, 5)
    history.add("TestResultVoided", candidate_id="carla", test_id="typing", taken_at=history.now, reason="because")
    examined(history)


@CASES.breaks(Rule.TESTS)
def with_a_test_of_yesterday(history: History) -> None:
    """It is good for a day."""
    pass_or_fail(history, 5)
    history.now += DAY
    examined(history)


@CASES.breaks(Rule.SCORES)
def passed_with_too_little(history: History) -> None:
    """Five points is what the test says."""
    history.add("CandidateTested", candidate_id="carla", test_id="typing", score=4, passed=True, **taken(history))


@CASES.breaks(Rule.SCORES)
def taken_tomorrow(history: History) -> None:
    """It has not been taken yet."""
    tomorrow: dict[str, Any] = {"taken_at": history.now + DAY, "valid_until": history.now + 2 * DAY}
    history.add("CandidateTested", candidate_id="carla", test_id="typing", score=5, passed=True, **tomorrow)


@CASES.breaks(Rule.SCORES)
def voided_for_nothing(history: History) -> None:
    """There is no such result."""
    history.add("TestResultVoided", candidate_id="carla", test_id="typing", taken_at=NOON, reason="because")


def interval(minute: int) -> dict[str, Any]:
    """Half an hour, so many minutes after noon."""
    return {"starts_at": NOON + minute * MINUTE, "ends_at": NOON + (minute + 30) * MINUTE}


def pass_or_fail(history: History, score: int) -> None:
    """Take the test."""
    said: dict[str, Any] = {"score": score, "passed": score >= 5, **taken(history)}
    history.add("CandidateTested", candidate_id="carla", test_id="typing", **said)


def examined(history: History) -> None:
    """Book in the stage that requires the test."""
    history.add("CandidateAdvanced", candidate_id="carla", from_="s", to="pending", rule=None)
    history.publish("odd", "anna", 48 * 60, stage_id="pending")
    history.book("b1", "carla", "odd", approval="required")
