"""Slots: an interval one recruiter offers for one stage in one city, with seats; and the recruiter's days they fill."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, TypeVar, assert_never
from uuid import UUID

import msgspec

from events import tags
from events.booking import BookingCancelled, BookingDeclined, BookingRescheduled, SlotBooked, SlotSnapshot
from events.city import Slug
from events.entity import ABSENT, Absent, BrokenHistory, Entity
from events.hold import HoldExpired, HoldReleased, SlotHeld
from events.offer import OfferDeclined, OfferExpired, SeatOffered

T = TypeVar("T")


class SlotPublished(msgspec.Struct, frozen=True):
    """Seats are offered at a time, kept both as an instant and as the wall clock shows it (see events.local_time).

    A slot of a series names it, and which of its occurrences it is.
    """

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
    series_id: UUID | None = None
    occurrence: str | None = None

    def tags(self) -> tuple[str, ...]:
        """The slot begins, the recruiter's days fill, and the series has one slot more."""
        series = () if self.series_id is None else (tags.series(self.series_id),)
        return (tags.slot(self.slot_id), *tags.agenda(self.recruiter_id, self.starts_at, self.ends_at), *series)


class SlotCapacityChanged(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """A slot has more seats, or fewer that were free."""

    slot_id: UUID
    from_: int
    to: int

    def tags(self) -> tuple[str, ...]:
        """The slot's seats change."""
        return (tags.slot(self.slot_id),)


class SlotClosed(msgspec.Struct, frozen=True):
    """A slot takes nobody in; who is in stays."""

    slot_id: UUID
    reason: str

    def tags(self) -> tuple[str, ...]:
        """The slot's seats change."""
        return (tags.slot(self.slot_id),)


class SlotReopened(msgspec.Struct, frozen=True):
    """A closed slot takes people in again."""

    slot_id: UUID
    reason: str

    def tags(self) -> tuple[str, ...]:
        """The slot's seats change."""
        return (tags.slot(self.slot_id),)


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


class AgendaFreed(msgspec.Struct, frozen=True):
    """A slot leaves the interval it had, because it is being re-anchored: the recruiter's days have room again."""

    slot_id: UUID
    recruiter_id: UUID
    starts_at: datetime
    ends_at: datetime

    def tags(self) -> tuple[str, ...]:
        """The recruiter's days of old change."""
        return tags.agenda(self.recruiter_id, self.starts_at, self.ends_at)


class SlotReanchored(msgspec.Struct, frozen=True):
    """The zone's rules changed: the slot keeps what the clock on the wall shows, and so has another instant."""

    slot_id: UUID
    recruiter_id: UUID
    starts_at: datetime
    ends_at: datetime
    was_starts_at: datetime
    was_utc_offset: int
    utc_offset: int
    tzdb_version: str

    def tags(self) -> tuple[str, ...]:
        """The slot moves, and the recruiter's days fill."""
        return (tags.slot(self.slot_id), *tags.agenda(self.recruiter_id, self.starts_at, self.ends_at))


_Later = (
    SlotCapacityChanged
    | SlotClosed
    | SlotReopened
    | SlotCancelled
    | SlotReanchored
    | SlotHeld
    | HoldReleased
    | HoldExpired
    | SeatOffered
    | OfferDeclined
    | OfferExpired
    | SlotBooked
    | BookingRescheduled
    | BookingCancelled
    | BookingDeclined
)
SlotEvent = SlotPublished | _Later


class SeatHold(msgspec.Struct, frozen=True):
    """A seat kept for one candidate until `expires_at`; `offered` to somebody who waited."""

    hold_id: UUID
    candidate_id: UUID
    expires_at: datetime
    offered: bool


class WallClock(msgspec.Struct, frozen=True):
    """How the start was given, so that it can be worked out again when a zone's rules change."""

    anchor: Literal["wall", "instant"]
    fold: int
    utc_offset: int


class StandingSlot(msgspec.Struct, frozen=True):
    """A slot that was not cancelled: `bookings` is booking id by candidate id, `holds` is by candidate id.

    A hold stands here until an event ends it; whether it is still live is for the clock to say.
    """

    details: SlotSnapshot
    clock: WallClock
    capacity: int
    bookings: Mapping[UUID, UUID]
    holds: Mapping[UUID, SeatHold]

    @property
    def seats_left(self) -> int:
        """Seats that neither a booking nor a hold has, expired holds included."""
        return self.capacity - len(self.bookings) - len(self.holds)


class OpenSlot(StandingSlot, frozen=True):
    """A slot that takes people in while seats are left."""


class ClosedSlot(StandingSlot, frozen=True):
    """A slot that takes nobody in for now."""

    reason: str


class CancelledSlot(msgspec.Struct, frozen=True):
    """A slot that was withdrawn."""

    details: SlotSnapshot


SlotState = Absent | OpenSlot | ClosedSlot | CancelledSlot


def evolve(state: SlotState, event: SlotEvent) -> SlotState:
    """Fold one event."""
    if isinstance(event, SlotPublished):
        clock = WallClock(event.anchor, event.fold, event.utc_offset)
        return OpenSlot(_snapshot(event), clock, event.capacity, {}, {})
    return _changed(_standing(state, event), event)


def _changed(slot: OpenSlot | ClosedSlot, event: _Later) -> SlotState:
    match event:
        case SlotBooked():
            return _seat(slot, event.candidate_id, event.booking_id)
        case BookingRescheduled() if slot.details.slot_id == event.to_slot.slot_id:
            return _seat(slot, event.candidate_id, event.booking_id)
        case BookingRescheduled() | BookingCancelled() | BookingDeclined():
            return msgspec.structs.replace(slot, bookings=_without(slot.bookings, event.candidate_id))
        case SlotHeld():
            return _hold(slot, SeatHold(event.hold_id, event.candidate_id, event.expires_at, offered=False))
        case SeatOffered():
            return _hold(slot, SeatHold(event.hold_id, event.candidate_id, event.expires_at, offered=True))
        case HoldReleased() | HoldExpired() | OfferDeclined() | OfferExpired():
            return msgspec.structs.replace(slot, holds=_without(slot.holds, event.candidate_id))
        case SlotCapacityChanged():
            return msgspec.structs.replace(slot, capacity=event.to)
        case SlotClosed():
            return ClosedSlot(slot.details, slot.clock, slot.capacity, slot.bookings, slot.holds, event.reason)
        case SlotReopened():
            return OpenSlot(slot.details, slot.clock, slot.capacity, slot.bookings, slot.holds)
        case SlotCancelled():
            return CancelledSlot(slot.details)
        case SlotReanchored():
            return _moved(slot, event)
        case _:
            assert_never(event)


def _standing(state: SlotState, event: SlotEvent) -> OpenSlot | ClosedSlot:
    if isinstance(state, OpenSlot | ClosedSlot):
        return state
    raise BrokenHistory(state, event)


def _without(by_candidate: Mapping[UUID, T], candidate_id: UUID) -> Mapping[UUID, T]:
    return {candidate: each for candidate, each in by_candidate.items() if candidate != candidate_id}


def _seat(slot: OpenSlot | ClosedSlot, candidate_id: UUID, booking_id: UUID) -> OpenSlot | ClosedSlot:
    """A candidate's own hold is used up by the booking."""
    bookings = {**slot.bookings, candidate_id: booking_id}
    holds = _without(slot.holds, candidate_id) if slot.holds else slot.holds
    return msgspec.structs.replace(slot, bookings=bookings, holds=holds)


def _hold(slot: OpenSlot | ClosedSlot, hold: SeatHold) -> OpenSlot | ClosedSlot:
    return msgspec.structs.replace(slot, holds={**slot.holds, hold.candidate_id: hold})


def _moved(slot: OpenSlot | ClosedSlot, event: SlotReanchored) -> OpenSlot | ClosedSlot:
    details = msgspec.structs.replace(slot.details, starts_at=event.starts_at, ends_at=event.ends_at)
    clock = msgspec.structs.replace(slot.clock, utc_offset=event.utc_offset)
    return msgspec.structs.replace(slot, details=details, clock=clock)


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


def evolve_day(day: AgendaDay, event: SlotPublished | SlotReanchored | SlotCancelled | AgendaFreed) -> AgendaDay:
    """Fold one event into the intervals that touch one UTC day of a recruiter."""
    match event:
        case SlotPublished() | SlotReanchored():
            return (*day, Interval(event.slot_id, event.starts_at, event.ends_at))
        case SlotCancelled() | AgendaFreed():
            return tuple(taken for taken in day if taken.slot_id != event.slot_id)
        case _:
            assert_never(event)


AGENDA: Entity[AgendaDay] = Entity((), evolve_day)
