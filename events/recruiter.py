"""Recruiters: who holds interviews, where and how much, and when they are away."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import assert_never
from uuid import UUID

import msgspec

from events import tags
from events.city import Slug
from events.entity import ABSENT, Absent, Entity, expect


class RecruiterRegistered(msgspec.Struct, frozen=True):
    """A recruiter can publish slots in these cities; `time_zone` is the clock that their days and weeks go by."""

    recruiter_id: UUID
    name: str
    city_ids: tuple[Slug, ...]
    min_gap_minutes: int
    daily_limit: int | None
    weekly_limit: int | None
    time_zone: str

    def tags(self) -> tuple[str, ...]:
        """The recruiter's own rules change."""
        return (tags.recruiter(self.recruiter_id),)


class RecruiterChanged(msgspec.Struct, frozen=True):
    """A recruiter as they are from here on; what is published stays as it is."""

    recruiter_id: UUID
    name: str
    city_ids: tuple[Slug, ...]
    min_gap_minutes: int
    daily_limit: int | None
    weekly_limit: int | None
    time_zone: str

    def tags(self) -> tuple[str, ...]:
        """The recruiter's own rules change."""
        return (tags.recruiter(self.recruiter_id),)


class RecruiterDeactivated(msgspec.Struct, frozen=True):
    """A recruiter publishes no more slots and takes no more bookings."""

    recruiter_id: UUID
    reason: str

    def tags(self) -> tuple[str, ...]:
        """The recruiter's own rules change."""
        return (tags.recruiter(self.recruiter_id),)


class AbsenceRecorded(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """A recruiter is away from `from_` until `to`, both in UTC: nothing is published or booked then."""

    recruiter_id: UUID
    from_: datetime
    to: datetime
    reason: str | None

    def tags(self) -> tuple[str, ...]:
        """The recruiter's own rules change."""
        return (tags.recruiter(self.recruiter_id),)


RecruiterEvent = RecruiterRegistered | RecruiterChanged | RecruiterDeactivated | AbsenceRecorded


class Absence(msgspec.Struct, frozen=True):
    """A time a recruiter is away: `[from_, to)`, UTC."""

    from_: datetime
    to: datetime


class ActiveRecruiter(msgspec.Struct, frozen=True):
    """A recruiter who holds interviews; `min_gap` stays free after each of them."""

    recruiter_id: UUID
    name: str
    city_ids: tuple[str, ...]
    min_gap: timedelta
    daily_limit: int | None
    weekly_limit: int | None
    time_zone: str
    absences: tuple[Absence, ...] = ()

    def absence(self, starts_at: datetime, ends_at: datetime) -> Absence | None:
        """Find the absence that an interval falls into, if there is one."""
        away = (each for each in self.absences if each.from_ < ends_at and starts_at < each.to)
        return next(away, None)


class InactiveRecruiter(msgspec.Struct, frozen=True):
    """A recruiter who holds no more interviews."""

    recruiter_id: UUID


RecruiterState = Absent | ActiveRecruiter | InactiveRecruiter


def evolve(state: RecruiterState, event: RecruiterEvent) -> RecruiterState:
    """Fold one event."""
    match event:
        case RecruiterRegistered():
            return _active(event, ())
        case RecruiterChanged():
            return _active(event, expect(state, ActiveRecruiter, event).absences)
        case RecruiterDeactivated():
            return InactiveRecruiter(expect(state, ActiveRecruiter, event).recruiter_id)
        case AbsenceRecorded():
            recruiter = expect(state, ActiveRecruiter, event)
            absences = (*recruiter.absences, Absence(event.from_, event.to))
            return msgspec.structs.replace(recruiter, absences=absences)
        case _:
            assert_never(event)


def _active(event: RecruiterRegistered | RecruiterChanged, absences: tuple[Absence, ...]) -> ActiveRecruiter:
    return ActiveRecruiter(
        event.recruiter_id,
        event.name,
        event.city_ids,
        timedelta(minutes=event.min_gap_minutes),
        event.daily_limit,
        event.weekly_limit,
        event.time_zone,
        absences,
    )


RECRUITER: Entity[RecruiterState] = Entity(ABSENT, evolve)
