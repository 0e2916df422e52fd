"""Wall times, instants and days, in every zone there is and by name in the ones that are hard."""

import subprocess
import sys
from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files

import pytest
import tzdata  # type: ignore[import-untyped]  # the package ships neither stubs nor a py.typed marker
from hypothesis import example, given
from hypothesis import strategies as st

from events.local_time import (
    LocalStart,
    MalformedTime,
    NoSuchLocalTime,
    UnknownZone,
    _first_instant,
    day_of,
    local_day,
    resolve,
    zone,
)

ZONE_NAMES = (files("tzdata") / "zones").read_text("ascii").split()

zone_names = st.sampled_from(ZONE_NAMES)
instants = st.datetimes(
    datetime(1970, 1, 2),  # noqa: DTZ001 - hypothesis wants naive bounds and adds the zone itself
    datetime(2196, 12, 31),  # noqa: DTZ001 - as above
    timezones=st.just(UTC),
).map(lambda instant: instant.replace(microsecond=0))
days = st.dates(date(1970, 1, 2), date(2196, 12, 31))


def next_change(instant: datetime, zone_name: str) -> datetime:
    """Find the second at which the zone's clocks change next; without one in four years, stay at `instant`."""
    tz = zone(zone_name)

    def offset(seconds: int) -> timedelta | None:
        return (instant + timedelta(seconds=seconds)).astimezone(tz).utcoffset()

    week = 7 * 86_400
    for start in range(0, 200 * week, week):
        if offset(start) != offset(start + week):
            seconds = range(start, start + week)
            later = bisect_left(seconds, 1, key=lambda second: offset(second) != offset(start))
            return instant + timedelta(seconds=start + later)
    return instant


near_changes = st.builds(
    lambda instant, zone_name, seconds: (next_change(instant, zone_name) + timedelta(seconds=seconds), zone_name),
    instants,
    zone_names,
    st.integers(-90_000, 90_000),
)
anywhere = st.tuples(instants, zone_names) | near_changes


def settled(text: str, zone_name: str, fold: int | None = None) -> LocalStart:
    """Resolve a time that exists."""
    start = resolve(text, zone_name, fold)
    assert isinstance(start, LocalStart)
    return start


def hours(day: date, zone_name: str) -> float:
    """Count the elapsed hours of a local day."""
    first, following = local_day(day, zone_name)
    return (following - first) / timedelta(hours=1)


def test_a_wall_time_is_settled_with_all_that_was_known() -> None:
    """A wall time becomes an instant that remembers zone, offset, database and what was written."""
    text = "2027-03-25T10:00"

    start = resolve(text, "Asia/Kathmandu")

    assert start == LocalStart(
        starts_at=datetime(2027, 3, 25, 4, 15, tzinfo=UTC),
        zone="Asia/Kathmandu",
        local_start="2027-03-25T10:00:00",
        fold=0,
        utc_offset=20_700,
        tzdb_version=tzdata.IANA_VERSION,
        anchor="wall",
    )


@pytest.mark.parametrize(
    "text",
    ["2026-10-25T01:30:00Z", "2026-10-25t01:30:00z", "2026-10-25T07:15:00+05:45", "2026-10-24T21:30-04:00"],
)
def test_an_instant_keeps_its_place_in_the_fold(text: str) -> None:
    """An instant in the repeated hour is shown as the second of two equal wall times."""
    zone_name = "Europe/Berlin"

    start = settled(text, zone_name)

    assert start.starts_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert (start.local_start, start.fold, start.anchor) == ("2026-10-25T02:30:00", 1, "instant")


@pytest.mark.parametrize(
    ("text", "zone_name", "nearest"),
    [
        ("2027-03-28T02:30", "Europe/Berlin", ("2027-03-28T01:59:00", "2027-03-28T03:00:00")),
        ("2027-03-28T02:00", "Europe/Berlin", ("2027-03-28T01:59:00", "2027-03-28T03:00:00")),
        ("2027-03-28T02:59:59", "Europe/Berlin", ("2027-03-28T01:59:00", "2027-03-28T03:00:00")),
        ("2023-04-28T00:00", "Africa/Cairo", ("2023-04-27T23:59:00", "2023-04-28T01:00:00")),
        ("2018-11-04T00:30", "America/Sao_Paulo", ("2018-11-03T23:59:00", "2018-11-04T01:00:00")),
        ("2023-03-26T00:15", "Asia/Beirut", ("2023-03-25T23:59:00", "2023-03-26T01:00:00")),
        ("2011-12-30T10:00", "Pacific/Apia", ("2011-12-29T23:59:00", "2011-12-31T00:00:00")),
        ("2026-10-04T02:15", "Australia/Lord_Howe", ("2026-10-04T01:59:00", "2026-10-04T02:30:00")),
        ("2024-04-14T02:30", "Africa/Casablanca", ("2024-04-14T01:59:00", "2024-04-14T03:00:00")),
        ("1972-01-07T00:10", "Africa/Monrovia", ("1972-01-06T23:59:00", "1972-01-07T00:45:00")),
    ],
)
def test_a_skipped_wall_time_names_its_neighbours(text: str, zone_name: str, nearest: tuple[str, str]) -> None:
    """A time the clocks jump over comes back with the last minute before the gap and the first after it."""
    skipped = text if text.count(":") > 1 else f"{text}:00"

    answer = resolve(text, zone_name)

    assert answer == NoSuchLocalTime(skipped, zone_name, nearest)


@pytest.mark.parametrize(
    ("text", "zone_name", "apart"),
    [
        ("2026-10-25T02:30", "Europe/Berlin", timedelta(hours=1)),
        ("2023-10-26T23:30", "Africa/Cairo", timedelta(hours=1)),
        ("2024-02-29T23:30", "Asia/Almaty", timedelta(hours=1)),
        ("2027-04-04T01:45", "Australia/Lord_Howe", timedelta(minutes=30)),
        ("2024-03-10T02:30", "Africa/Casablanca", timedelta(hours=1)),
        ("2010-11-06T23:30", "America/St_Johns", timedelta(hours=1)),
    ],
)
def test_a_repeated_wall_time_means_the_first_unless_fold_says_otherwise(
    text: str,
    zone_name: str,
    apart: timedelta,
) -> None:
    """The two instants of a repeated time are told apart by fold, and no fold means the earlier."""
    unsaid, first = settled(text, zone_name), settled(text, zone_name, 0)

    second = settled(text, zone_name, 1)

    assert unsaid == first
    assert second.starts_at - first.starts_at == apart
    assert (first.fold, second.fold) == (0, 1)


@pytest.mark.parametrize(
    ("text", "fold", "reason"),
    [
        ("", None, "neither"),
        ("tomorrow at ten", None, "neither"),
        ("2027-03-25", None, "neither"),
        ("2027-03-25 10:00", None, "neither"),
        ("2027-03-25T10", None, "neither"),
        ("2027-3-25T10:00", None, "neither"),
        ("2027-03-25T24:00", None, "neither"),
        ("2027-03-25T10:00\n", None, "neither"),
        ("2027-03-25T10:00:00+0100", None, "neither"),
        ("2027-03-25T10:00:00+24:00", None, "neither"),
        ("2027-03-25T10:00[Europe/Berlin]", None, "neither"),
        ("\u0662\u0660\u0662\u0667-03-25T10:00", None, "neither"),
        ("2027-02-29T10:00", None, "not a time: day"),
        ("2027-13-01T10:00", None, "not a time: month"),
        ("2027-03-25T10:60", None, "not a time: minute"),
        ("2027-03-25T10:00:60Z", None, "not a time: second"),
        ("2027-03-25T10:00:00.5", None, "fraction"),
        ("2027-03-25T10:00:00.000Z", None, "fraction"),
        ("0000-03-25T10:00", None, "not a time: year"),
        ("0001-01-01T00:00:00+14:00", None, "the year 1 is outside"),
        ("1969-12-31T23:59", None, "the year 1969 is outside"),
        ("2201-01-01T00:00", None, "the year 2201 is outside"),
        ("9999-12-31T23:59:59-12:00", None, "the year 9999 is outside"),
        ("2200-12-31T23:30:00Z", None, "the year 2201 is outside"),
        ("2027-03-25T10:00", 2, "fold is 0 or 1"),
        ("2027-03-25T10:00", 1, "only once"),
        ("2027-03-25T10:00:00Z", 0, "is an instant"),
        ("2027-03-25T10:00:00Z", 1, "is an instant"),
    ],
)
def test_anything_else_is_refused_with_a_reason(text: str, fold: int | None, reason: str) -> None:
    """What is neither a wall time nor an instant, or has a fold it cannot have, says what is wrong with it."""
    zone_name = "Europe/Berlin"

    with pytest.raises(MalformedTime) as refused:
        resolve(text, zone_name, fold)

    assert reason in str(refused.value)


@pytest.mark.parametrize("name", ["", "Europe/Atlantis", "europe/berlin", "../zones", "Europe", "Europe/Berlin\0"])
def test_an_unknown_zone_is_named(name: str) -> None:
    """A name outside the database is refused, whatever file it may point at."""
    text = "2027-03-25T10:00"

    with pytest.raises(UnknownZone) as refused:
        resolve(text, name)

    assert repr(name) in str(refused.value)


def test_a_zone_is_loaded_once() -> None:
    """Asking for a zone again gives the very same object."""
    name = "Australia/Lord_Howe"

    zones = zone(name), zone(name)

    assert zones[0] is zones[1]


def test_the_zone_database_of_the_operating_system_is_never_read() -> None:
    """Resolving a time opens only the zone file of the tzdata package."""
    script = (
        "import sys; opened = []\n"
        "sys.addaudithook(lambda name, args: opened.append(str(args[0])) if name == 'open' else None)\n"
        "from events.local_time import resolve\n"
        "resolve('2027-03-25T10:00', 'Europe/Berlin')\n"
        "print(*(path for path in opened if path.endswith('Europe/Berlin')))"
    )

    told = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    assert told.stdout.strip() == str(files("tzdata") / "zoneinfo" / "Europe" / "Berlin")


@pytest.mark.parametrize(
    ("zone_name", "day", "length"),
    [
        ("Europe/Berlin", date(2027, 3, 27), 24),
        ("Europe/Berlin", date(2027, 3, 28), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Australia/Lord_Howe", date(2027, 4, 4), 24.5),
        ("Africa/Cairo", date(2023, 4, 28), 23),
        ("Africa/Cairo", date(2023, 10, 26), 25),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),
        ("Asia/Almaty", date(2024, 2, 29), 25),
        ("Asia/Almaty", date(2024, 3, 1), 24),
        ("Asia/Kathmandu", date(2027, 3, 25), 24),
        ("Africa/Casablanca", date(2024, 3, 10), 25),
        ("Africa/Casablanca", date(2024, 4, 14), 23),
        ("Pacific/Apia", date(2011, 12, 29), 24),
        ("Pacific/Apia", date(2011, 12, 30), 0),
        ("Pacific/Apia", date(2011, 12, 31), 24),
    ],
)
def test_a_local_day_is_as_long_as_its_clocks_make_it(zone_name: str, day: date, length: float) -> None:
    """A day runs from its first instant to the first of the next, however long that takes."""
    counted = hours(day, zone_name)

    assert counted == length


def test_a_day_begins_at_the_end_of_a_gap_that_spans_midnight() -> None:
    """Clocks that jump from before midnight to after it begin the day where they land.

    No zone has done so since 1970, so this looks past the range of years into the Toronto of 1919.
    """
    toronto = zone("America/Toronto")

    first = _first_instant(date(1919, 3, 31), toronto)

    assert first == datetime(1919, 3, 31, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize("year", [1969, 2201, 9999])
def test_a_day_out_of_range_is_refused(year: int) -> None:
    """Days are counted in the same years as starts."""
    day = date(year, 12, 31)

    with pytest.raises(MalformedTime, match=f"the year {year} is outside"):
        local_day(day, "Europe/Berlin")


@given(anywhere)
@example((datetime(2024, 2, 29, 18, 30, tzinfo=UTC), "Asia/Almaty"))
@example((datetime(2011, 12, 30, 10, 0, tzinfo=UTC), "Pacific/Apia"))
def test_every_instant_survives_the_way_through_wall_time(place: tuple[datetime, str]) -> None:
    """An instant, written as its wall time and fold, resolves to itself."""
    instant, zone_name = place
    shown = settled(instant.isoformat(), zone_name)

    back = settled(shown.local_start, zone_name, shown.fold)

    assert shown.starts_at == back.starts_at == instant
    assert back.utc_offset == shown.utc_offset


@given(anywhere)
@example((datetime(2011, 12, 30, 10, tzinfo=UTC), "Pacific/Apia"))
@example((datetime(2026, 10, 4, 2, 10, tzinfo=UTC), "Australia/Lord_Howe"))
@example((datetime(1972, 1, 7, 0, 10, tzinfo=UTC), "Africa/Monrovia"))
def test_a_wall_time_exists_or_lies_between_two_that_do(place: tuple[datetime, str]) -> None:
    """A wall time either shows as itself or names neighbours on both sides, less than two minutes apart in time."""
    text, zone_name = place[0].replace(tzinfo=None).isoformat(), place[1]

    answer = resolve(text, zone_name)

    match answer:
        case LocalStart():
            assert answer.starts_at.astimezone(zone(zone_name)).replace(tzinfo=None).isoformat() == text
        case NoSuchLocalTime(nearest=(before, after)):
            assert before < text < after
            assert settled(after, zone_name).starts_at - settled(before, zone_name).starts_at < timedelta(minutes=2)


@given(days, zone_names)
@example(date(2010, 11, 7), "America/St_Johns")
@example(date(2011, 12, 30), "Pacific/Apia")
def test_days_follow_one_another_without_gap_or_overlap(day: date, zone_name: str) -> None:
    """Each day ends where the next begins, and never runs backwards."""
    first, following = local_day(day, zone_name)

    next_first, next_following = local_day(day + timedelta(days=1), zone_name)

    assert first <= following == next_first <= next_following


@given(anywhere)
@example((datetime(2010, 11, 7, 2, 31, tzinfo=UTC), "America/St_Johns"))
@example((datetime(2010, 11, 7, 3, 0, tzinfo=UTC), "America/St_Johns"))
@example((datetime(2011, 12, 30, 10, 0, tzinfo=UTC), "Pacific/Apia"))
@example((datetime(2024, 2, 29, 18, 30, tzinfo=UTC), "Asia/Almaty"))
def test_every_instant_lies_in_the_day_it_is_counted_to(place: tuple[datetime, str]) -> None:
    """The date named for an instant is the one whose interval holds it."""
    instant, zone_name = place
    day = day_of(instant, zone_name)

    first, following = local_day(day, zone_name)

    assert first <= instant < following
