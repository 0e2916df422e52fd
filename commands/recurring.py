"""What a recurrence rule gives: naive wall times, in order.

This is an expansion of our own, because the writer waits for it. A library that is asked for the next start looks for
it up to the year 9999, whatever the UNTIL, where a rule never comes true ("every 30th of February"): seconds in which
nobody books. Here the work is bounded by the end date: each period up to it is looked at once.

After RFC 5545, section 3.3.10. A part that is missing is taken from the start; every part then restricts the days and
times of a period (year, month, week, day or hour), and BYSETPOS picks from what is left.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Final

import msgspec

from commands.rrule import Frequency, NthWeekday, Rule

_DAYS_OF_WEEK: Final = 7
_HOURS_OF_DAY: Final = 24


def starts(rule: Rule, start: datetime, last: datetime) -> Iterator[datetime]:
    """Give the wall times from `start` to `last`, both naive; COUNT counts from `start`, UNTIL is not looked at.

    A `start` that the rule does not give is not given either.
    """
    completed = _completed(rule, start)
    given = _hourly(completed, start, last) if rule.frequency is Frequency.HOURLY else _by_days(completed, start, last)
    for number, wall in enumerate(wall for wall in given if wall >= start):
        if wall > last or number == rule.count:
            return
        yield wall


def _completed(rule: Rule, start: datetime) -> Rule:
    """Take what the rule leaves open from the start."""
    taken: dict[str, frozenset[int] | frozenset[NthWeekday]] = {
        "seconds": rule.seconds or frozenset({start.second}),
        "minutes": rule.minutes or frozenset({start.minute}),
    }
    if rule.frequency is not Frequency.HOURLY:
        taken["hours"] = rule.hours or frozenset({start.hour})
    if not (rule.weekdays or rule.month_days or rule.year_days or rule.weeks):
        match rule.frequency:
            case Frequency.YEARLY:
                taken["months"] = rule.months or frozenset({start.month})
                taken["month_days"] = frozenset({start.day})
            case Frequency.MONTHLY:
                taken["month_days"] = frozenset({start.day})
            case Frequency.WEEKLY:
                taken["weekdays"] = frozenset({NthWeekday(None, start.weekday())})
            case _:
                pass
    return msgspec.structs.replace(rule, **taken)


def _by_days(rule: Rule, start: datetime, last: datetime) -> Iterator[datetime]:
    times = sorted(time(h, m, s) for h in rule.hours for m in rule.minutes for s in rule.seconds)
    for period in _periods(rule, start.date(), last.date()):
        days = [day for day in map(date.fromordinal, period) if _allows(rule, day)]
        yield from _picked(rule, days, times)


def _hourly(rule: Rule, start: datetime, last: datetime) -> Iterator[datetime]:
    past_hour = sorted(time(0, minute, second) for minute in rule.minutes for second in rule.seconds)
    first = start.toordinal() * _HOURS_OF_DAY + start.hour
    end = (last.toordinal() + 1) * _HOURS_OF_DAY
    for ordinal, hours in groupby(range(first, end, rule.interval), lambda hour: hour // _HOURS_OF_DAY):
        day = date.fromordinal(ordinal)
        if not _allows(rule, day):
            continue
        for hour in (each % _HOURS_OF_DAY for each in hours):
            if not rule.hours or hour in rule.hours:
                yield from _picked(rule, [day], [moment.replace(hour=hour) for moment in past_hour])


def _periods(rule: Rule, first: date, last: date) -> Iterator[range]:
    """Give the days, as ordinals, of each year, month, week or day that the rule looks at."""
    match rule.frequency:
        case Frequency.YEARLY:
            for year in range(first.year, last.year + 1, rule.interval):
                begin = date(year, 1, 1).toordinal()
                yield range(begin, begin + _days_in_year(year))
        case Frequency.MONTHLY:
            for number in range(_month_number(first), _month_number(last) + 1, rule.interval):
                year, month = number // 12, number % 12 + 1
                begin = date(year, month, 1).toordinal()
                yield range(begin, begin + monthrange(year, month)[1])
        case Frequency.WEEKLY:
            week = first.toordinal() - (first.weekday() - rule.week_start) % _DAYS_OF_WEEK
            for begin in range(week, last.toordinal() + 1, _DAYS_OF_WEEK * rule.interval):
                yield range(begin, begin + _DAYS_OF_WEEK)
        case _:
            for day in range(first.toordinal(), last.toordinal() + 1, rule.interval):
                yield range(day, day + 1)


def _picked(rule: Rule, days: Sequence[date], times: Sequence[time]) -> Iterable[datetime]:
    """Combine days and times, or of all those pairs only the ones at the positions of BYSETPOS."""
    if not rule.positions:
        return (datetime.combine(day, moment) for day in days for moment in times)
    chosen = _indices(rule.positions, len(days) * len(times))
    pairs = (divmod(index, len(times)) for index in chosen)
    return (datetime.combine(days[day], times[moment]) for day, moment in pairs)


@lru_cache(maxsize=1_024)
def _indices(positions: frozenset[int], size: int) -> tuple[int, ...]:
    """Turn positions, from 1 on or from the end, into the indices that a set of that size has."""
    indices = {position - 1 if position > 0 else size + position for position in positions}
    return tuple(sorted(index for index in indices if 0 <= index < size))


def _allows(rule: Rule, day: date) -> bool:
    return (
        (not rule.months or day.month in rule.months)
        and (not rule.month_days or _counted(day.day, _days_in_month(day), rule.month_days))
        and (not rule.year_days or _counted(_day_of_year(day), _days_in_year(day.year), rule.year_days))
        and (not rule.weeks or _counted(*_week(day, rule.week_start), rule.weeks))
        and (not rule.weekdays or _is_weekday(rule, day))
    )


def _counted(number: int, size: int, numbers: frozenset[int]) -> bool:
    """Tell whether a number of 1 to `size` is among the numbers, as itself or counted from the end."""
    return number in numbers or number - size - 1 in numbers


def _is_weekday(rule: Rule, day: date) -> bool:
    """The nth weekday is counted in the month, but in the year where the rule is yearly and names no month."""
    weekday = day.weekday()
    if (None, weekday) in rule.weekdays:
        return True
    if rule.frequency is Frequency.YEARLY and not rule.months:
        number, size = _day_of_year(day), _days_in_year(day.year)
    else:
        number, size = day.day, _days_in_month(day)
    from_begin, from_end = (number - 1) // _DAYS_OF_WEEK + 1, (size - number) // _DAYS_OF_WEEK + 1
    return (from_begin, weekday) in rule.weekdays or (-from_end, weekday) in rule.weekdays


def _week(day: date, week_start: int) -> tuple[int, int]:
    """Number the week that a day is in, and count the weeks of the year whose week it is.

    A week belongs to the year that at least four of its days are in: the year of its fourth day.
    """
    fourth = day + timedelta(days=3 - (day.weekday() - week_start) % _DAYS_OF_WEEK)
    end = date(fourth.year, 12, 28)  # is in the last week of its year, whatever day weeks start on
    last = end + timedelta(days=3 - (end.weekday() - week_start) % _DAYS_OF_WEEK)
    return (_day_of_year(fourth) - 1) // _DAYS_OF_WEEK + 1, (_day_of_year(last) - 1) // _DAYS_OF_WEEK + 1


def _day_of_year(day: date) -> int:
    return day.timetuple().tm_yday


def _days_in_month(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _days_in_year(year: int) -> int:
    return 366 if isleap(year) else 365


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1
