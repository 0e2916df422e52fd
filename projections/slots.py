"""Slots: when, where and with whom, how many seats are booked, and which are held until when.

A hold ends by the clock without an event, so how many seats are left is worked out at the moment of asking: see
`queries.seats`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, Literal, assert_never, get_args
from uuid import UUID

import msgspec
from sqlalchemy import Column, Date, DateTime, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from events.booking import BookingCancelled, BookingDeclined, BookingRescheduled, SlotBooked
from events.hold import HoldExpired, HoldReleased, SlotHeld
from events.log import Told
from events.offer import OfferDeclined, OfferExpired, SeatOffered
from events.slot import (
    SlotCancelled,
    SlotCapacityChanged,
    SlotClosed,
    SlotEvent,
    SlotPublished,
    SlotReanchored,
    SlotReopened,
)
from projections.projection import Projection, changed_at_position, layout, metadata
from projections.rows import Key, Rows

NAME: Final = "slots"
VERSION: Final = 3

METADATA = metadata(NAME, VERSION)

SlotStatus = Literal["open", "full", "closed", "cancelled"]

_OPEN = text("status = 'open'")
_OF_SERIES = text("series_id is not null")

SLOT = Table(
    "slot",
    METADATA,
    Column("slot_id", Uuid, primary_key=True),
    Column("recruiter_id", Uuid, nullable=False),
    Column("city_id", Text, nullable=False),
    Column("stage_id", Text, nullable=False),
    Column("series_id", Uuid, comment="The series that gave it"),
    Column("occurrence", Text, comment="Which of the occurrences of the series it is"),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("zone", Text, nullable=False, comment="IANA name of the zone of the city"),
    Column("local_start", DateTime, nullable=False, comment="The start as the clock of the zone shows it"),
    Column("local_date", Date, nullable=False, comment="The date of local_start"),
    Column("location", Text),
    Column("policy_version", Integer, nullable=False, comment="Version of the stage it was published under"),
    Column("capacity", Integer, nullable=False, comment="Seats"),
    Column("booked", Integer, nullable=False, comment="Seats taken by bookings that stand"),
    Column("holds", JSONB, nullable=False, comment="{hold id: when it expires}; one that has expired takes no seat"),
    Column(
        "status",
        Text,
        nullable=False,
        comment="open: not all seats are booked; full: all are; closed: takes nobody in; cancelled: withdrawn",
    ),
    Column("reason", Text, comment="Why it is closed, or was cancelled"),
    changed_at_position(),
    Index("open_slot_by_place", "city_id", "stage_id", "starts_at", "slot_id", postgresql_where=_OPEN),
    Index("slot_by_city", "city_id", "starts_at", "slot_id"),
    Index("slot_by_time", "starts_at", "slot_id"),
    Index("slot_by_recruiter", "recruiter_id", "starts_at", "slot_id"),
    Index("slot_by_series", "series_id", "starts_at", "slot_id", postgresql_where=_OF_SERIES),
    comment="Slots with their seats",
    postgresql_with={"fillfactor": 80},
)


class SlotRow(msgspec.Struct, frozen=True, gc=False):
    """A row of `slot`. `local_start` has no zone of its own: it is what the clock on the wall shows."""

    slot_id: UUID
    recruiter_id: UUID
    city_id: str
    stage_id: str
    series_id: UUID | None
    occurrence: str | None
    starts_at: datetime
    ends_at: datetime
    zone: str
    local_start: datetime
    local_date: date
    location: str | None
    policy_version: int
    capacity: int
    booked: int
    holds: dict[UUID, datetime]
    status: SlotStatus
    reason: str | None
    changed_at_position: int


def keys(event: SlotEvent) -> tuple[UUID, ...]:
    """Name the slots that an event changes; a booking that moves changes two."""
    match event:
        case SlotBooked() | SlotHeld() | SeatOffered():
            return (event.slot.slot_id,)
        case BookingRescheduled():
            return (event.from_slot, event.to_slot.slot_id)
        case _:
            return (event.slot_id,)


def reads(event: SlotEvent, slot_id: UUID) -> tuple[Key, ...]:
    """Everything but the publication changes a slot that is there."""
    return () if isinstance(event, SlotPublished) else (Key(SlotRow, slot_id),)


def project(event: SlotEvent, slot_id: UUID, recorded: Told, rows: Rows) -> None:
    """Publish, hold, take and free seats, move, close, withdraw."""
    if isinstance(event, SlotPublished):
        rows.put(_published(event, recorded.position))
    else:
        rows.put(_later(rows.get(SlotRow, slot_id), event, recorded.position))


_Later = (
    SlotBooked
    | BookingRescheduled
    | BookingCancelled
    | BookingDeclined
    | SlotHeld
    | SeatOffered
    | HoldReleased
    | HoldExpired
    | OfferDeclined
    | OfferExpired
    | SlotCapacityChanged
    | SlotClosed
    | SlotReopened
    | SlotCancelled
    | SlotReanchored
)


def _later(slot: SlotRow, event: _Later, at: int) -> SlotRow:
    match event:
        case BookingRescheduled() if event.from_slot == slot.slot_id:
            return _seated(slot, at, booked=-1)
        case SlotBooked() | BookingRescheduled():
            return _seated(slot, at, booked=1, used=event.hold_id)
        case BookingCancelled() | BookingDeclined():
            return _seated(slot, at, booked=-1)
        case SlotHeld() | SeatOffered():
            return _changed(slot, at, holds={**slot.holds, event.hold_id: event.expires_at})
        case HoldReleased() | HoldExpired() | OfferDeclined() | OfferExpired():
            return _seated(slot, at, used=event.hold_id)
        case SlotCapacityChanged():
            return _changed(slot, at, capacity=event.to, status=_status(slot.status, event.to - slot.booked))
        case SlotClosed():
            return _changed(slot, at, status="closed", reason=event.reason)
        case SlotReopened():
            return _changed(slot, at, status=_status("open", slot.capacity - slot.booked), reason=None)
        case SlotCancelled():
            return _changed(slot, at, status="cancelled", reason=event.reason)
        case SlotReanchored():
            return _changed(slot, at, starts_at=event.starts_at, ends_at=event.ends_at)
        case _:
            assert_never(event)


def _published(event: SlotPublished, at: int) -> SlotRow:
    local_start = datetime.fromisoformat(event.local_start)
    return SlotRow(
        slot_id=event.slot_id,
        recruiter_id=event.recruiter_id,
        city_id=event.city_id,
        stage_id=event.stage_id,
        series_id=event.series_id,
        occurrence=event.occurrence,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        zone=event.zone,
        local_start=local_start,
        local_date=local_start.date(),
        location=event.location,
        policy_version=event.policy_version,
        capacity=event.capacity,
        booked=0,
        holds={},
        status="open",
        reason=None,
        changed_at_position=at,
    )


def _seated(slot: SlotRow, at: int, *, booked: int = 0, used: UUID | None = None) -> SlotRow:
    """Take or free a seat; `used` is a hold that is over."""
    taken = slot.booked + booked
    holds = {key: expires_at for key, expires_at in slot.holds.items() if key != used} if used else slot.holds
    return _changed(slot, at, booked=taken, holds=holds, status=_status(slot.status, slot.capacity - taken))


def _status(status: SlotStatus, free: int) -> SlotStatus:
    if status in {"closed", "cancelled"}:
        return status
    return "open" if free > 0 else "full"


def _changed(slot: SlotRow, at: int, **changes: object) -> SlotRow:
    return msgspec.structs.replace(slot, **changes, changed_at_position=at)


SLOTS = Projection(NAME, VERSION, METADATA, (layout(SlotRow, SLOT),), get_args(SlotEvent), keys, reads, project)
