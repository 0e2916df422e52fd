"""One series: its rule, and what became of its occurrences."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import DateTime, bindparam, func, literal_column, select, true

from daybook.engine import Connection
from daybook.statements import Row
from events.series import Split
from projections.directory import CITY, RECRUITER, STAGE
from projections.series import OCCURRENCE, SERIES
from projections.slots import SLOT, SlotStatus
from queries.named import Named, Person, name_or_id
from queries.nested import json_list, json_object
from queries.seats import seats_left, status_now

MOST_SHOWN: Final = 200


class Plan(msgspec.Struct, frozen=True):
    """What recurs. `dtstart` and `exdates` are what the clock in `zone` shows; `rrule` is that of RFC 5545."""

    zone: str
    dtstart: str
    rrule: str
    exdates: list[str]
    split: Split | None
    duration_minutes: int
    capacity: int
    location: str | None


class SeriesSlot(msgspec.Struct, frozen=True):
    """A slot of the series. `local_start` is what the clock in its zone shows."""

    slot_id: UUID
    occurrence: str
    starts_at: datetime
    local_start: str
    status: SlotStatus
    booked: int
    seats_left: int


class SkippedOccurrence(msgspec.Struct, frozen=True):
    """An occurrence that could not be offered, and the code of the rule that said no."""

    occurrence: str
    local_start: str
    reason: str


class SeriesCard(msgspec.Struct, frozen=True):
    """A series. `position` is the state it shows, for `If-Match`; `reason` is why it ended.

    `published`, `withdrawn` (by the series) and `skipped` (by the plan as it is) count occurrences. `slots` are those
    that are neither over nor cancelled, soonest first, and `not_offered` those that were skipped: at most 200 each. All
    slots are in the list of slots, by `series_id`.
    """

    series_id: UUID
    recruiter: Person
    city: Named
    stage: Named
    plan: Plan
    status: Literal["running", "ended"]
    reason: str | None
    published_at: datetime
    changed_at: datetime
    published: int
    withdrawn: int
    skipped: int
    slots: list[SeriesSlot]
    not_offered: list[SkippedOccurrence]
    position: int


_SLOTS: Final = msgspec.json.Decoder(list[SeriesSlot])
_EXDATES: Final = msgspec.json.Decoder(list[str])
_SPLIT: Final = msgspec.json.Decoder(Split)
_SKIPPED: Final = msgspec.json.Decoder(list[SkippedOccurrence])

_is_skipped = (OCCURRENCE.c.status == literal_column("'skipped'")) & (OCCURRENCE.c.plan == SERIES.c.plan)
_counts = (
    select(
        func.count().filter(OCCURRENCE.c.status == literal_column("'published'")).label("published"),
        func.count().filter(OCCURRENCE.c.status == literal_column("'withdrawn'")).label("withdrawn"),
        func.count().filter(_is_skipped).label("skipped"),
    )
    .where(OCCURRENCE.c.series_id == SERIES.c.series_id)
    .lateral("counts")
)
_soonest = (
    select(SLOT, seats_left.label("seats_left"), status_now.label("status_now"))
    .where(
        SLOT.c.series_id == SERIES.c.series_id,
        SLOT.c.ends_at > bindparam("now", type_=DateTime(timezone=True)),
        SLOT.c.status != literal_column("'cancelled'"),
    )
    .order_by(SLOT.c.starts_at, SLOT.c.slot_id)
    .limit(MOST_SHOWN)
    .correlate(SERIES)
    .subquery("soonest")
)
_slots = select(
    json_list(
        json_object(
            slot_id=_soonest.c.slot_id,
            occurrence=_soonest.c.occurrence,
            starts_at=_soonest.c.starts_at,
            local_start=_soonest.c.local_start,
            status=_soonest.c.status_now,
            booked=_soonest.c.booked,
            seats_left=_soonest.c.seats_left,
        ),
        _soonest.c.starts_at,
        _soonest.c.slot_id,
    )
).scalar_subquery()
_first_skipped = (
    select(OCCURRENCE)
    .where(OCCURRENCE.c.series_id == SERIES.c.series_id, _is_skipped)
    .order_by(OCCURRENCE.c.local_start, OCCURRENCE.c.occurrence)
    .limit(MOST_SHOWN)
    .correlate(SERIES)
    .subquery("first_skipped")
)
_skipped = select(
    json_list(
        json_object(
            occurrence=_first_skipped.c.occurrence,
            local_start=_first_skipped.c.local_start,
            reason=_first_skipped.c.reason,
        ),
        _first_skipped.c.local_start,
        _first_skipped.c.occurrence,
    )
).scalar_subquery()
_CARD = (
    select(
        SERIES,
        name_or_id(RECRUITER.c.name, SERIES.c.recruiter_id).label("recruiter_name"),
        name_or_id(CITY.c.name, SERIES.c.city_id).label("city_name"),
        name_or_id(STAGE.c.name, SERIES.c.stage_id).label("stage_name"),
        _counts,
        _slots.label("slots"),
        _skipped.label("not_offered"),
    )
    .select_from(
        SERIES.join(_counts, true())
        .outerjoin(RECRUITER, RECRUITER.c.recruiter_id == SERIES.c.recruiter_id)
        .outerjoin(CITY, CITY.c.city_id == SERIES.c.city_id)
        .outerjoin(STAGE, STAGE.c.stage_id == SERIES.c.stage_id)
    )
    .where(SERIES.c.series_id == bindparam("series_id"))
)


async def series_card(connection: Connection, series_id: UUID, now: datetime) -> SeriesCard | None:
    """Return a series, if it is known, with its slots as they are at `now`, which is aware."""
    row = await connection.fetchrow(_CARD, {"series_id": series_id, "now": now})
    if row is None:
        return None
    return SeriesCard(
        series_id=row.series_id,
        recruiter=Person(row.recruiter_id, row.recruiter_name),
        city=Named(row.city_id, row.city_name),
        stage=Named(row.stage_id, row.stage_name),
        plan=_plan(row),
        status=row.status,
        reason=row.reason,
        published_at=row.published_at,
        changed_at=row.changed_at,
        published=row.published,
        withdrawn=row.withdrawn,
        skipped=row.skipped,
        slots=_SLOTS.decode(row.slots),
        not_offered=_SKIPPED.decode(row.not_offered),
        position=row.changed_at_position,
    )


def _plan(row: Row) -> Plan:
    return Plan(
        zone=row.zone,
        dtstart=row.dtstart,
        rrule=row.rrule,
        exdates=_EXDATES.decode(row.exdates),
        split=None if row.split is None else _SPLIT.decode(row.split),
        duration_minutes=row.duration_minutes,
        capacity=row.capacity,
        location=row.location,
    )
