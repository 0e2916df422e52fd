"""The plan of a series: checked, written down in one form, and followed to the wall times it gives."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import Final

import msgspec

from commands.moments import read_wall
from commands.recurring import starts
from commands.refusals import MalformedLocalTime, MalformedRule, TooManyOccurrences
from commands.rrule import MalformedRrule, last_wall, read_rule
from events.local_time import LAST_YEAR, MalformedTime, zone
from events.series import SeriesPlan

MOST_SLOTS: Final = 2_000
"""What one command settles: the writer decides nothing else meanwhile."""

_MOST_STARTS: Final = 20_000
_REACH: Final = timedelta(days=5 * 366)
_AHEAD: Final = timedelta(days=366)
_NEVER_LATER: Final = datetime(LAST_YEAR, 1, 1)  # noqa: DTZ001  a wall time, in whatever zone


def checked(plan: SeriesPlan) -> SeriesPlan | MalformedLocalTime | MalformedRule:
    """Return the plan in the form that is kept, so that two plans that say the same are equal."""
    try:
        start = read_wall(plan.dtstart, plan.zone)
    except MalformedTime as error:
        return MalformedLocalTime("starts_at", str(error))
    try:
        exdates = {read_wall(text, plan.zone).isoformat() for text in plan.exdates}
    except MalformedTime as error:
        return MalformedLocalTime("exdates", str(error))
    rrule = plan.rrule.strip().upper().removeprefix("RRULE:")
    try:
        last_wall(read_rule(rrule), zone(plan.zone))
    except MalformedRrule as error:
        return MalformedRule("rrule", str(error))
    return msgspec.structs.replace(plan, dtstart=start.isoformat(), rrule=rrule, exdates=tuple(sorted(exdates)))


def read_until(text: str | None, time_zone: str) -> datetime | MalformedLocalTime | None:
    """Read the last start to settle now: a wall time, or a date for the whole of it."""
    if text is None:
        return None
    try:
        return read_wall(text if "T" in text.upper() else f"{text}T23:59:59", time_zone)
    except MalformedTime as error:
        return MalformedLocalTime("until", str(error))


def follow(
    plan: SeriesPlan, until: datetime | None, now: datetime
) -> list[datetime] | MalformedRule | TooManyOccurrences:
    """Follow a checked plan to its wall times, up to and with `until`, or 366 days ahead where the plan has no end.

    A plan reaches five years beyond its start.
    """
    rule, start, tz = read_rule(plan.rrule), datetime.fromisoformat(plan.dtstart), zone(plan.zone)
    today = now.astimezone(tz).replace(tzinfo=None)
    if start + _REACH < today:
        return MalformedRule("starts_at", "a series reaches five years beyond its start: those are over")
    ends = [start + _REACH, _NEVER_LATER]
    if end := last_wall(rule, tz):
        ends.append(end)
    if until is not None:
        ends.append(until)
    elif end is None and rule.count is None:
        ends.append(max(start, today) + _AHEAD)
    excluded = frozenset(plan.exdates)
    walls = list(islice(starts(rule, start, min(ends)), _MOST_STARTS + 1))
    if len(walls) > _MOST_STARTS:
        return TooManyOccurrences(MOST_SLOTS)
    return [wall for wall in walls if wall.isoformat() not in excluded]
