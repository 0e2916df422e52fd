"""When a calendar event happens: its start, rules, added and excluded dates (RFC 5545), in its own wall time."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from icalendar import Event, vDDDTypes, vRecur

from commands.recurring import starts
from commands.rrule import MalformedRrule, last_wall, read_rule
from events.local_time import LAST_YEAR, UnknownZone, zone

MOST_OCCURRENCES: Final = 10_000
"""A rule that gives more than this many starts is a slip of the pen, not a plan of interviews."""

_NEVER_LATER: Final = datetime.combine(date(LAST_YEAR, 12, 31), time.max)


class MalformedEvent(ValueError):
    """A VEVENT cannot be read as slots; says why."""


class EndlessRule(Exception):
    """A rule has neither COUNT nor UNTIL, and no date was given at which to cut it."""


class Moment(msgspec.Struct, frozen=True):
    """A naive wall time and its zone; without a zone it floats, and means the clock of whatever city reads it."""

    wall: datetime
    tz: ZoneInfo | None

    def instant(self) -> datetime:
        """The moment in UTC; a floating one is read as if it were in UTC, which is enough to tell two of them apart."""
        return self.wall.replace(tzinfo=self.tz or UTC).astimezone(UTC)

    def wall_in(self, tz: ZoneInfo | None) -> datetime:
        """The naive wall time in another zone; a floating time is taken to be in it already."""
        if self.tz is None or self.tz is tz:
            return self.wall
        if tz is None:
            raise MalformedEvent(f"{self.wall.isoformat()} is in {self.tz.key}, but the event's start is in no zone")
        return self.instant().astimezone(tz).replace(tzinfo=None)


def properties(event: Event, name: str) -> list[Any]:
    """Every property of that name, in order."""
    value = event.get(name, [])
    return value if isinstance(value, list) else [value]


def single(event: Event, name: str) -> Any:  # noqa: ANN401 - its type depends on the name
    """The one property of that name, or None; raises MalformedEvent where there are several."""
    values = properties(event, name)
    if len(values) > 1:
        raise MalformedEvent(f"{name} is there {len(values)} times")
    return values[0] if values else None


def read_moment(value: vDDDTypes) -> Moment:
    """A date-time property as a moment; raises MalformedEvent for a bare date, a period, or a zone nobody knows."""
    if not isinstance(value.dt, datetime):
        raise MalformedEvent(f"{value.to_ical().decode()} has no time of day")
    return _moment(value.dt, value.params.get("TZID"))


def occurrences(event: Event, start: Moment, replaced: Iterable[Moment], until: date | None) -> list[datetime]:
    """The wall times, in the zone of `start`, at which the event happens, in order.

    `replaced` are the occurrences that other events of the same UID stand in for. Rules are cut after the day `until`.
    Raises MalformedEvent, and EndlessRule where a rule without an end meets no `until`.
    """
    if properties(event, "EXRULE"):
        raise MalformedEvent("EXRULE is not supported: use EXDATE")
    rules = properties(event, "RRULE")
    walls = {wall for rule in rules for wall in _expand(rule, start, until)} if rules else {start.wall}
    walls.update(read_moment(value).wall_in(start.tz) for value in _listed(event, "RDATE"))
    if len(walls) > MOST_OCCURRENCES:
        raise MalformedEvent(f"more than {MOST_OCCURRENCES} occurrences")
    gone = {_excluded(value, start.tz) for value in _listed(event, "EXDATE")}
    gone.update(moment.wall_in(start.tz) for moment in replaced)
    return sorted(wall for wall in walls if wall not in gone and wall.date() not in gone)


def _moment(moment: datetime, tzid: str | None) -> Moment:
    wall = moment.replace(tzinfo=None)
    if moment.tzinfo is None and tzid is None:
        return Moment(wall, None)
    # The parser takes zones from the operating system, and knows what Windows calls them: only the name is of use.
    name = moment.tzinfo.key if isinstance(moment.tzinfo, ZoneInfo) else tzid
    try:
        return Moment(wall, zone(str(name)))
    except UnknownZone as error:
        raise MalformedEvent(str(error)) from error


def _listed(event: Event, name: str) -> list[vDDDTypes]:
    return [value for listed in properties(event, name) for value in listed.dts]


def _excluded(value: vDDDTypes, tz: ZoneInfo | None) -> date:
    """A moment as a wall time; a bare date as itself, which excludes the whole day."""
    return value.dt if type(value.dt) is date else read_moment(value).wall_in(tz)


def _expand(rule: vRecur, start: Moment, until: date | None) -> list[datetime]:
    """The wall times a rule gives, one more than MOST_OCCURRENCES at most."""
    try:
        followed = read_rule(rule.to_ical().decode())  # type: ignore[no-untyped-call]  # not annotated
        end = last_wall(followed, start.tz)
    except MalformedRrule as error:
        raise MalformedEvent(f"RRULE: {error}") from error
    if followed.count is None and end is None and until is None:
        raise EndlessRule
    ends = [_NEVER_LATER if end is None else end, _NEVER_LATER if until is None else datetime.combine(until, time.max)]
    return list(islice(starts(followed, start.wall, min(ends)), MOST_OCCURRENCES + 1))
