"""Slots: an interval one recruiter offers for one stage in one city, with seats; and the recruiter's days they fill."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID

import msgspec

from events import tags
from events.booking import BookingCancelled, BookingRescheduled, SlotBooked, SlotSnapshot
from events.city import Slug
from events.entity import ABSENT, Absent, Entity, expect


class SlotPublished(msgspec.Struct, frozen=True):
    """Seats are offered at a time, kept both as an instant and as the wall clock shows it (see events.local_time)."""

    slot_id: UUID
    recruiter_id: UUID
    city_id: Slug
    stage_id: Slug
    starts_at: datetime
    ends_at: datetime
    zone: str
    local_start: str
    fold: int
    utc_offset: int
    tzdb_version: str
    anchor: Literal["wall", "instant"]
    capacity: int
    location: str | None
    policy_version: int

    def tags(self) -> tuple[str, ...]:
        """The slot begins, and the recruiter's days fill."""
        return (tags.slot(self.slot_id), *tags.agenda(self.recruiter_id, self.starts_at, self.ends_at))


class SlotCancelled(msgspec.Struct, frozen=True):
    """A slot is withdrawn; its bookings were cancelled in the same append."""

    slot_id: UUID
    recruiter_id: UUID
    starts_at: datetime
    ends_at: datetime
    reason: str

    def tags(self) -> tuple[str, ...]:
        """The slot ends, and the recruiter's days have room again."""
        return (tags.slot(self.slot_id), *tags.agenda(self.recruiter_id, self.starts_at, self.ends_at))


SlotEvent = SlotPublished | SlotCancelled | SlotBooked | BookingRescheduled | BookingCancelled


class OpenSlot(msgspec.Struct, frozen=True):
    """A slot that can be booked while seats are left; `bookings` is booking id by candidate id."""

    details: SlotSnapshot
    capacity: int
    bookings: Mapping[UUID, UUID]

    @property
    def seats_left(self) -> int:
        """Seats that no booking holds."""
        return self.capacity - len(self.bookings)


class CancelledSlot(msgspec.Struct, frozen=True):
    """A slot that was withdrawn."""

    details: SlotSnapshot


SlotState = Absent | OpenSlot | CancelledSlot


def evolve(state: SlotState, event: SlotEvent) -> SlotState:
    """Fold one event."""
    match event:
        case SlotPublished():
            return OpenSlot(_snapshot(event), event.capacity, {})
        case SlotBooked():
            return _seat(expect(state, OpenSlot, event), event.candidate_id, event.booking_id)
        case BookingRescheduled():
            slot = expect(state, OpenSlot, event)
            if slot.details.slot_id == event.from_slot:
                return _free(slot, event.candidate_id)
            return _seat(slot, event.candidate_id, event.booking_id)
        case BookingCancelled():
            return _free(expect(state, OpenSlot, event), event.candidate_id)
        case SlotCancelled():
            return CancelledSlot(expect(state, OpenSlot, event).details)
        case _:
            assert_never(event)


def _seat(slot: OpenSlot, candidate_id: UUID, booking_id: UUID) -> OpenSlot:
    return OpenSlot(slot.details, slot.capacity, {**slot.bookings, candidate_id: booking_id})


def _free(slot: OpenSlot, candidate_id: UUID) -> OpenSlot:
    left = {candidate: booking for candidate, booking in slot.bookings.items() if candidate != candidate_id}
    return OpenSlot(slot.details, slot.capacity, left)


def _snapshot(event: SlotPublished) -> SlotSnapshot:
    return SlotSnapshot(
        event.slot_id,
        event.recruiter_id,
        event.city_id,
        event.stage_id,
        event.starts_at,
        event.ends_at,
        event.zone,
        event.local_start,
        event.location,
    )


SLOT: Entity[SlotState] = Entity(ABSENT, evolve)


class Interval(msgspec.Struct, frozen=True):
    """A time a recruiter has offered: `[starts_at, ends_at)`, UTC."""

    slot_id: UUID
    starts_at: datetime
    ends_at: datetime


AgendaDay = tuple[Interval, ...]


def evolve_day(day: AgendaDay, event: SlotPublished | SlotCancelled) -> AgendaDay:
    """Fold one event into the intervals that touch one UTC day of a recruiter."""
    match event:
        case SlotPublished():
            return (*day, Interval(event.slot_id, event.starts_at, event.ends_at))
        case SlotCancelled():
            return tuple(taken for taken in day if taken.slot_id != event.slot_id)
        case _:
            assert_never(event)


AGENDA: Entity[AgendaDay] = Entity((), evolve_day)
