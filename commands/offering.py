"""The rules of offering an interval: for one slot, for a series of them, and for a slot that moves.

The recruiter's days are read once for all intervals of a command (`read_agenda`); each interval is then held against
what is offered by then (`cannot_offer`).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Final, Literal, NamedTuple
from uuid import UUID

from commands.decision import View
from commands.refusals import (
    RecruiterAbsent,
    RecruiterBusy,
    RecruiterInactive,
    RecruiterLimit,
    RecruiterNotInCity,
    UnknownCity,
    UnknownRecruiter,
    UnknownStage,
)
from events import tags
from events.city import CITY, OpenedCity
from events.entity import Absent
from events.local_time import LAST_YEAR, day_of, local_day
from events.recruiter import RECRUITER, ActiveRecruiter, InactiveRecruiter
from events.slot import AGENDA, Interval
from events.stage import STAGE, StageDefined

_MINUTE: Final = timedelta(minutes=1)
_LAST_DAY: Final = date(LAST_YEAR, 12, 31)
_start = attrgetter("starts_at")

Span = tuple[datetime, datetime]
NoHost = UnknownCity | UnknownStage | UnknownRecruiter | RecruiterInactive | RecruiterNotInCity
CannotOffer = RecruiterBusy | RecruiterAbsent | RecruiterLimit


class Host(NamedTuple):
    """Who offers, where, and for which stage."""

    city: OpenedCity
    stage: StageDefined
    recruiter: ActiveRecruiter


class Offered:
    """What a recruiter offers on the days that were read, in the order of time; grows as a command offers more."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        """Take each slot's interval once."""
        self._intervals = sorted(intervals, key=_start)
        self._longest = max((taken.ends_at - taken.starts_at for taken in self._intervals), default=timedelta())

    def add(self, interval: Interval) -> None:
        """Offer one more."""
        insort(self._intervals, interval, key=_start)
        self._longest = max(self._longest, interval.ends_at - interval.starts_at)

    def without(self, slot_ids: Collection[UUID]) -> Offered:
        """Return what is left when these slots are withdrawn."""
        return Offered(taken for taken in self._intervals if taken.slot_id not in slot_ids)

    def overlapping(self, begin: datetime, end: datetime) -> Interval | None:
        """Find the first interval that has a part in `[begin, end)`."""
        first = bisect_left(self._intervals, begin - self._longest, key=_start)
        last = bisect_left(self._intervals, end, key=_start)
        return next((taken for taken in self._intervals[first:last] if begin < taken.ends_at), None)

    def starting(self, begin: datetime, end: datetime) -> int:
        """Count the intervals that start in `[begin, end)`."""
        first = bisect_left(self._intervals, begin, key=_start)
        return bisect_left(self._intervals, end, key=_start) - first


class _Quota(NamedTuple):
    """How many slots may start within a local day or week."""

    period: Literal["day", "week"]
    first_day: date
    limit: int
    span: Span


def find_host(view: View, recruiter_id: UUID, city_id: str, stage_id: str) -> Host | NoHost:
    """City and stage are there, and the recruiter is active and works in the city."""
    city, stage, recruiter = view.of(
        CITY.at(tags.city(city_id)), STAGE.at(tags.stage(stage_id)), RECRUITER.at(tags.recruiter(recruiter_id))
    )
    if isinstance(city, Absent):
        return UnknownCity(city_id)
    if isinstance(stage, Absent):
        return UnknownStage(stage_id)
    if isinstance(recruiter, Absent):
        return UnknownRecruiter(recruiter_id)
    if isinstance(recruiter, InactiveRecruiter):
        return RecruiterInactive(recruiter_id)
    if city_id not in recruiter.city_ids:
        return RecruiterNotInCity(recruiter_id, city_id)
    return Host(city, stage.latest, recruiter)


def read_agenda(view: View, recruiter: ActiveRecruiter, spans: Iterable[Span]) -> Offered:
    """Read, all at once, the recruiter's days that offering these intervals depends on and changes."""
    looked_at = (near for span in spans for near in _looked_at(recruiter, span))
    days = dict.fromkeys(tag for begin, end in looked_at for tag in tags.agenda(recruiter.recruiter_id, begin, end))
    taken = {each.slot_id: each for day in view.all([AGENDA.at(tag) for tag in days]) for each in day}
    return Offered(taken.values())


def cannot_offer(
    recruiter: ActiveRecruiter, offered: Offered, starts_at: datetime, ends_at: datetime
) -> CannotOffer | None:
    """R1 on `[starts_at, ends_at + min_gap)`, adjacent allowed; R2 absences, then limits of the day and of the week."""
    gap = recruiter.min_gap
    if taken := offered.overlapping(starts_at - gap, ends_at + gap):
        return RecruiterBusy(taken.slot_id, taken.starts_at, taken.ends_at, gap // _MINUTE)
    if absence := recruiter.absence(starts_at, ends_at):
        return RecruiterAbsent(absence.from_, absence.to)
    for quota in _quotas(recruiter, starts_at):
        count = offered.starting(*quota.span)
        if count >= quota.limit:
            return RecruiterLimit(quota.period, quota.first_day, quota.limit, count)
    return None


def _looked_at(recruiter: ActiveRecruiter, span: Span) -> Iterator[Span]:
    starts_at, ends_at = span
    yield starts_at - recruiter.min_gap, ends_at + recruiter.min_gap
    for quota in _quotas(recruiter, starts_at):
        yield quota.span


def _quotas(recruiter: ActiveRecruiter, starts_at: datetime) -> Iterator[_Quota]:
    """A slot counts in the local day of its start, and in the ISO week, Monday to Sunday, of that day."""
    if recruiter.daily_limit is None and recruiter.weekly_limit is None:
        return
    # Times are settled up to the end of a year; what lies beyond it by the recruiter's clock counts in its last day.
    day = min(day_of(starts_at, recruiter.time_zone), _LAST_DAY)
    if recruiter.daily_limit is not None:
        yield _Quota("day", day, recruiter.daily_limit, _span_of(day, day, recruiter.time_zone))
    if recruiter.weekly_limit is not None:
        monday = day - timedelta(days=day.weekday())
        sunday = min(monday + timedelta(days=6), _LAST_DAY)
        yield _Quota("week", monday, recruiter.weekly_limit, _span_of(monday, sunday, recruiter.time_zone))


@lru_cache(maxsize=4_096)
def _span_of(first: date, last: date, time_zone: str) -> Span:
    """From the first instant of a local day to the last instant of another."""
    return local_day(first, time_zone)[0], local_day(last, time_zone)[1]
