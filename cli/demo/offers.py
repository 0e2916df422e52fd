"""What is offered by whom, and when: recruiters and slots.

Times are wall times counted from the first Monday that is at least two days away, so that no rule which counts hours
can tell on which day or at what hour the story is told. Standby slots are counted from now instead: they are the
same-day ones.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from cli.demo.places import City
from cli.demo.story import Ids, Step, recruiter_step

DAY = 24 * 60
WEEK = 7
WORKING_DAYS = (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)
SATURDAY = 5


class Recruiter(msgspec.Struct, frozen=True):
    """Who holds interviews, in which city and hours; `gap` minutes stay free after each. On the day `away` they are."""

    recruiter_id: UUID
    number: int
    name: str
    city: City
    gap: int
    shift: tuple[int, int, int]
    away: int | None = None


class Offer(msgspec.Struct, frozen=True):
    """A slot: `start` counts minutes from `anchor`, the first Monday's local midnight or now."""

    slot_id: UUID
    recruiter: Recruiter
    stage_id: str
    start: int
    minutes: int
    capacity: int = 1
    anchor: Literal["monday", "now"] = "monday"

    @property
    def end(self) -> int:
        """Minutes from the anchor."""
        return self.start + self.minutes

    @property
    def day(self) -> int:
        """Days after the first Monday."""
        return self.start // DAY

    @property
    def hour(self) -> int:
        """Hour of the local day."""
        return self.start % DAY // 60

    def starts_at(self, now: datetime) -> str:
        """Say when, in the form of `publish-slot`, if the story is told `now` (aware UTC)."""
        if self.anchor == "now":
            moment = now.replace(second=0, microsecond=0) + timedelta(minutes=self.start)
            return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        return wall_time(now, self.start).strftime("%Y-%m-%dT%H:%M")

    def body(self, now: datetime) -> dict[str, object]:
        """Return the body of `publish-slot`."""
        return {
            "slot_id": str(self.slot_id),
            "recruiter_id": str(self.recruiter.recruiter_id),
            "city_id": self.recruiter.city.city_id,
            "stage_id": self.stage_id,
            "starts_at": self.starts_at(now),
            "duration_minutes": self.minutes,
            "capacity": self.capacity,
            "location": "Video call" if self.anchor == "now" else f"Office, {self.recruiter.city.name}",
        }


def absence(ids: Ids, recruiter: Recruiter, day: int, reason: str, now: datetime) -> Step:
    """Have a recruiter say that they are away on a day, from early to late: its midnights may not exist."""
    begin, end = (wall_time(now, day * DAY + hour * 60).isoformat() for hour in (6, 23))
    body = {"recruiter_id": str(recruiter.recruiter_id), "from": begin, "to": end, "reason": reason}
    return recruiter_step(ids, recruiter.recruiter_id, "record-absence", body, (day,))


def first_monday(now: datetime) -> datetime:
    """Return the first Monday whose working hours are most of a day away in every zone; only its date counts."""
    ahead = now.replace(second=0, microsecond=0) + timedelta(days=2)
    return ahead + timedelta(days=-ahead.weekday() % 7)


def wall_time(now: datetime, start: int) -> datetime:
    """Return what the clock on the wall shows so many minutes after the first Monday's midnight."""
    return first_monday(now).replace(hour=0, minute=0, tzinfo=None) + timedelta(minutes=start)
