"""The zones of tzdata, and the instants from 2024 to 2028 at which their clocks change."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files

from events.local_time import zone

ZONE_NAMES = (files("tzdata") / "zones").read_text("ascii").split()
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
LAST = datetime(2029, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)

# Days of other years on which clocks did something rare, too: midnights that are not there or come twice, a date that
# is left out, half hours, and quarters that never change.
HARD_DAYS = (
    ("Asia/Almaty", date(2024, 3, 1)),
    ("Africa/Cairo", date(2023, 4, 28)),
    ("Africa/Cairo", date(2023, 10, 26)),
    ("Asia/Beirut", date(2023, 3, 26)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/St_Johns", date(2010, 11, 7)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Australia/Lord_Howe", date(2027, 4, 4)),
    ("Asia/Kathmandu", date(2027, 3, 25)),
    ("Europe/Berlin", date(2027, 3, 28)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Africa/Casablanca", date(2024, 3, 10)),
    ("Africa/Casablanca", date(2024, 4, 14)),
)


@cache
def distinct_zones() -> tuple[str, ...]:
    """Name one zone for each set of rules: the others of the same rules differ in nothing but their name."""
    by_rules: dict[bytes, str] = {}
    for name in ZONE_NAMES:
        rules = files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()
        by_rules.setdefault(rules, name)
    return tuple(by_rules.values())


@cache
def changes(zone_name: str) -> tuple[datetime, ...]:
    """Find each instant from 2024 to 2028 at which the zone's clocks change, to the second."""
    tz = zone(zone_name)
    found = []
    day, offset = FIRST, FIRST.astimezone(tz).utcoffset()
    while day < LAST:
        following = day + DAY
        new = following.astimezone(tz).utcoffset()
        if new != offset:
            before, after = day, following
            while after - before > SECOND:
                middle = before + (after - before) // SECOND // 2 * SECOND
                before, after = (middle, after) if middle.astimezone(tz).utcoffset() == offset else (before, middle)
            found.append(after)
        day, offset = following, new
    return tuple(found)


def around(moment: datetime, reach: timedelta, step: timedelta) -> Iterator[datetime]:
    """Step from `reach` before a moment to `reach` after it, with the seconds right before and after each step."""
    for number in range(-(reach // step), reach // step + 1):
        stop = moment + number * step
        yield from (stop - SECOND, stop, stop + SECOND)
