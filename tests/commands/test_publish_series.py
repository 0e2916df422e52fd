"""Publishing a series: which slots it gives, which it skips, and that doing it again adds what is missing."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid5

import msgspec
import pytest

from commands import refusals
from commands.publish_series import PublishSeries
from events.recruiter import AbsenceRecorded, RecruiterDeactivated
from events.series import SeriesPublished, Split
from tests.support import a_series as given
from tests.support import deciding
from tests.support.a_series import MONDAYS, SERIES, accepted, publish, world
from tests.support.deciding import RECRUITER, RECRUITER_ACTOR, SLOT, STRANGER


def test_a_series_is_one_fact_and_each_of_its_slots_is_another() -> None:
    """Slots know their series and their occurrence, and are as if published one by one."""
    decision = accepted(publish(world(), capacity=2, location="Room 1"))

    begun, *slots = decision.events
    assert isinstance(begun, SeriesPublished)
    assert begun.plan.rrule == MONDAYS
    assert slots == given.published(decision)
    assert [slot.starts_at for slot in given.published(decision)] == [
        datetime(2027, 3, 8, 9, tzinfo=UTC),
        datetime(2027, 3, 15, 9, tzinfo=UTC),
        datetime(2027, 3, 22, 9, tzinfo=UTC),
    ]
    first = given.published(decision)[0]
    assert (first.series_id, first.occurrence, first.anchor) == (SERIES, "2027-03-08T10:00:00", "wall")
    assert (first.capacity, first.location) == (2, "Room 1")
    assert first.ends_at - first.starts_at == timedelta(minutes=30)
    assert first.slot_id == uuid5(SERIES, "2027-03-08T10:00:00")
    assert decision.ids == {"series_id": SERIES}
    assert decision.report == {"published": 3, "skipped": [], "dry_run": False}


def test_a_series_keeps_its_wall_time_when_clocks_change() -> None:
    """Ten o'clock in Berlin is nine in UTC before the last Sunday of March, and eight after."""
    decision = publish(world(), "2027-03-22T10:00", "FREQ=WEEKLY;COUNT=2")

    assert [slot.starts_at.hour for slot in given.published(decision)] == [9, 8]


def test_an_occurrence_that_clocks_skip_is_recorded_as_skipped() -> None:
    """Berlin has no 02:30 on the last Sunday of March."""
    decision = publish(world(), "2027-03-27T02:30", "FREQ=DAILY;COUNT=3")

    assert given.local_starts(decision) == ["2027-03-27T02:30:00", "2027-03-29T02:30:00"]
    assert given.recorded_skips(decision) == {"2027-03-28T02:30:00": "no-such-local-time"}
    assert given.reported_skips(decision) == given.recorded_skips(decision)


def test_of_an_occurrence_that_comes_twice_the_first_is_meant() -> None:
    """Berlin has two 02:30 on the last Sunday of October."""
    decision = publish(world(), "2027-10-30T02:30", "FREQ=DAILY;COUNT=2")

    assert [slot.starts_at for slot in given.published(decision)][1] == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_excluded_dates_are_left_out_without_a_record() -> None:
    """They are no occurrences, even where clocks skip them."""
    exdates = ("2027-03-28T02:30", "2027-03-29T02:30:00")

    decision = publish(world(), "2027-03-27T02:30", "FREQ=DAILY;COUNT=4", exdates=exdates)

    assert given.local_starts(decision) == ["2027-03-27T02:30:00", "2027-03-30T02:30:00"]
    assert given.reported_skips(decision) == {}


def test_an_occurrence_is_split_into_slots_with_gaps_between_them() -> None:
    """Each has the given length; the parts are numbered."""
    decision = publish(world(), rrule="FREQ=DAILY;COUNT=1", split=Split(3, 5), duration_minutes=20)

    assert given.local_starts(decision) == [f"2027-03-08T10:{minute}:00" for minute in ("00", "25", "50")]
    assert given.keys(decision) == [f"2027-03-08T10:00:00/{number}" for number in (1, 2, 3)]


@pytest.mark.parametrize(
    ("starts_at", "walls"),
    [
        ("2027-03-28T01:00", ["01:00:00", "03:00:00", "04:00:00"]),
        ("2027-10-31T01:00", ["01:00:00", "02:00:00", "02:00:00"]),
    ],
)
def test_parts_follow_one_another_in_elapsed_time_through_a_change_of_clocks(starts_at: str, walls: list[str]) -> None:
    """Three slots of an hour in the night of the change, in spring and in autumn; the second of two equals says so."""
    decision = publish(world(), starts_at, "FREQ=DAILY;COUNT=1", split=Split(3), duration_minutes=60)

    slots = given.published(decision)
    assert [slot.local_start[11:] for slot in slots] == walls
    assert [slot.starts_at - slots[0].starts_at for slot in slots] == [timedelta(hours=hour) for hour in range(3)]
    assert [slot.fold for slot in slots] == [0, 0, 1 if walls[1] == walls[2] else 0]
    assert [slot.anchor for slot in slots] == ["wall"] * 3


def test_a_split_occurrence_that_clocks_skip_is_skipped_whole() -> None:
    """There is no time that its parts could be counted from."""
    decision = publish(world(), "2027-03-28T02:30", "FREQ=DAILY;COUNT=1", split=Split(4))

    assert given.recorded_skips(decision) == {"2027-03-28T02:30:00": "no-such-local-time"}


def test_an_absence_skips_the_occurrences_within_it() -> None:
    """The others are offered."""
    away = AbsenceRecorded(RECRUITER, datetime(2027, 3, 15, tzinfo=UTC), datetime(2027, 3, 16, tzinfo=UTC), "holiday")

    decision = publish(world(away))

    assert given.local_starts(decision) == ["2027-03-08T10:00:00", "2027-03-22T10:00:00"]
    assert given.recorded_skips(decision) == {"2027-03-15T10:00:00": "recruiter-absent"}


def test_what_is_taken_already_is_skipped_and_so_is_what_the_series_itself_takes() -> None:
    """R1 against a slot that was there, and against the occurrence an hour before."""
    taken = deciding.slot(SLOT, starts_at=datetime(2027, 3, 8, 9, tzinfo=UTC))
    taken = msgspec.structs.replace(taken, ends_at=taken.starts_at + timedelta(minutes=30))

    decision = publish(world(taken), rrule="FREQ=HOURLY;COUNT=4", duration_minutes=90)

    assert given.local_starts(decision) == ["2027-03-08T11:00:00", "2027-03-08T13:00:00"]
    assert given.recorded_skips(decision) == {
        "2027-03-08T10:00:00": "recruiter-busy",
        "2027-03-08T12:00:00": "recruiter-busy",
    }


def test_limits_of_day_and_week_count_what_the_series_offers_itself() -> None:
    """Two a day and five a week, of three a day on four days."""
    rrule = "FREQ=DAILY;COUNT=4"

    decision = publish(world(daily_limit=2, weekly_limit=5), rrule=rrule, split=Split(3, 10))

    assert [key[8:10] for key in given.keys(decision)] == ["08", "08", "09", "09", "10"]
    assert set(given.recorded_skips(decision).values()) == {"recruiter-limit"}


def test_starts_in_the_past_are_told_and_neither_published_nor_recorded() -> None:
    """A series may have begun before it is written down."""
    decision = publish(world(), "2027-02-22T10:00")

    assert given.local_starts(decision) == ["2027-03-08T10:00:00"]
    assert given.recorded_skips(decision) == {}
    assert given.reported_skips(decision) == {
        "2027-02-22T10:00:00": "slot-started",
        "2027-03-01T10:00:00": "slot-started",
    }


def test_a_dry_run_tells_what_would_be_published_and_writes_nothing() -> None:
    """Slots by id, occurrence and time, and what would be skipped and why."""
    dry = accepted(publish(world(), "2027-03-27T02:30", "FREQ=DAILY;COUNT=2", dry_run=True))

    assert dry.events == ()
    assert dry.report["dry_run"] is True
    assert dry.report["slots"] == [
        {
            "slot_id": uuid5(SERIES, "2027-03-27T02:30:00"),
            "occurrence": "2027-03-27T02:30:00",
            "starts_at": datetime(2027, 3, 27, 1, 30, tzinfo=UTC),
            "local_start": "2027-03-27T02:30:00",
        }
    ]
    assert given.reported_skips(dry) == {"2027-03-28T02:30:00": "no-such-local-time"}


def test_a_rule_without_an_end_is_settled_a_year_ahead() -> None:
    """From its start, or from now where it has started."""
    ahead = given.local_starts(publish(world(), "2028-01-01T10:00", "FREQ=DAILY"))
    running = given.local_starts(publish(world(), "2026-06-01T10:00", "FREQ=DAILY"))

    assert (ahead[0], ahead[-1]) == ("2028-01-01T10:00:00", "2029-01-01T10:00:00")
    assert (running[0], running[-1]) == ("2027-03-02T10:00:00", "2028-03-01T10:00:00")


def test_a_rule_that_gives_starts_without_end_is_refused() -> None:
    """Before anything is worked out for each of them."""
    every_second = "FREQ=HOURLY;BYSECOND=" + ",".join(map(str, range(60)))

    assert publish(world(), rrule=every_second) == refusals.TooManyOccurrences(2_000)


def test_a_rule_is_followed_to_its_own_end_and_not_beyond_until() -> None:
    """Whichever comes first; noon in UTC is one o'clock in Berlin."""
    rrule = "FREQ=DAILY;UNTIL=20270310T120000Z"

    own_end = given.local_starts(publish(world(), "2027-03-08T13:00", rrule, until="2027-12-31"))
    cut = given.local_starts(publish(world(), "2027-03-08T13:00", rrule, until="2027-03-09T13:00"))

    assert own_end == [f"2027-03-{day}T13:00:00" for day in ("08", "09", "10")]
    assert cut == own_end[:2]


def test_a_series_reaches_five_years_beyond_its_start() -> None:
    """What comes later is not settled, and one that began longer ago needs a later start."""
    yearly = publish(world(), rrule="FREQ=YEARLY;COUNT=9")
    old = publish(world(), "2021-03-08T10:00", "FREQ=WEEKLY")

    assert given.local_starts(yearly)[-1] == "2032-03-08T10:00:00"
    assert isinstance(old, refusals.MalformedRule)
    assert old.field == "starts_at"


def test_a_rule_that_never_comes_true_gives_an_empty_series() -> None:
    """It stands, and can be changed."""
    decision = accepted(publish(world(), rrule="FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30"))

    assert [type(event) for event in decision.events] == [SeriesPublished]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"starts_at": "2027-03-08T10:00Z"}, "starts_at"),
        ({"starts_at": "2027-03-08"}, "starts_at"),
        ({"exdates": ("2027-03-08T10:00", "2027-03-15T10:00+01:00")}, "exdates"),
        ({"until": "2027-13-08"}, "until"),
        ({"until": "2027-03-08T10:00Z"}, "until"),
    ],
)
def test_all_times_of_a_series_are_wall_times(body: dict[str, Any], field: str) -> None:
    """An instant is refused, and the field is named."""
    decision = publish(world(), **body)

    assert isinstance(decision, refusals.MalformedLocalTime)
    assert decision.field == field


def test_a_malformed_rule_is_refused_with_the_reason() -> None:
    """The field is named."""
    decision = publish(world(), rrule="FREQ=SECONDLY")

    assert isinstance(decision, refusals.MalformedRule)
    assert decision.field == "rrule"


@pytest.mark.parametrize("starts_at", ["2199-12-20T10:00", "2200-12-30T23:00"])
def test_a_series_at_the_end_of_the_calendar_stays_within_it(starts_at: str) -> None:
    """No occurrence is worked out beyond."""
    decision = publish(world(daily_limit=9), starts_at, "FREQ=DAILY", split=Split(96, 1_440))

    assert all(slot.starts_at.year <= 2200 for slot in given.published(decision))


def test_what_a_series_needs_must_exist() -> None:
    """City, stage and recruiter are each named, and the recruiter works there."""
    city, stage, recruiter = world()
    elsewhere = msgspec.structs.replace(deciding.recruiter(), city_ids=("paris",))

    assert publish([stage, recruiter]) == refusals.UnknownCity("berlin")
    assert publish([city, recruiter]) == refusals.UnknownStage("screening")
    assert publish([city, stage]) == refusals.UnknownRecruiter(RECRUITER)
    assert publish([city, stage, elsewhere]) == refusals.RecruiterNotInCity(RECRUITER, "berlin")
    assert publish(world(RecruiterDeactivated(RECRUITER, "left"))) == refusals.RecruiterInactive(RECRUITER)


def test_recruiters_publish_series_of_their_own() -> None:
    """Those of a colleague are forbidden."""
    assert isinstance(publish(world(), actor=STRANGER), refusals.Forbidden)
    assert len(given.published(publish(world(), actor=RECRUITER_ACTOR))) == 3


def test_a_series_id_left_out_is_made_from_the_command() -> None:
    """The same command makes the same one."""
    command = PublishSeries(RECRUITER, "berlin", "screening", "2027-03-08T10:00", MONDAYS)

    first, second = (accepted(deciding.decide(world(), command)) for _ in range(2))

    assert first.ids == second.ids


def test_a_slot_id_that_something_else_took_is_refused() -> None:
    """Ids of slots are made from the series and the occurrence; a client may have chosen that very one."""
    taken = deciding.slot(uuid5(SERIES, "2027-03-08T10:00:00"), timedelta(days=200))

    assert publish(world(taken)) == refusals.AlreadyExists(str(taken.slot_id))
