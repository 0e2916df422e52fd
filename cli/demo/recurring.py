"""What recurs: the mornings of recruiters who keep regular hours, published as a series each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from random import Random
from uuid import UUID, uuid5

import msgspec

from cli.demo.offers import DAY, WORKING_DAYS, Offer, Recruiter, wall_time
from cli.demo.rules import FINAL, INTERVIEW, SCREENING, STAGES, Stage
from cli.demo.story import Ids

RRULE = f"FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT={len(WORKING_DAYS)}"

_BY_HAND = 3
"""One recruiter of so many publishes every slot by hand."""

_CHANGING = 10
"""The number of the recruiter who takes another morning off once all is published."""

_CHANGED_DAY = 3
_SLOTS = {SCREENING: 4, INTERVIEW: 3, FINAL: 2}


class Mornings(msgspec.Struct, frozen=True):
    """The same slots every working morning but on the day `off`, and later not on the day `dropped` either.

    While the recruiter is away the series skips a morning by itself.
    """

    series_id: UUID
    recruiter: Recruiter
    stage: Stage
    off: int
    dropped: int | None

    @property
    def count(self) -> int:
        """Slots in a morning."""
        return _SLOTS[self.stage.stage_id]

    @property
    def days(self) -> list[int]:
        """The days on which there are slots in the end."""
        gone = {self.off, self.dropped, self.recruiter.away}
        return [day for day in WORKING_DAYS if day not in gone]

    @property
    def written(self) -> int:
        """Slots that are published or skipped at first."""
        return self.count * (len(WORKING_DAYS) - 1)

    def offers(self, now: datetime) -> list[Offer]:
        """Return the slots that stay, with the ids that the series gives them: they say which occurrence each is."""
        return [self._offer(now, day, place) for day in self.days for place in range(self.count)]

    def body(self, now: datetime) -> dict[str, object]:
        """Return the body of `publish-series`."""
        return {
            "series_id": str(self.series_id),
            "recruiter_id": str(self.recruiter.recruiter_id),
            "city_id": self.recruiter.city.city_id,
            "stage_id": self.stage.stage_id,
            "starts_at": _written(now, self._begin(0)),
            "rrule": RRULE,
            "exdates": self.exdates(now, (self.off,)),
            "split": {"count": self.count, "gap_minutes": self.recruiter.gap},
            "duration_minutes": self.stage.minutes,
            "location": f"Office, {self.recruiter.city.name}",
        }

    def exdates(self, now: datetime, days: Collection[int]) -> list[str]:
        """Name the mornings of these days."""
        return [_written(now, self._begin(day)) for day in days]

    def _begin(self, day: int) -> int:
        return day * DAY + self.recruiter.shift[0]

    def _offer(self, now: datetime, day: int, place: int) -> Offer:
        begin = self._begin(day)
        slot_id = uuid5(self.series_id, f"{wall_time(now, begin).isoformat()}/{place + 1}")
        start = begin + place * (self.stage.minutes + self.recruiter.gap)
        return Offer(slot_id, self.recruiter, self.stage.stage_id, start, self.stage.minutes)


def mornings(rng: Random, ids: Ids, recruiters: Sequence[Recruiter]) -> list[Mornings]:
    """Settle who keeps regular hours, for which stage, and on which day they do not."""
    return [_mornings(rng, ids, recruiter) for recruiter in recruiters if recruiter.number % _BY_HAND]


def _mornings(rng: Random, ids: Ids, recruiter: Recruiter) -> Mornings:
    stage = rng.choices(STAGES, [each.share for each in STAGES])[0]
    dropped = _CHANGED_DAY if recruiter.number == _CHANGING else None
    off = rng.choice([day for day in WORKING_DAYS if day not in {dropped, recruiter.away}])
    return Mornings(ids.of("series", recruiter.number), recruiter, stage, off, dropped)


def _written(now: datetime, start: int) -> str:
    return wall_time(now, start).strftime("%Y-%m-%dT%H:%M")
