"""Recruiters: who holds interviews."""

from __future__ import annotations

from datetime import timedelta
from typing import assert_never
from uuid import UUID

import msgspec

from events import tags
from events.city import Slug
from events.entity import ABSENT, Absent, Entity, expect


class RecruiterRegistered(msgspec.Struct, frozen=True):
    """A recruiter can publish slots in these cities."""

    recruiter_id: UUID
    name: str
    city_ids: tuple[Slug, ...]
    min_gap_minutes: int
    daily_limit: int | None
    weekly_limit: int | None

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


RecruiterEvent = RecruiterRegistered | RecruiterDeactivated


class ActiveRecruiter(msgspec.Struct, frozen=True):
    """A recruiter who holds interviews; `min_gap` stays free after each of them."""

    recruiter_id: UUID
    city_ids: frozenset[str]
    min_gap: timedelta


class InactiveRecruiter(msgspec.Struct, frozen=True):
    """A recruiter who holds no more interviews."""

    recruiter_id: UUID


RecruiterState = Absent | ActiveRecruiter | InactiveRecruiter


def evolve(state: RecruiterState, event: RecruiterEvent) -> RecruiterState:
    """Fold one event."""
    match event:
        case RecruiterRegistered():
            gap = timedelta(minutes=event.min_gap_minutes)
            return ActiveRecruiter(event.recruiter_id, frozenset(event.city_ids), gap)
        case RecruiterDeactivated():
            return InactiveRecruiter(expect(state, ActiveRecruiter, event).recruiter_id)
        case _:
            assert_never(event)


RECRUITER: Entity[RecruiterState] = Entity(ABSENT, evolve)
