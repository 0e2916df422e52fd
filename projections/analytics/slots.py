"""Facts about slots: what was offered, and whether it still is. How many seats are taken is for the bookings to say."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final, Literal, assert_never, get_args
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Column, DateTime, Integer, Table, Text, Uuid

from events import tags
from events.log import Told
from events.slot import SlotCancelled, SlotCapacityChanged, SlotClosed, SlotPublished, SlotReanchored, SlotReopened
from projections.analytics.home import METADATA, Part, wall_clock, wall_clock_columns, whole_minutes, whole_seconds
from projections.projection import changed_at_position, layout
from projections.rows import Key, Rows

FACT_SLOT: Final = Table(
    "fact_slot",
    METADATA,
    Column("slot_id", Uuid, primary_key=True, comment="The slot"),
    Column("recruiter_id", Uuid, nullable=False, comment="Who offers it"),
    Column("city_id", Text, nullable=False, comment="Where"),
    Column("stage_id", Text, nullable=False, comment="For which stage"),
    Column("series_id", Uuid, comment="The series that gave it; null: published by itself"),
    Column("published_at", DateTime(timezone=True), nullable=False, comment="When it was published"),
    Column("starts_at", DateTime(timezone=True), nullable=False, comment="When it starts"),
    Column("ends_at", DateTime(timezone=True), nullable=False, comment="When it ends"),
    Column("minutes", Integer, nullable=False, comment="From its start to its end, in minutes"),
    *wall_clock_columns(),
    Column("lead_seconds", BigInteger, nullable=False, comment="From its publication to its start, in seconds"),
    Column("capacity", Integer, nullable=False, comment="Seats"),
    Column(
        "status", Text, nullable=False, comment="open (full or not); closed: takes nobody in; cancelled: was withdrawn"
    ),
    Column("closed_at", DateTime(timezone=True), comment="When it was closed last; null: never, or it was reopened"),
    Column("cancelled_at", DateTime(timezone=True), comment="When it was cancelled; null: it was not"),
    changed_at_position(),
    comment="One row for each slot that was ever published, as it stands now",
    postgresql_with={"fillfactor": 80},
)


class SlotFact(msgspec.Struct, frozen=True, gc=False):
    """A row of `fact_slot`."""

    slot_id: UUID
    recruiter_id: UUID
    city_id: str
    stage_id: str
    series_id: UUID | None
    published_at: datetime
    starts_at: datetime
    ends_at: datetime
    minutes: int
    time_zone: str
    local_start: datetime
    local_date: date
    local_hour: int
    local_weekday: int
    lead_seconds: int
    capacity: int
    status: Literal["open", "closed", "cancelled"]
    closed_at: datetime | None
    cancelled_at: datetime | None
    changed_at_position: int


_Later = SlotCapacityChanged | SlotClosed | SlotReopened | SlotCancelled | SlotReanchored
OfferEvent = SlotPublished | _Later


def key(event: OfferEvent) -> str:
    """Name the slot."""
    return tags.slot(event.slot_id)


def reads(event: OfferEvent) -> tuple[Key, ...]:
    """Everything but the publication changes a slot that is there."""
    return () if isinstance(event, SlotPublished) else (Key(SlotFact, event.slot_id),)


def project(event: OfferEvent, recorded: Told, rows: Rows) -> None:
    """Publish, change the seats, close, reopen, withdraw, move."""
    if isinstance(event, SlotPublished):
        rows.put(_published(event, recorded))
        return
    known = rows.get(SlotFact, event.slot_id)
    change = _change(known, event, recorded.decided_at)
    rows.put(msgspec.structs.replace(known, **change, changed_at_position=recorded.position))


def _change(known: SlotFact, event: _Later, at: datetime) -> dict[str, Any]:
    """Name the columns that an event changes, with their new values."""
    match event:
        case SlotCapacityChanged():
            return {"capacity": event.to}
        case SlotClosed():
            return {"status": "closed", "closed_at": at}
        case SlotReopened():
            return {"status": "open", "closed_at": None}
        case SlotCancelled():
            return {"status": "cancelled", "cancelled_at": at}
        case SlotReanchored():
            lead = whole_seconds(known.published_at, event.starts_at)
            return {"starts_at": event.starts_at, "ends_at": event.ends_at, "lead_seconds": lead}
        case _:
            assert_never(event)


def _published(event: SlotPublished, recorded: Told) -> SlotFact:
    return SlotFact(
        slot_id=event.slot_id,
        recruiter_id=event.recruiter_id,
        city_id=event.city_id,
        stage_id=event.stage_id,
        series_id=event.series_id,
        published_at=recorded.decided_at,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        minutes=whole_minutes(event.starts_at, event.ends_at),
        time_zone=event.zone,
        **msgspec.structs.asdict(wall_clock(event.local_start)),
        lead_seconds=whole_seconds(recorded.decided_at, event.starts_at),
        capacity=event.capacity,
        status="open",
        closed_at=None,
        cancelled_at=None,
        changed_at_position=recorded.position,
    )


SLOTS: Final = Part((layout(SlotFact, FACT_SLOT),), get_args(OfferEvent), key, reads, project)
