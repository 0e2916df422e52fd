"""Histories in which slots, recruiters or series are not what they may be."""

from datetime import timedelta
from typing import Any

from cli.checking.breach import Rule
from tests.cli.doctoring import Cases
from tests.cli.histories import MINUTE, NOON, History

DAY = timedelta(days=1)
CASES = Cases()


@CASES.breaks(Rule.READABLE)
def without_a_time(history: History) -> None:
    """A slot that starts at no time."""
    history.publish("odd", "anna", 60, starts_at=None, ends_at=None)


@CASES.breaks(Rule.KNOWN)
def of_nobody(history: History) -> None:
    """A slot of a recruiter that was never registered."""
    history.publish("odd", "nobody", 60)


@CASES.breaks(Rule.IDENTITY)
def the_same_slot_again(history: History) -> None:
    """Even at another time."""
    history.publish("noon", "bert", 600)


@CASES.breaks(Rule.IDENTITY)
def the_same_recruiter_again(history: History) -> None:
    """A recruiter begins once."""
    history.recruiter("anna")


@CASES.breaks(Rule.IDENTITY)
def a_version_left_out(history: History) -> None:
    """Versions of a stage are counted."""
    history.stage("s", version=3)


@CASES.breaks(Rule.OWN)
def published_by_another(history: History) -> None:
    """Recruiters publish for themselves."""
    history.publish("odd", "anna", 60, by="recruiter:bert")


@CASES.breaks(Rule.OWN)
def closed_by_another(history: History) -> None:
    """Recruiters close their own slots."""
    history.add("SlotClosed", by="recruiter:bert", slot_id="noon", reason="because")


@CASES.breaks(Rule.TIME)
def another_wall_time(history: History) -> None:
    """The clock on the wall does not show that."""
    history.publish("odd", "anna", 60, utc_offset=7200)


@CASES.breaks(Rule.TIME)
def reversed_in_time(history: History) -> None:
    """It ends before it begins."""
    history.publish("odd", "anna", 60, ends_at=NOON + 59 * MINUTE)


@CASES.breaks(Rule.TIME)
def an_absence_reversed(history: History) -> None:
    """Back before away."""
    history.add("AbsenceRecorded", recruiter_id="anna", from_=NOON, to=NOON - MINUTE)


@CASES.breaks(Rule.PINNED)
def under_an_old_policy(history: History) -> None:
    """A newer one is in force."""
    history.stage("s", version=2)
    history.publish("odd", "anna", 60)


@CASES.breaks(Rule.STARTED)
def published_too_late(history: History) -> None:
    """A slot in the past."""
    history.now = NOON + 60 * MINUTE
    history.publish("odd", "anna", 60)


@CASES.breaks(Rule.STARTED)
def closed_too_late(history: History) -> None:
    """It has started."""
    history.now = NOON
    history.add("SlotClosed", slot_id="noon", reason="because")


@CASES.breaks(Rule.ONE_PLACE)
def in_two_places(history: History) -> None:
    """A slot that begins before another one ends."""
    history.publish("odd", "anna", 59)


@CASES.breaks(Rule.ONE_PLACE)
def around_another(history: History) -> None:
    """A long slot before, over and after another one."""
    history.publish("odd", "anna", -60, ends_at=NOON + 120 * MINUTE)


@CASES.breaks(Rule.ONE_PLACE)
def without_the_gap_after(history: History) -> None:
    """Ten minutes stay free after each slot of this recruiter."""
    history.publish("odd", "bert", 39)


@CASES.breaks(Rule.ONE_PLACE)
def without_the_gap_before(history: History) -> None:
    """And before."""
    history.publish("odd", "bert", -39)


@CASES.breaks(Rule.ONE_PLACE)
def a_gap_of_later(history: History) -> None:
    """The gap is the one in force when a slot is published."""
    history.recruiter("anna", "RecruiterChanged", min_gap_minutes=5)
    history.publish("odd", "anna", 64)


@CASES.breaks(Rule.ONE_PLACE)
def moved_onto_another(history: History) -> None:
    """A slot is re-anchored to where the next one is."""
    history.add("AgendaFreed", slot_id="noon", starts_at=NOON, ends_at=NOON + 30 * MINUTE)
    reanchor(history, "noon", 30, together=True)


@CASES.breaks(Rule.ONE_PLACE)
def moved_without_leaving(history: History) -> None:
    """A slot is re-anchored and stays where it was as well."""
    reanchor(history, "noon", -30)


@CASES.breaks(Rule.MOVED, before=0)
def moved_without_its_booking(history: History) -> None:
    """Who sits in a slot that moves goes with it."""
    history.book("b1", "carla", "noon")
    history.add("AgendaFreed", slot_id="noon", starts_at=NOON, ends_at=NOON + 30 * MINUTE)
    reanchor(history, "noon", -30, together=True)


@CASES.breaks(Rule.MOVED)
def a_booking_moves_alone(history: History) -> None:
    """A booking is re-anchored and its slot is not."""
    history.book("b1", "carla", "noon")
    history.add("BookingReanchored", booking_id="b1", candidate_id="carla", slot=history.snapshot("noon"))


@CASES.breaks(Rule.TIME)
def stretched_by_a_move(history: History) -> None:
    """The length of a slot is elapsed time."""
    history.add("AgendaFreed", slot_id="noon", starts_at=NOON, ends_at=NOON + 30 * MINUTE)
    reanchor(history, "noon", -60, together=True, ends_at=NOON)


@CASES.breaks(Rule.SLOT_STATE)
def freed_for_nothing(history: History) -> None:
    """What leaves the agenda is cancelled or moves."""
    history.add("AgendaFreed", slot_id="noon", starts_at=NOON, ends_at=NOON + 30 * MINUTE)


@CASES.breaks(Rule.SLOT_STATE)
def freed_twice(history: History) -> None:
    """It left the agenda already."""
    for together in (False, True):
        history.add("AgendaFreed", together=together, slot_id="noon", starts_at=NOON, ends_at=NOON + 30 * MINUTE)


@CASES.breaks(Rule.SLOT_STATE)
def moved_after_its_end(history: History) -> None:
    """A cancelled slot stays where it was."""
    history.add("SlotCancelled", slot_id="noon", reason="because")
    reanchor(history, "noon", -30)


@CASES.breaks(Rule.SNAPSHOT)
def freed_at_another_time(history: History) -> None:
    """A slot leaves the time it has."""
    history.add("AgendaFreed", slot_id="noon", starts_at=NOON + MINUTE, ends_at=NOON + 30 * MINUTE)


@CASES.breaks(Rule.ABSENT)
def published_into_an_absence(history: History) -> None:
    """Its last minute is enough."""
    history.add("AbsenceRecorded", recruiter_id="anna", from_=NOON + 89 * MINUTE, to=NOON + DAY)
    history.publish("odd", "anna", 60)


@CASES.breaks(Rule.ABSENT)
def booked_into_an_absence(history: History) -> None:
    """A slot stands, and its recruiter will be away."""
    history.add("AbsenceRecorded", recruiter_id="anna", from_=NOON, to=NOON + DAY)
    history.book("b1", "carla", "noon")


@CASES.breaks(Rule.SERVING)
def in_another_city(history: History) -> None:
    """The recruiter does not work there."""
    history.publish("odd", "anna", 60, city_id="oslo")


@CASES.breaks(Rule.SERVING)
def by_one_who_left(history: History) -> None:
    """No more slots of an inactive recruiter."""
    history.add("RecruiterDeactivated", recruiter_id="anna", reason="because")
    history.publish("odd", "anna", 60)


@CASES.breaks(Rule.LIMITS)
def more_than_a_day_holds(history: History) -> None:
    """Two stand, and two a day is all."""
    history.recruiter("anna", "RecruiterChanged", daily_limit=2)
    history.publish("odd", "anna", 60)


@CASES.breaks(Rule.LIMITS)
def more_than_a_week_holds(history: History) -> None:
    """Sunday belongs to the week that began on Monday."""
    history.recruiter("anna", "RecruiterChanged", weekly_limit=2)
    history.publish("odd", "anna", 6 * 24 * 60)


@CASES.breaks(Rule.LIMITS)
def more_than_their_day_holds(history: History) -> None:
    """In Rome it is the next day already, and one stands there."""
    history.publish("next", "anna", 24 * 60)
    history.recruiter("anna", "RecruiterChanged", daily_limit=1)
    history.publish("odd", "anna", 11 * 60)


@CASES.breaks(Rule.SERIES)
def an_occurrence_twice(history: History) -> None:
    """One slot stands for it."""
    history.add("SeriesPublished", series_id="mondays", plan={})
    history.publish("first", "anna", 60, series_id="mondays", occurrence="2027-03-01T14:00:00")
    history.publish("odd", "anna", 90, series_id="mondays", occurrence="2027-03-01T14:00:00")


@CASES.breaks(Rule.SERIES)
def after_its_end(history: History) -> None:
    """A series that ended gives no more slots."""
    history.add("SeriesPublished", series_id="mondays", plan={})
    history.add("SeriesEnded", series_id="mondays", reason="because")
    history.publish("odd", "anna", 60, series_id="mondays", occurrence="2027-03-01T14:00:00")


@CASES.breaks(Rule.SERIES)
def another_occurrence_withdrawn(history: History) -> None:
    """The slot does not stand for it."""
    history.add("SeriesPublished", series_id="mondays", plan={})
    history.add("OccurrenceWithdrawn", series_id="mondays", occurrence="2027-03-01T14:00:00", slot_id="noon")


@CASES.breaks(Rule.SLOT_STATE)
def withdrawn_and_standing(history: History) -> None:
    """An occurrence is withdrawn and its slot is not cancelled."""
    history.add("SeriesPublished", series_id="mondays", plan={})
    history.publish("first", "anna", 60, series_id="mondays", occurrence="2027-03-01T14:00:00")
    history.add("OccurrenceWithdrawn", series_id="mondays", occurrence="2027-03-01T14:00:00", slot_id="first")


@CASES.breaks(Rule.SLOT_STATE)
def closed_twice(history: History) -> None:
    """The second time it is closed already."""
    history.add("SlotClosed", slot_id="noon", reason="because")
    history.add("SlotClosed", slot_id="noon", reason="because")


@CASES.breaks(Rule.SLOT_STATE)
def reopened_while_open(history: History) -> None:
    """It was never closed."""
    history.add("SlotReopened", slot_id="noon", reason="because")


@CASES.breaks(Rule.SLOT_STATE)
def changed_after_its_end(history: History) -> None:
    """A cancelled slot does not change."""
    history.add("SlotCancelled", slot_id="noon", reason="because")
    history.add("SlotCapacityChanged", slot_id="noon", from_=1, to=2)


@CASES.breaks(Rule.SLOT_STATE)
def from_another_capacity(history: History) -> None:
    """It has one seat."""
    history.add("SlotCapacityChanged", slot_id="noon", from_=2, to=3)


@CASES.breaks(Rule.CAPACITY)
def fewer_seats_than_are_taken(history: History) -> None:
    """One is booked, one is held."""
    history.book("b1", "carla", "group")
    history.hold("h1", "dora", "group")
    history.add("SlotCapacityChanged", slot_id="group", from_=2, to=1)


@CASES.breaks(Rule.EMPTIED)
def cancelled_over_a_booking(history: History) -> None:
    """Whoever cancels a slot cancels its bookings before."""
    history.book("b1", "carla", "noon")
    history.add("SlotCancelled", slot_id="noon", reason="because")


@CASES.breaks(Rule.EMPTIED)
def cancelled_over_a_hold(history: History) -> None:
    """And its holds."""
    history.hold("h1", "carla", "noon")
    history.add("SlotCancelled", slot_id="noon", reason="because")


def reanchor(history: History, slot_id: str, minutes: int, *, together: bool = False, **changes: Any) -> None:
    """Move a slot by so many minutes, as if the zone's offset had changed by as many."""
    starts_at = history.slots[slot_id]["starts_at"] + minutes * MINUTE
    said: dict[str, Any] = {
        "starts_at": starts_at,
        "ends_at": starts_at + 30 * MINUTE,
        "was_starts_at": starts_at - minutes * MINUTE,
    }
    history.add(
        "SlotReanchored", together=together, slot_id=slot_id, **{**said, "utc_offset": 3600 - minutes * 60, **changes}
    )
