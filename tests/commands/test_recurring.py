"""What recurrence rules give, after RFC 5545; how they are refused; and that following one always ends."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.recurring import starts
from commands.rrule import MalformedRrule, last_wall, read_rule
from events.local_time import zone
from tests.commands.rfc_5545 import EXAMPLES, TIMES_OF_DAY, Example, moments

# Many small steps over code that other tests cover: measuring that would take as long again.
pytestmark = pytest.mark.unmeasured

NEW_YORK = zone("America/New_York")
NINE = datetime(2027, 3, 1, 9)  # noqa: DTZ001  rules go by the clock on the wall
LATE = datetime(2032, 3, 1)  # noqa: DTZ001


def follow(rrule: str, start: datetime = NINE, last: datetime = LATE) -> list[datetime]:
    """Every start up to the end that rule or caller gives."""
    rule = read_rule(rrule)
    return list(starts(rule, start, min(last_wall(rule, NEW_YORK) or last, last)))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.rrule)
def test_the_examples_of_the_rfc_come_out_as_printed(example: Example) -> None:
    """Days of every frequency but minutes."""
    start = datetime.fromisoformat(f"{example.dtstart}T09:00")

    walls = follow(example.rrule, start, start + timedelta(days=5_000))

    printed = moments(example.given)
    assert walls[: len(printed)] == printed
    assert example.endless == (len(walls) > len(printed))


@pytest.mark.parametrize(("rrule", "times"), TIMES_OF_DAY)
def test_the_examples_of_the_rfc_within_a_day_come_out_as_printed(rrule: str, times: str) -> None:
    """Hourly, and by hour and minute."""
    walls = follow(rrule, datetime(1997, 9, 2, 9))  # noqa: DTZ001

    assert [wall.strftime("%H:%M") for wall in walls] == times.split()


def lists(values: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    """One to four of these, with commas."""
    return st.lists(values.map(str), min_size=1, max_size=4, unique=True).map(",".join)


def signed(least: int, most: int) -> st.SearchStrategy[str]:
    """Numbers, those counted from the end too."""
    return lists(st.integers(least, most) | st.integers(-most, -least))


WEEKDAY = st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"])
NTH_WEEKDAY = st.builds("{}{}".format, st.sampled_from([1, 2, 5, -1, -2]), WEEKDAY)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Rules that the library reads as the RFC does.

    It does not where the nth and every weekday are listed together, for weeks counted from the end of a year, for the
    last ones of a year whose weeks do not begin on Monday (the days of the new year are lost), and for BYSETPOS in the
    week of the start, of which it sees only the rest.
    """
    frequency = draw(st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"]))
    parts = {
        "INTERVAL": st.integers(1, 5),
        "WKST": WEEKDAY,
        "BYMONTH": lists(st.integers(1, 12)),
        "BYDAY": lists(WEEKDAY) | lists(NTH_WEEKDAY) if frequency in {"YEARLY", "MONTHLY"} else lists(WEEKDAY),
        "BYHOUR": lists(st.integers(0, 23)),
        "BYMINUTE": lists(st.integers(0, 59)),
    }
    if frequency != "WEEKLY":
        parts["BYMONTHDAY"] = signed(1, 31)
    if frequency in {"YEARLY", "HOURLY"}:
        parts["BYYEARDAY"] = signed(1, 366)
    chosen = draw(st.fixed_dictionaries({}, optional=parts))
    if frequency == "YEARLY" and "BYDAY" not in chosen and draw(st.booleans()):
        chosen["BYWEEKNO"] = draw(lists(st.integers(1, 51)))
    restricted = any(name.startswith("BY") for name in chosen)
    if restricted and frequency != "WEEKLY" and draw(st.booleans()):
        chosen["BYSETPOS"] = draw(signed(1, 8))
    return ";".join([f"FREQ={frequency}", *(f"{name}={value}" for name, value in chosen.items())])


@settings(deadline=None, max_examples=60)
@given(rules(), st.integers(0, 4_000_000).map(lambda minutes: NINE + timedelta(minutes=minutes)))
def test_any_rule_gives_what_an_independent_library_gives(rrule: str, start: datetime) -> None:
    """The library is asked for no more starts than we find: it would look for the next up to the year 9999."""
    ours = list(islice(starts(read_rule(rrule), start, start + timedelta(days=3_000)), 60))

    try:
        theirs = list(islice(rrulestr(rrule, dtstart=start), len(ours)))
    except ValueError:  # it says so where an hour can never come true
        theirs = []

    assert theirs == ours


@pytest.mark.parametrize("number", [1, 52, 53])
def test_weeks_at_the_turn_of_a_year_are_those_of_the_iso_calendar(number: int) -> None:
    """With weeks that begin on Monday; the days of a week belong to it on both sides of the new year."""
    days = [NINE + timedelta(days=day) for day in range(10_000)]

    walls = list(starts(read_rule(f"FREQ=YEARLY;BYWEEKNO={number}"), days[0], days[-1]))

    assert walls == [day for day in days if day.isocalendar().week == number]


def test_last_days_of_a_last_week_that_begins_on_tuesday_lie_in_the_new_year() -> None:
    """The 52nd week of 2033 goes from 27 December to 2 January: 2034 has only two of its days."""
    walls = list(starts(read_rule("FREQ=YEARLY;BYWEEKNO=52;WKST=TU"), NINE, NINE + timedelta(days=3_000)))

    turn = [day.date().isoformat() for day in walls if day.year == 2034 and day.month == 1]
    assert turn == ["2034-01-01", "2034-01-02"]


@pytest.mark.parametrize("frequency", ["YEARLY", "MONTHLY", "DAILY", "HOURLY"])
def test_a_rule_that_never_comes_true_gives_nothing(frequency: str) -> None:
    """No month has a thirtieth of February; the search is over where the time asked for is."""
    rrule = f"FREQ={frequency};BYMONTH=2;BYMONTHDAY=30"

    assert follow(rrule) == []


def test_bysetpos_picks_from_a_whole_period_though_it_began_before_the_start() -> None:
    """The first of Monday and Tuesday is the Monday, also in a week that is entered on Tuesday."""
    tuesday = NINE + timedelta(days=1)

    walls = follow("FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1;COUNT=1", tuesday)

    assert walls == [NINE + timedelta(days=7)]


@pytest.mark.parametrize("frequency", ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"])
def test_an_interval_beyond_the_calendar_gives_the_start_alone(frequency: str) -> None:
    """There is no next time."""
    assert follow(f"FREQ={frequency};INTERVAL=999999999") == [NINE]


def test_count_is_counted_from_the_start_and_ends_what_is_given() -> None:
    """A start that the rule does not give is not counted."""
    walls = follow("FREQ=WEEKLY;BYDAY=TU;COUNT=2")

    assert walls == [NINE + timedelta(days=1), NINE + timedelta(days=8)]


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20270310", datetime(2027, 3, 10, 9)),  # noqa: DTZ001
        ("20270310T090000", datetime(2027, 3, 10, 9)),  # noqa: DTZ001
        ("20270310T085959", datetime(2027, 3, 9, 9)),  # noqa: DTZ001
        ("20270310T140000Z", datetime(2027, 3, 10, 9)),  # noqa: DTZ001
        ("20270310T135959Z", datetime(2027, 3, 9, 9)),  # noqa: DTZ001
        ("20270315T130000Z", datetime(2027, 3, 15, 9)),  # noqa: DTZ001
    ],
)
def test_until_is_a_day_a_wall_time_or_an_instant_and_its_start_is_in(until: str, last: datetime) -> None:
    """New York is five hours behind UTC, and four from the fourteenth of March on."""
    assert follow(f"FREQ=DAILY;UNTIL={until}")[-1] == last


@pytest.mark.parametrize("until", ["99991231T235959Z", "00010101T000000Z"])
def test_until_may_be_at_either_end_of_the_calendar(until: str) -> None:
    """For ever is written so, and is not moved beyond the calendar by a zone."""
    assert last_wall(read_rule(f"FREQ=DAILY;UNTIL={until}"), NEW_YORK) is not None
    assert last_wall(read_rule(f"FREQ=DAILY;UNTIL={until}"), zone("Asia/Tokyo")) is not None


def test_an_until_in_utc_needs_a_zone_to_be_read_in() -> None:
    """A date and a wall time do not."""
    assert last_wall(read_rule("FREQ=DAILY;UNTIL=20270310"), None) is not None
    with pytest.raises(MalformedRrule, match="no zone"):
        last_wall(read_rule("FREQ=DAILY;UNTIL=20270310T140000Z"), None)


def test_the_name_before_a_rule_the_case_and_blanks_around_it_do_not_matter() -> None:
    """As calendars write it, and as people do."""
    assert read_rule(" rrule:freq=daily;until=20270310t140000z ") == read_rule("FREQ=DAILY;UNTIL=20270310T140000Z")
    assert read_rule("FREQ=DAILY;UNTIL=20270310T140000Z").until == datetime(2027, 3, 10, 14, tzinfo=UTC)
    assert read_rule("FREQ=DAILY;UNTIL=20270310").until == date(2027, 3, 10)


@pytest.mark.parametrize(
    ("rrule", "reason"),
    [
        ("", "FREQ is one of"),
        ("tomorrow", "FREQ is one of"),
        ("FREQ=MINUTELY", "FREQ is one of"),
        ("FREQ=SECONDLY;COUNT=2", "FREQ is one of"),
        ("FREQ=DAILY;FREQ=DAILY", "there twice"),
        ("FREQ=DAILY;BYEASTER=1", "'BYEASTER' is no part"),
        ("FREQ=DAILY;", "'' is no part"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL is at least 1"),
        ("FREQ=DAILY;INTERVAL=2.5", "'2.5' is no number"),
        ("FREQ=DAILY;COUNT=", "'' is no number"),
        ("FREQ=DAILY;COUNT=9999999999", "is no number"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270401", "do not go together"),
        ("FREQ=DAILY;UNTIL=2027-04-01", "neither a date nor a time"),
        ("FREQ=DAILY;UNTIL=20271301", "is not a time"),
        ("FREQ=DAILY;BYHOUR=24", "not within 0 to 23"),
        ("FREQ=DAILY;BYHOUR=-1", "not within 0 to 23"),
        ("FREQ=DAILY;BYMONTHDAY=0", "not within 1 to 31"),
        ("FREQ=DAILY;BYMONTHDAY=-32", "not within 1 to 31"),
        ("FREQ=DAILY;BYMONTH=1,,2", "'' is no number"),
        ("FREQ=WEEKLY;BYDAY=XX", "'XX' is no weekday"),
        ("FREQ=WEEKLY;WKST=1MO", "'1MO' is no weekday"),
        ("FREQ=MONTHLY;BYDAY=0MO", "not within 1 to 53"),
        ("FREQ=WEEKLY;BYDAY=1MO", "the nth weekday does not go with FREQ=WEEKLY"),
        ("FREQ=YEARLY;BYDAY=1MO;BYWEEKNO=3", "does not go with BYWEEKNO"),
        ("FREQ=WEEKLY;BYMONTHDAY=3", "does not go with FREQ=WEEKLY"),
        ("FREQ=DAILY;BYYEARDAY=3", "does not go with FREQ=DAILY"),
        ("FREQ=MONTHLY;BYWEEKNO=3", "does not go with FREQ=MONTHLY"),
        ("FREQ=MONTHLY;BYSETPOS=1", "there is none"),
        ("FREQ=DAILY\nEXDATE:20270301", "FREQ is one of"),
    ],
)
def test_what_is_no_rule_is_refused_with_the_reason(rrule: str, reason: str) -> None:
    """Parts that are wrong by themselves, and those that the RFC says do not stand together."""
    with pytest.raises(MalformedRrule) as refused:
        read_rule(rrule)

    assert reason in str(refused.value)
