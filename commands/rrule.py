"""Recurrence rules as RFC 5545 writes them (section 3.3.10), of the kinds that interviews recur by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time
from enum import StrEnum
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec


class MalformedRrule(ValueError):
    """The text is no rule, or of a kind that is not followed; says why."""


class Frequency(StrEnum):
    """How often the rule looks at the calendar; nothing recurs more often than hourly."""

    YEARLY = "YEARLY"
    MONTHLY = "MONTHLY"
    WEEKLY = "WEEKLY"
    DAILY = "DAILY"
    HOURLY = "HOURLY"


class NthWeekday(NamedTuple):
    """A weekday, Monday is 0: every one, or the nth of the month or year, from its end where negative."""

    nth: int | None
    weekday: int


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule; an empty set does not restrict. Sets of days hold negative numbers for days counted from the end.

    `until` is a date, a naive wall time, or an aware instant in UTC.
    """

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: date | None = None
    week_start: int = 0
    seconds: frozenset[int] = frozenset()
    minutes: frozenset[int] = frozenset()
    hours: frozenset[int] = frozenset()
    weekdays: frozenset[NthWeekday] = frozenset()
    month_days: frozenset[int] = frozenset()
    year_days: frozenset[int] = frozenset()
    weeks: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    positions: frozenset[int] = frozenset()


class _Numbers(NamedTuple):
    """A part that lists numbers: its field of the rule, and what they may be."""

    field: str
    least: int
    most: int
    from_end: bool = False


_NUMBERS: Final = {
    "BYSECOND": _Numbers("seconds", 0, 59),
    "BYMINUTE": _Numbers("minutes", 0, 59),
    "BYHOUR": _Numbers("hours", 0, 23),
    "BYMONTHDAY": _Numbers("month_days", 1, 31, from_end=True),
    "BYYEARDAY": _Numbers("year_days", 1, 366, from_end=True),
    "BYWEEKNO": _Numbers("weeks", 1, 53, from_end=True),
    "BYMONTH": _Numbers("months", 1, 12),
    "BYSETPOS": _Numbers("positions", 1, 366, from_end=True),
}
_OTHERS: Final = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY"})
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEKDAY: Final = re.compile(r"(?P<nth>[+-]?[0-9]{1,2})?(?P<day>MO|TU|WE|TH|FR|SA|SU)")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,9}")
_UNTIL: Final = re.compile(r"[0-9]{8}(?P<time>T[0-9]{6}(?P<utc>Z)?)?")
_NTH_MOST: Final = 53


def read_rule(text: str) -> Rule:
    """Read the value of an RRULE, with or without the name before it; raises MalformedRrule."""
    parts = _parts(text)
    rule = Rule(
        frequency=Frequency(parts["FREQ"]),
        interval=_at_least_1("INTERVAL", parts.get("INTERVAL", "1")),
        count=_at_least_1("COUNT", parts["COUNT"]) if "COUNT" in parts else None,
        until=_until(parts["UNTIL"]) if "UNTIL" in parts else None,
        week_start=_week_start(parts.get("WKST", "MO")),
        weekdays=_weekdays(parts["BYDAY"]) if "BYDAY" in parts else frozenset(),
        **{listed.field: _numbers(name, parts[name]) for name, listed in _NUMBERS.items() if name in parts},
    )
    for wrong in _forbidden_together(rule):
        raise MalformedRrule(wrong)
    return rule


def last_wall(rule: Rule, tz: ZoneInfo | None) -> datetime | None:
    """Return UNTIL as the last wall time in a zone; of a date the whole day counts.

    Raises MalformedRrule where UNTIL is in UTC and there is no zone to read it in.
    """
    match rule.until:
        case datetime(tzinfo=None) | None:
            return rule.until
        case datetime():
            if tz is None:
                raise MalformedRrule("UNTIL is in UTC, but the start is in no zone")
            return rule.until.astimezone(tz).replace(tzinfo=None)
        case _:
            return datetime.combine(rule.until, time.max)


def _parts(text: str) -> Mapping[str, str]:
    pairs = [part.partition("=") for part in text.strip().upper().removeprefix("RRULE:").split(";")]
    parts = {name: value for name, _, value in pairs}
    if parts.get("FREQ") not in set(Frequency):
        raise MalformedRrule(f"FREQ is one of {', '.join(Frequency)}, not {parts.get('FREQ')}")
    for name in parts:
        if name not in _OTHERS and name not in _NUMBERS:
            raise MalformedRrule(f"{name!r} is no part of a rule")
    if len(parts) < len(pairs):
        raise MalformedRrule("a part is there twice")
    return parts


def _number(name: str, text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise MalformedRrule(f"{name}: {text!r} is no number")
    return int(text)


def _at_least_1(name: str, text: str) -> int:
    number = _number(name, text)
    if number < 1:
        raise MalformedRrule(f"{name} is at least 1, not {number}")
    return number


def _numbers(name: str, text: str) -> frozenset[int]:
    listed = _NUMBERS[name]
    numbers = frozenset(_number(name, each) for each in text.split(","))
    for number in numbers:
        if not listed.least <= (abs(number) if listed.from_end else number) <= listed.most:
            raise MalformedRrule(f"{name}: {number} is not within {listed.least} to {listed.most}")
    return numbers


def _weekdays(text: str) -> frozenset[NthWeekday]:
    return frozenset(_weekday(each) for each in text.split(","))


def _weekday(text: str) -> NthWeekday:
    written = _WEEKDAY.fullmatch(text)
    if written is None:
        raise MalformedRrule(f"BYDAY: {text!r} is no weekday")
    weekday = _WEEKDAYS.index(written["day"])
    if written["nth"] is None:
        return NthWeekday(None, weekday)
    nth = int(written["nth"])
    if not 1 <= abs(nth) <= _NTH_MOST:
        raise MalformedRrule(f"BYDAY: {nth} is not within 1 to {_NTH_MOST}")
    return NthWeekday(nth, weekday)


def _week_start(text: str) -> int:
    if text not in _WEEKDAYS:
        raise MalformedRrule(f"WKST: {text!r} is no weekday")
    return _WEEKDAYS.index(text)


def _until(text: str) -> date:
    written = _UNTIL.fullmatch(text)
    if written is None:
        raise MalformedRrule(f"UNTIL: {text!r} is neither a date nor a time like 20271231T235959Z")
    try:
        moment = datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError as error:
        raise MalformedRrule(f"UNTIL: {text!r} is not a time: {error}") from error
    if written["time"] is None:
        return moment.date()
    # At either end of the calendar, where UNTIL means "for ever" or never, there is no day left to shift a time to.
    in_utc = written["utc"] and MINYEAR < moment.year < MAXYEAR
    return moment.replace(tzinfo=UTC) if in_utc else moment


def _forbidden_together(rule: Rule) -> Iterator[str]:
    """What the RFC says must not stand in one rule."""
    frequency = rule.frequency
    if rule.count is not None and rule.until is not None:
        yield "COUNT and UNTIL do not go together"
    if any(day.nth for day in rule.weekdays) and frequency not in {Frequency.YEARLY, Frequency.MONTHLY}:
        yield f"BYDAY: the nth weekday does not go with FREQ={frequency}"
    if any(day.nth for day in rule.weekdays) and rule.weeks:
        yield "BYDAY: the nth weekday does not go with BYWEEKNO"
    if rule.month_days and frequency is Frequency.WEEKLY:
        yield "BYMONTHDAY does not go with FREQ=WEEKLY"
    if rule.year_days and frequency not in {Frequency.YEARLY, Frequency.HOURLY}:
        yield f"BYYEARDAY does not go with FREQ={frequency}"
    if rule.weeks and frequency is not Frequency.YEARLY:
        yield f"BYWEEKNO does not go with FREQ={frequency}"
    if rule.positions and not any(getattr(rule, field) for field in _RESTRICTING):
        yield "BYSETPOS picks from what another part gives: there is none"


_RESTRICTING: Final = ("weekdays", *(each.field for each in _NUMBERS.values() if each.field != "positions"))
