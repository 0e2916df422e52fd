"""Local time: from what people write to instants, and days as people count them.

Every zone is read from the `tzdata` package, never from the operating system: all processes that run one lock file
share one zone database, and its version stands in every slot that was worked out with it.
"""

import importlib.resources
import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec
import tzdata  # type: ignore[import-untyped]  # the package ships neither stubs nor a py.typed marker

TZDB_VERSION: Final[str] = tzdata.IANA_VERSION
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2200

_ZONE_NAMES: Final = frozenset((importlib.resources.files("tzdata") / "zones").read_text("ascii").split())
_WRITTEN_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt](?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2}(?P<fraction>\.[0-9]+)?)?"
    r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])?",
)
_MINUTE: Final = timedelta(minutes=1)
_SECOND: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)


class UnknownZone(ValueError):
    """The name is not a zone of the IANA database that Daybook runs with."""


class MalformedTime(ValueError):
    """The text is neither a wall time nor an RFC 3339 instant, or `fold` does not go with it; says why."""


class LocalStart(msgspec.Struct, frozen=True):
    """A start settled both as an instant and as what the clock on the wall shows.

    `starts_at` is aware and in UTC, `local_start` is `YYYY-MM-DDTHH:MM:SS` in `zone`, `utc_offset` is in seconds east
    of Greenwich, and `fold` is 1 for the second of two equal wall times. `anchor` tells what was written down: a wall
    time keeps its local start when the zone's rules change, an instant keeps its instant.
    """

    starts_at: datetime
    zone: str
    local_start: str
    fold: int
    utc_offset: int
    tzdb_version: str
    anchor: Literal["wall", "instant"]


class NoSuchLocalTime(msgspec.Struct, frozen=True):
    """A wall time that the zone's clocks skip, with the last whole minute before the gap and the first after it."""

    local_start: str
    zone: str
    nearest: tuple[str, str]


@cache
def zone(name: str) -> ZoneInfo:
    """Load the zone `name` from the pinned database; raises UnknownZone."""
    if name not in _ZONE_NAMES:
        raise UnknownZone(f"{name!r} is not an IANA time zone")
    with importlib.resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as compiled:
        return ZoneInfo.from_file(compiled, key=name)


def resolve(text: str, zone_name: str, fold: int | None = None) -> LocalStart | NoSuchLocalTime:
    """Settle a start in a zone.

    `text` is a wall time (`2027-03-25T10:00`, seconds optional) or an RFC 3339 instant (the same with `Z` or an
    offset), within the years 1970 to 2200 and in whole seconds. `fold` picks the first (0, the default) or the second
    (1) of two equal wall times. Raises MalformedTime for any other text, for an instant given with a `fold`, and for
    the second of a time that comes once; raises UnknownZone.
    """
    tz = zone(zone_name)
    if fold not in {None, 0, 1}:
        raise MalformedTime(f"fold is 0 or 1, not {fold}")
    written = _parse(text)
    if written.tzinfo is None:
        return _resolve_wall(written, tz, fold or 0)
    if fold is not None:
        raise MalformedTime(f"{text!r} is an instant: fold goes with a wall time only")
    local = written.astimezone(tz)
    _check_year(local.year)
    return _local_start(local.replace(tzinfo=None), written.astimezone(UTC), tz, local.fold, "instant")


def local_day(day: date, zone_name: str) -> tuple[datetime, datetime]:
    """From the first instant of a date to the first instant of the next date there is, in UTC.

    A date that the zone skips gives an empty interval. Where clocks fall back over midnight, the repeated minutes
    belong to the later date, so that days follow one another without gap or overlap. Raises UnknownZone, and
    MalformedTime outside the years 1970 to 2200.
    """
    _check_year(day.year)
    tz = zone(zone_name)
    return _first_instant(day, tz), _first_instant(day + _DAY, tz)


def day_of(instant: datetime, zone_name: str) -> date:
    """Name the date whose `local_day` holds an aware instant; raises UnknownZone."""
    tz = zone(zone_name)
    shown = instant.astimezone(tz).date()
    following = shown + _DAY
    return following if _first_instant(following, tz) <= instant else shown


def _parse(text: str) -> datetime:
    """Read a wall time as a naive datetime, an instant as an aware one."""
    written = _WRITTEN_TIME.fullmatch(text)
    if written is None:
        raise MalformedTime(f"{text!r} is neither a wall time like 2027-03-25T10:00 nor an RFC 3339 instant")
    if written["fraction"]:
        raise MalformedTime(f"{text!r} has a fraction of a second: starts are in whole seconds")
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise MalformedTime(f"{text!r} is not a time: {error}") from error
    _check_year(moment.year)
    return moment


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise MalformedTime(f"the year {year} is outside {FIRST_YEAR} to {LAST_YEAR}")


def _resolve_wall(wall: datetime, tz: ZoneInfo, fold: int) -> LocalStart | NoSuchLocalTime:
    first, second = _readings(wall, tz)
    if second < first:
        return NoSuchLocalTime(wall.isoformat(), tz.key, _around_gap(wall, tz))
    if second == first and fold == 1:
        raise MalformedTime(f"{wall.isoformat()} comes only once in {tz.key}: fold=1 has no meaning there")
    return _local_start(wall, second if fold else first, tz, fold, "wall")


def _readings(wall: datetime, tz: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants that fold 0 and fold 1 mean: equal but where the time comes twice, and reversed where it is skipped.

    That is the order PEP 495 lays down: a skipped time is read with the offset before the gap for fold 0.
    """
    local = wall.replace(tzinfo=tz)
    return local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)


def _local_start(
    wall: datetime,
    starts_at: datetime,
    tz: ZoneInfo,
    fold: int,
    anchor: Literal["wall", "instant"],
) -> LocalStart:
    return LocalStart(
        starts_at=starts_at,
        zone=tz.key,
        local_start=wall.isoformat(),
        fold=fold,
        utc_offset=round((wall - starts_at.replace(tzinfo=None)).total_seconds()),
        tzdb_version=TZDB_VERSION,
        anchor=anchor,
    )


def _around_gap(wall: datetime, tz: ZoneInfo) -> tuple[str, str]:
    """The last whole minute that the clock shows before the gap around `wall`, and the first one after it."""
    after = _gap_end(wall, tz)
    before = after - _SECOND
    last = before.astimezone(tz).replace(tzinfo=None, second=0)
    first = after.astimezone(tz).replace(tzinfo=None)
    if first.second:
        first = first.replace(second=0) + _MINUTE
    return last.isoformat(), first.isoformat()


def _gap_end(wall: datetime, tz: ZoneInfo) -> datetime:
    """The instant at which the zone's clock jumps over `wall`, to the second, by bisection."""
    after, before = _readings(wall, tz)
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if middle.astimezone(tz).replace(tzinfo=None) < wall:
            before = middle
        else:
            after = middle
    return after


def _first_instant(day: date, tz: ZoneInfo) -> datetime:
    """The first instant at which the zone's calendar shows `day` or a later date."""
    midnight = datetime.combine(day, time.min)
    first, second = _readings(midnight, tz)
    return _gap_end(midnight, tz) if second < first else first
