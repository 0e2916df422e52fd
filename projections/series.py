"""Series: the rule by which slots recur, and what became of each of its occurrences."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal, assert_never, get_args
from uuid import UUID

import msgspec
from sqlalchemy import Column, DateTime, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from events.log import Told
from events.series import (
    OccurrenceSkipped,
    OccurrenceWithdrawn,
    SeriesChanged,
    SeriesEnded,
    SeriesEvent,
    SeriesPlan,
    SeriesPublished,
    Split,
)
from events.slot import SlotPublished
from projections.projection import Projection, changed_at_position, layout, metadata
from projections.rows import Key, Rows

NAME: Final = "series"
VERSION: Final = 1

METADATA = metadata(NAME, VERSION)

SERIES = Table(
    "series",
    METADATA,
    Column("series_id", Uuid, primary_key=True),
    Column("recruiter_id", Uuid, nullable=False),
    Column("city_id", Text, nullable=False),
    Column("stage_id", Text, nullable=False),
    Column("zone", Text, nullable=False, comment="IANA name of the zone whose clock the rule goes by"),
    Column("dtstart", Text, nullable=False, comment="The first occurrence, as the clock of the zone shows it"),
    Column("rrule", Text, nullable=False, comment="The value of an RFC 5545 RRULE"),
    Column("exdates", JSONB, nullable=False, comment="Array of local times that are left out"),
    Column("split", JSONB, comment="{count, gap_minutes}: how an occurrence is cut into slots; null: it is one"),
    Column("duration_minutes", Integer, nullable=False),
    Column("capacity", Integer, nullable=False, comment="Seats of each slot"),
    Column("location", Text),
    Column("plan", Integer, nullable=False, comment="How many plans it has had, this one included"),
    Column("status", Text, nullable=False, comment="running or ended"),
    Column("reason", Text, comment="Why it ended"),
    Column("published_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False, comment="When its plan changed, or it ended, last"),
    changed_at_position(),
    Index("series_by_recruiter", "recruiter_id", "published_at", "series_id"),
    Index("series_by_time", "published_at", "series_id"),
    comment="Rules by which slots recur",
    postgresql_with={"fillfactor": 80},
)

OCCURRENCE = Table(
    "occurrence",
    METADATA,
    Column("series_id", Uuid, primary_key=True),
    Column("occurrence", Text, primary_key=True),
    Column("local_start", DateTime, nullable=False, comment="As the clock of the zone shows it"),
    Column("status", Text, nullable=False, comment="published, skipped or withdrawn (by the series)"),
    Column("slot_id", Uuid, comment="The slot that stands or stood for it"),
    Column("reason", Text, comment="Why it was skipped: the code of a rule"),
    Column("plan", Integer, nullable=False, comment="By which plan; what an earlier one skipped counts no more"),
    changed_at_position(),
    comment="What became of each occurrence of a series that was looked at",
)


class SeriesRow(msgspec.Struct, frozen=True, gc=False):
    """A row of `series`."""

    series_id: UUID
    recruiter_id: UUID
    city_id: str
    stage_id: str
    zone: str
    dtstart: str
    rrule: str
    exdates: tuple[str, ...]
    split: Split | None
    duration_minutes: int
    capacity: int
    location: str | None
    plan: int
    status: Literal["running", "ended"]
    reason: str | None
    published_at: datetime
    changed_at: datetime
    changed_at_position: int


class OccurrenceRow(msgspec.Struct, frozen=True, gc=False):
    """A row of `occurrence`. `local_start` has no zone of its own: it is what the clock on the wall shows."""

    series_id: UUID
    occurrence: str
    local_start: datetime
    status: Literal["published", "skipped", "withdrawn"]
    slot_id: UUID | None
    reason: str | None
    plan: int
    changed_at_position: int


def keys(event: SeriesEvent) -> tuple[UUID, ...]:
    """Name the series; a slot may be published on its own."""
    return () if event.series_id is None else (event.series_id,)


def reads(event: SeriesEvent, series_id: UUID) -> tuple[Key, ...]:
    """A series that is there, and of its occurrences the one that is withdrawn."""
    match event:
        case SeriesPublished():
            return ()
        case OccurrenceWithdrawn():
            return Key(SeriesRow, series_id), Key(OccurrenceRow, (series_id, event.occurrence))
        case _:
            return (Key(SeriesRow, series_id),)


def project(event: SeriesEvent, series_id: UUID, recorded: Told, rows: Rows) -> None:
    """Begin, change and end a series; note what becomes of its occurrences."""
    if isinstance(event, SeriesPublished):
        rows.put(_published(event, recorded))
        return
    at = recorded.position
    series = rows.get(SeriesRow, series_id)
    match event:
        case SeriesChanged():
            again = {**_planned(event.plan), "plan": series.plan + 1, "changed_at": recorded.decided_at}
            series = msgspec.structs.replace(series, **again)
        case SeriesEnded():
            series = msgspec.structs.replace(
                series, status="ended", reason=event.reason, changed_at=recorded.decided_at
            )
        case SlotPublished():
            rows.put(_occurrence(event, series, at, slot_id=event.slot_id))
        case OccurrenceSkipped():
            rows.put(_occurrence(event, series, at, reason=event.reason))
        case OccurrenceWithdrawn():
            occurrence = rows.get(OccurrenceRow, (series_id, event.occurrence))
            rows.put(msgspec.structs.replace(occurrence, status="withdrawn", changed_at_position=at))
        case _:
            assert_never(event)
    rows.put(msgspec.structs.replace(series, changed_at_position=at))


def _published(event: SeriesPublished, recorded: Told) -> SeriesRow:
    return SeriesRow(
        series_id=event.series_id,
        **_planned(event.plan),
        plan=1,
        status="running",
        reason=None,
        published_at=recorded.decided_at,
        changed_at=recorded.decided_at,
        changed_at_position=recorded.position,
    )


def _planned(plan: SeriesPlan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in plan.__struct_fields__}


def _occurrence(
    event: SlotPublished | OccurrenceSkipped,
    series: SeriesRow,
    at: int,
    slot_id: UUID | None = None,
    reason: str | None = None,
) -> OccurrenceRow:
    return OccurrenceRow(
        series_id=series.series_id,
        occurrence=event.occurrence or "",
        local_start=datetime.fromisoformat(event.local_start),
        status="published" if slot_id else "skipped",
        slot_id=slot_id,
        reason=reason,
        plan=series.plan,
        changed_at_position=at,
    )


SERIES_AND_OCCURRENCES = Projection(
    NAME,
    VERSION,
    METADATA,
    (layout(SeriesRow, SERIES), layout(OccurrenceRow, OCCURRENCE)),
    get_args(SeriesEvent),
    keys,
    reads,
    project,
)
