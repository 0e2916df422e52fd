"""Publishing a series again: what is missing is added, and nothing else happens."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st

from commands import refusals
from events.recruiter import AbsenceRecorded
from events.series import SeriesEnded, SeriesPublished, Split
from tests.support import a_series as given
from tests.support import deciding
from tests.support.a_series import MONDAYS, SERIES, accepted, publish, world
from tests.support.deciding import RECRUITER, SLOT


def test_publishing_again_writes_nothing_and_tells_again_what_is_skipped() -> None:
    """A skip is recorded once for the same reason."""
    once = given.after(world(), publish(world(), "2027-03-21T02:30", "FREQ=WEEKLY;COUNT=3"))

    again = accepted(publish(once, "2027-03-21T02:30", "FREQ=WEEKLY;COUNT=3"))

    assert again.events == ()
    assert again.report["published"] == 0
    assert given.reported_skips(again) == {"2027-03-28T02:30:00": "no-such-local-time"}


def test_publishing_again_with_a_later_until_adds_what_is_missing() -> None:
    """The rule has no end; each time a piece of it is settled."""
    endless = "FREQ=WEEKLY;BYDAY=MO"
    once = given.after(world(), publish(world(), rrule=endless, until="2027-03-15"))

    more = publish(once, rrule=endless, until="2027-03-29T10:00")

    assert given.local_starts(more) == ["2027-03-22T10:00:00", "2027-03-29T10:00:00"]
    assert not any(isinstance(event, SeriesPublished) for event in accepted(more).events)


def test_publishing_again_offers_what_could_not_be_offered_before() -> None:
    """The other slot is gone; a reason that changed is recorded anew."""
    taken = deciding.slot(SLOT, starts_at=datetime(2027, 3, 8, 9, tzinfo=UTC))
    taken = msgspec.structs.replace(taken, ends_at=taken.starts_at + timedelta(minutes=30))
    before = given.after(world(taken), publish(world(taken)))
    away = AbsenceRecorded(RECRUITER, taken.starts_at, taken.ends_at, None)

    free = publish([*before, given.cancelled(taken)])
    absent = publish([*before, given.cancelled(taken), away])

    assert given.local_starts(free) == ["2027-03-08T10:00:00"]
    assert given.recorded_skips(absent) == {"2027-03-08T10:00:00": "recruiter-absent"}


def test_a_slot_that_staff_cancelled_does_not_come_again() -> None:
    """What was taken back by hand stays so."""
    decision = publish(world())
    before = given.after(world(), decision)

    again = publish([*before, given.cancelled(given.published(decision)[1])])

    assert accepted(again).events == ()


def test_the_same_plan_may_be_written_in_other_words() -> None:
    """Case, the name of the property, seconds, the order of what is excluded, and the length that is the stage's."""
    exdates = ("2027-03-15T10:00", "2027-03-22T10:00")
    before = given.after(world(), publish(world(), exdates=exdates))

    again = publish(
        before, "2027-03-08t10:00:00", "rrule:" + MONDAYS.lower(), exdates=exdates[::-1], duration_minutes=30
    )

    assert accepted(again).events == ()


def test_what_a_plan_took_from_stage_and_city_stays_when_they_change() -> None:
    """The same body is the same plan still."""
    before = given.after(world(), publish(world()))
    longer = msgspec.structs.replace(deciding.stage(version=2), duration_minutes=45)

    again = publish([*before, longer, deciding.city(time_zone="Europe/Lisbon")])

    assert accepted(again).events == ()


@pytest.mark.parametrize(
    "other",
    [
        {"rrule": "FREQ=WEEKLY;COUNT=4"},
        {"capacity": 2},
        {"split": Split(2)},
        {"duration_minutes": 20},
        {"location": "X"},
    ],
)
def test_another_plan_under_the_same_id_is_refused(other: dict[str, Any]) -> None:
    """A series is changed by a command of its own."""
    before = given.after(world(), publish(world()))

    decision = publish(before, **other)

    assert decision == refusals.AlreadyExists(str(SERIES))


def test_a_series_that_ended_is_not_published_again() -> None:
    """Whatever the plan."""
    before = [*given.after(world(), publish(world())), SeriesEnded(SERIES, "over")]

    assert publish(before) == refusals.SeriesOver(SERIES)


@settings(deadline=None, max_examples=40)
@for_any(
    st.sampled_from(["FREQ=DAILY;COUNT=9", "FREQ=HOURLY;INTERVAL=5;COUNT=20", "FREQ=WEEKLY;BYDAY=SU,MO;COUNT=6"]),
    st.datetimes(datetime(2027, 2, 25), datetime(2027, 11, 5)),  # noqa: DTZ001  wall times
    st.none() | st.builds(Split, st.integers(1, 5), st.integers(0, 50)),
    st.none() | st.integers(1, 4),
)
def test_a_dry_run_tells_what_the_run_then_does(
    rrule: str, start: datetime, split: Split | None, limit: int | None
) -> None:
    """Slot by slot and reason by reason; and after the run nothing is missing."""
    events = world(daily_limit=limit)
    starts_at = f"{start:%Y-%m-%dT%H:%M}"

    dry = accepted(publish(events, starts_at, rrule, split=split, dry_run=True))
    run = accepted(publish(events, starts_at, rrule, split=split))

    assert [slot["slot_id"] for slot in dry.report["slots"]] == [slot.slot_id for slot in given.published(run)]
    assert dry.report["skipped"] == run.report["skipped"]
    assert accepted(publish(given.after(events, run), starts_at, rrule, split=split)).events == ()


def test_one_command_settles_two_thousand_slots_at_most() -> None:
    """Those that are there already do not count."""
    hourly, tokyo = "FREQ=HOURLY", world(time_zone="Asia/Tokyo")
    first = publish(tokyo, rrule=hourly, until="2027-05-30T17:00")

    beyond = publish(tokyo, rrule=hourly, until="2027-05-30T18:00")
    rest = publish(given.after(tokyo, first), rrule=hourly, until="2027-05-30T18:00")

    assert len(given.published(first)) == 2_000
    assert beyond == refusals.TooManyOccurrences(2_000)
    assert len(given.published(rest)) == 1
