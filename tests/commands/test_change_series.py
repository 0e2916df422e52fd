"""Changing and ending a series: what is withdrawn, what is kept, what comes instead."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid5

import msgspec
import pytest

from commands import refusals
from commands.change_series import ChangeSeries
from commands.decision import Accepted
from events.recruiter import AbsenceRecorded, RecruiterDeactivated
from events.series import SeriesChanged, SeriesEnded, Split
from events.slot import SlotCancelled, SlotCapacityChanged, SlotClosed
from tests.support import a_series as given
from tests.support import deciding
from tests.support.a_series import (
    AFTER_THE_FIRST,
    SERIES,
    THE_MONDAYS,
    accepted,
    change,
    kept,
    mondays,
    publish,
    withdrawn,
    world,
)
from tests.support.deciding import RECRUITER, RECRUITER_ACTOR, STRANGER

SIXTY = ",".join(map(str, range(60)))


def test_slots_that_no_longer_fit_are_withdrawn_before_the_new_ones_are_offered() -> None:
    """Half past ten overlaps ten o'clock, and is free once that is cancelled."""
    events, slots = mondays()

    decision = accepted(change(events, starts_at="2027-03-08T10:15", rrule="FREQ=WEEKLY;COUNT=2"))

    changed, *rest = decision.events
    assert isinstance(changed, SeriesChanged)
    assert changed.plan.dtstart == "2027-03-08T10:15:00"
    kinds = [type(event).__name__ for event in rest]
    assert kinds == ["SlotCancelled", "OccurrenceWithdrawn"] * 3 + ["SlotPublished"] * 2
    assert [event.slot_id for event in rest if isinstance(event, SlotCancelled)] == [slot.slot_id for slot in slots]
    assert given.keys(decision) == ["2027-03-08T10:15:00", "2027-03-15T10:15:00"]
    assert (decision.report["withdrawn"], decision.report["published"], decision.report["kept"]) == (3, 2, [])


def test_slots_that_the_new_plan_gives_in_the_same_form_stay() -> None:
    """One more Monday, and one less."""
    events, _ = mondays()

    longer = change(events, rrule="FREQ=WEEKLY;COUNT=4")
    shorter = change(events, exdates=("2027-03-15T10:00",))

    assert (withdrawn(longer), given.keys(longer)) == ([], ["2027-03-29T10:00:00"])
    assert (withdrawn(shorter), given.keys(shorter)) == ([THE_MONDAYS[1]], [])


@pytest.mark.parametrize(
    "body",
    [
        {"capacity": 2},
        {"duration_minutes": 45},
        {"location": "Room 2"},
        {"starts_at": "2027-03-08T10:00", "capacity": 3},
    ],
)
def test_another_form_replaces_every_slot_ahead(body: dict[str, Any]) -> None:
    """Its id tells it from the one that stood for the same occurrence."""
    events, _ = mondays()

    decision = change(events, **body)

    assert withdrawn(decision) == given.keys(decision) == list(THE_MONDAYS)
    assert [slot.slot_id for slot in given.published(decision)] == [uuid5(SERIES, f"{key}#1") for key in THE_MONDAYS]


def test_a_gap_between_parts_that_changes_replaces_the_parts_that_move() -> None:
    """The first of each occurrence stays where it is."""
    split = publish(world(), rrule="FREQ=DAILY;COUNT=1", split=Split(3))
    events = given.after(world(), split)

    decision = change(events, split=Split(3, 10))

    assert withdrawn(decision) == given.keys(decision) == [f"2027-03-08T10:00:00/{part}" for part in (2, 3)]


def test_null_takes_the_split_away() -> None:
    """To leave it out keeps it."""
    events = given.after(world(), publish(world(), rrule="FREQ=DAILY;COUNT=1", split=Split(2)))
    body = msgspec.json.encode({"series_id": SERIES, "split": None})

    whole = deciding.decide(events, msgspec.json.decode(body, type=ChangeSeries))
    same = change(events)

    assert given.keys(whole) == ["2027-03-08T10:00:00"]
    assert accepted(same).events == ()


def test_who_has_a_seat_keeps_it_and_the_slot_is_told() -> None:
    """Booked, or held at this moment; an expired hold is ended and keeps nothing."""
    events, (first, second, third) = mondays()
    seats = [*given.booked(first, "Kim"), *given.held(second, 5, "Lee"), *given.held(third, -5, "Sam")]

    decision = accepted(change([*events, *seats], starts_at="2027-03-08T10:15"))

    assert kept(decision) == [THE_MONDAYS[0], THE_MONDAYS[1]]
    assert withdrawn(decision) == [THE_MONDAYS[2]]
    assert [type(event).__name__ for event in decision.events][:4] == [
        "SeriesChanged",
        "HoldExpired",
        "SlotCancelled",
        "OccurrenceWithdrawn",
    ]
    assert given.recorded_skips(decision) == {
        "2027-03-08T10:15:00": "recruiter-busy",
        "2027-03-15T10:15:00": "recruiter-busy",
    }


def test_a_slot_that_was_kept_stands_for_its_occurrence_still() -> None:
    """It is not offered twice, even where the new plan gives it in another form."""
    events, (first, *_) = mondays()
    taken = [*events, *given.booked(first)]

    decision = change(taken, capacity=5)

    assert kept(decision) == [THE_MONDAYS[0]]
    assert given.keys(decision) == list(THE_MONDAYS[1:])


def test_slots_that_have_started_and_those_that_staff_cancelled_are_left_alone() -> None:
    """Neither withdrawn nor told nor offered again."""
    events, (_, second, _) = mondays()

    decision = change([*events, given.cancelled(second)], now=AFTER_THE_FIRST, capacity=2)

    assert withdrawn(decision) == given.keys(decision) == [THE_MONDAYS[2]]
    assert kept(decision) == []


def test_a_closed_slot_is_withdrawn_like_an_open_one_and_stays_closed_where_it_fits() -> None:
    """Being closed is no part of a plan."""
    events, (first, *_) = mondays()
    shut = [*events, SlotClosed(first.slot_id, "later")]

    gone = change(shut, exdates=("2027-03-08T10:00",))
    stays = change(shut, rrule="FREQ=WEEKLY;COUNT=4")

    assert withdrawn(gone) == [THE_MONDAYS[0]]
    assert withdrawn(stays) == []


def test_a_slot_whose_seats_were_changed_by_hand_is_put_back_to_the_plan_when_that_changes() -> None:
    """And left alone when it does not."""
    events, (first, *_) = mondays()
    larger = [*events, SlotCapacityChanged(first.slot_id, 1, 4)]

    same_plan = change(larger)
    other_plan = change(larger, rrule="FREQ=WEEKLY;COUNT=4")

    assert accepted(same_plan).events == ()
    assert withdrawn(other_plan) == [THE_MONDAYS[0]]


def test_slots_beyond_until_that_fit_the_new_plan_stay() -> None:
    """`until` says how far to settle now, not how far the plan goes."""
    events, _ = mondays()

    decision = change(events, rrule="FREQ=WEEKLY;COUNT=9", until="2027-03-08")

    assert withdrawn(decision) == given.keys(decision) == []


def test_a_plan_that_stays_is_followed_further() -> None:
    """Without a fact of its own."""
    events = given.after(world(), publish(world(), rrule="FREQ=WEEKLY", until="2027-03-15"))

    decision = accepted(change(events, until="2027-03-22"))

    assert list(decision.events) == given.published(decision)
    assert given.keys(decision) == ["2027-03-22T10:00:00"]


def test_a_series_goes_by_the_zone_that_its_city_has_when_it_changes() -> None:
    """Ten o'clock is another instant then."""
    events, _ = mondays()
    moved = [*events, deciding.city(time_zone="Europe/Lisbon")]

    decision = change(moved)

    assert withdrawn(decision) == list(THE_MONDAYS)
    assert [slot.starts_at.hour for slot in given.published(decision)] == [10, 10, 10]


def test_a_skip_is_recorded_anew_under_a_new_plan() -> None:
    """The record belongs to the plan."""
    away = AbsenceRecorded(RECRUITER, datetime(2027, 3, 8, tzinfo=UTC), datetime(2027, 3, 9, tzinfo=UTC), None)
    events = given.after(world(away), publish(world(away)))

    same = change(events)
    other = change(events, capacity=2)

    assert given.recorded_skips(same) == {}
    assert given.recorded_skips(other) == {THE_MONDAYS[0]: "recruiter-absent"}


def test_a_dry_run_of_a_change_tells_and_writes_nothing() -> None:
    """What would be withdrawn, kept, published and skipped."""
    events, (first, *_) = mondays()
    taken = [*events, *given.booked(first)]

    dry = accepted(change(taken, capacity=2, dry_run=True))
    run = accepted(change(taken, capacity=2))

    assert dry.events == ()
    assert [slot["slot_id"] for slot in dry.report["slots"]] == [slot.slot_id for slot in given.published(run)]
    assert {name: dry.report[name] for name in ("withdrawn", "kept", "published", "skipped")} == {
        name: run.report[name] for name in ("withdrawn", "kept", "published", "skipped")
    }


def test_changing_to_and_fro_never_gives_an_id_twice() -> None:
    """Each withdrawal of an occurrence counts."""
    events, slots = mondays()
    seen = [slot.slot_id for slot in slots]

    for capacity in (2, 1, 2):
        decision = change(events, capacity=capacity)
        seen += [slot.slot_id for slot in given.published(decision)]
        events = given.after(events, decision)

    assert len(seen) == len(set(seen)) == 12


def test_a_changed_series_is_there_running_ones_own_and_of_an_active_recruiter() -> None:
    """Each is named."""
    events, _ = mondays()

    assert change(world()) == refusals.UnknownSeries(SERIES)
    assert isinstance(change(events, STRANGER), refusals.Forbidden)
    assert isinstance(change(events, RECRUITER_ACTOR), Accepted)
    assert change([*events, SeriesEnded(SERIES, "over")]) == refusals.SeriesOver(SERIES)
    assert change([*events, RecruiterDeactivated(RECRUITER, "left")]) == refusals.RecruiterInactive(RECRUITER)


def test_a_new_plan_is_held_to_the_rules_of_a_first_one() -> None:
    """Times, the rule, and how many slots it gives at once."""
    events, _ = mondays()

    assert isinstance(change(events, starts_at="2027-03-08T10:00Z"), refusals.MalformedLocalTime)
    assert isinstance(change(events, rrule="FREQ=SECONDLY"), refusals.MalformedRule)
    assert isinstance(change(events, until="soon"), refusals.MalformedLocalTime)
    assert isinstance(change(events, starts_at="2020-03-08T10:00"), refusals.MalformedRule)
    assert change(events, rrule="FREQ=HOURLY") == refusals.TooManyOccurrences(2_000)


def test_an_empty_series_is_filled_by_a_change() -> None:
    """There is nothing to withdraw."""
    events = given.after(world(), publish(world(), rrule="FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"))

    decision = change(events, rrule="FREQ=DAILY;COUNT=1")

    assert given.keys(decision) == [THE_MONDAYS[0]]


def test_a_new_plan_that_cannot_be_followed_to_the_last_slot_is_refused() -> None:
    """Few seconds are to be settled now, but whether the slot two weeks on fits takes more than is worked out."""
    events, _ = mondays()
    every_second = f"FREQ=HOURLY;BYMINUTE={SIXTY};BYSECOND={SIXTY}"

    decision = change(events, rrule=every_second, until="2027-03-08T10:00:05")

    assert decision == refusals.TooManyOccurrences(2_000)
