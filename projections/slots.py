"""Slots: when, where and with whom, and how many seats are left."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, Literal, assert_never
from uuid import UUID

import msgspec
from sqlalchemy import Column, Date, DateTime, Index, Integer, Table, Text, Uuid, text

from events.booking import BookingCancelled, BookingRescheduled, SlotBooked
from events.log import Recorded
from events.slot import SlotCancelled, SlotEvent, SlotPublished
from projections.projection import Projection, changed_at_position, layout, metadata
from projections.rows import Key, Rows

NAME: Final = "slots"
VERSION: Final = 1

METADATA = metadata(NAME, VERSION)

_OPEN = text("status = 'open'")

SLOT = Table(
    "slot",
    METADATA,
    Column("slot_id", Uuid, primary_key=True),
    Column("recruiter_id", Uuid, nullable=False),
    Column("city_id", Text, nullable=False),
    Column("stage_id", Text, nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("zone", Text, nullable=False, comment="IANA name of the zone of the city"),
    Column("local_start", DateTime, nullable=False, comment="The start as the clock of the zone shows it"),
    Column("local_date", Date, nullable=False, comment="The date of local_start"),
    Column("location", Text),
    Column("policy_version", Integer, nullable=False, comment="Version of the stage it was published under"),
    Column("capacity", Integer, nullable=False, comment="Seats"),
    Column("booked", Integer, nullable=False, comment="Seats taken by active bookings"),
    Column("seats_left", Integer, nullable=False, comment="capacity - booked"),
    Column("status", Text, nullable=False, comment="open: seats are left; full: none are; cancelled: withdrawn"),
    Column("reason", Text, comment="Why it was cancelled"),
    changed_at_position(),
    Index("open_slot_by_place", "city_id", "stage_id", "starts_at", "slot_id", postgresql_where=_OPEN),
    Index("slot_by_time", "starts_at", "slot_id"),
    Index("slot_by_recruiter", "recruiter_id", "starts_at", "slot_id"),
    comment="Slots with their seats",
    postgresql_with={"fillfactor": 80},
)


class SlotRow(msgspec.Struct, frozen=True, gc=False):
    """A row of `slot`. `local_start` has no zone of its own: it is what the clock on the wall shows."""

    slot_id: UUID
    recruiter_id: UUID
    city_id: str
    stage_id: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    local_start: datetime
    local_date: date
    location: str | None
    policy_version: int
    capacity: int
    booked: int
    seats_left: int
    status: Literal["open", "full", "cancelled"]
    reason: str | None
    changed_at_position: int


def reads(event: SlotEvent) -> tuple[Key, ...]:
    """Everything but the publication changes slots that are there."""
    match event:
        case SlotPublished():
            return ()
        case SlotBooked():
            return (Key(SlotRow, event.slot.slot_id),)
        case BookingRescheduled():
            return (Key(SlotRow, event.from_slot), Key(SlotRow, event.to_slot.slot_id))
        case BookingCancelled() | SlotCancelled():
            return (Key(SlotRow, event.slot_id),)
        case _:
            assert_never(event)


def project(event: SlotEvent, recorded: Recorded, rows: Rows) -> None:
    """Publish, take and free seats, withdraw."""
    at = recorded.position
    match event:
        case SlotPublished():
            rows.put(_published(event, at))
        case SlotBooked():
            rows.put(_with_booked(rows.get(SlotRow, event.slot.slot_id), 1, at))
        case BookingRescheduled():
            rows.put(_with_booked(rows.get(SlotRow, event.from_slot), -1, at))
            rows.put(_with_booked(rows.get(SlotRow, event.to_slot.slot_id), 1, at))
        case BookingCancelled():
            rows.put(_with_booked(rows.get(SlotRow, event.slot_id), -1, at))
        case SlotCancelled():
            slot = rows.get(SlotRow, event.slot_id)
            rows.put(msgspec.structs.replace(slot, status="cancelled", reason=event.reason, changed_at_position=at))
        case _:
            assert_never(event)


def _published(event: SlotPublished, at: int) -> SlotRow:
    local_start = datetime.fromisoformat(event.local_start)
    return SlotRow(
        slot_id=event.slot_id,
        recruiter_id=event.recruiter_id,
        city_id=event.city_id,
        stage_id=event.stage_id,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        zone=event.zone,
        local_start=local_start,
        local_date=local_start.date(),
        location=event.location,
        policy_version=event.policy_version,
        capacity=event.capacity,
        booked=0,
        seats_left=event.capacity,
        status="open",
        reason=None,
        changed_at_position=at,
    )


def _with_booked(slot: SlotRow, change: int, at: int) -> SlotRow:
    left = slot.seats_left - change
    return msgspec.structs.replace(
        slot,
        booked=slot.booked + change,
        seats_left=left,
        status="open" if left > 0 else "full",
        changed_at_position=at,
    )


SLOTS = Projection(
    NAME,
    VERSION,
    METADATA,
    (layout(SlotRow, SLOT),),
    (SlotPublished, SlotCancelled, SlotBooked, BookingRescheduled, BookingCancelled),
    reads,
    project,
)
