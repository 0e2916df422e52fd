"""Other open slots near those that could not be had: same city, same stage, nearest in time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, DateTime, Uuid, any_, bindparam, exists, func, select, true, union_all
from sqlalchemy.sql.selectable import LateralFromClause

from daybook.engine import Connection
from daybook.statements import Row
from projections.directory import ABSENCE, RECRUITER, STAGE
from projections.slots import SLOT
from queries.named import Person
from queries.seats import is_open, seats_left

EACH_SIDE: Final = 4
"""How many are looked up before and after: more than are told, since some may not suit."""


class NearbySlot(msgspec.Struct, frozen=True):
    """An open slot. `local_start` is what the clock in `zone` shows."""

    slot_id: UUID
    starts_at: datetime
    ends_at: datetime
    zone: str
    local_start: str
    recruiter: Person
    seats_left: int


_WANTED = SLOT.alias("wanted")
_NOW = bindparam("now", type_=DateTime(timezone=True))
_EARLIEST = _NOW + func.make_interval(0, 0, 0, 0, 0, STAGE.c.policy["min_notice_minutes"].as_integer())
_LATEST = _NOW + func.make_interval(0, 0, 0, STAGE.c.policy["horizon_days"].as_integer())


_AWAY = exists().where(
    ABSENCE.c.recruiter_id == SLOT.c.recruiter_id,
    ABSENCE.c.absent_from < SLOT.c.ends_at,
    ABSENCE.c.absent_to > SLOT.c.starts_at,
)


def _near(name: str, *, later: bool) -> LateralFromClause:
    """Look up the next open slots on one side, along the index of open slots by place and time."""
    when = SLOT.c.starts_at >= _WANTED.c.starts_at if later else SLOT.c.starts_at < _WANTED.c.starts_at
    return (
        select(SLOT, seats_left.label("seats_left"), RECRUITER.c.name.label("recruiter_name"))
        .join(RECRUITER, (RECRUITER.c.recruiter_id == SLOT.c.recruiter_id) & RECRUITER.c.active)
        .where(
            SLOT.c.city_id == _WANTED.c.city_id,
            SLOT.c.stage_id == _WANTED.c.stage_id,
            is_open,
            ~_AWAY,
            SLOT.c.slot_id != _WANTED.c.slot_id,
            SLOT.c.starts_at.between(_EARLIEST, _LATEST),
            when,
        )
        .order_by(SLOT.c.starts_at if later else SLOT.c.starts_at.desc())
        .limit(EACH_SIDE)
        .lateral(name)
    )


def _side(near: LateralFromClause) -> Any:  # noqa: ANN401  the type of a select names all its columns
    found = (near.c.slot_id, near.c.starts_at, near.c.ends_at, near.c.zone, near.c.local_start)
    return (
        select(
            _WANTED.c.slot_id.label("wanted_id"),
            _WANTED.c.starts_at.label("wanted_at"),
            *found,
            near.c.recruiter_id,
            near.c.recruiter_name,
            near.c.seats_left,
        )
        .select_from(_WANTED.join(STAGE, STAGE.c.stage_id == _WANTED.c.stage_id).join(near, true()))
        .where(_WANTED.c.slot_id == any_(bindparam("wanted", type_=ARRAY(Uuid))))
    )


_NEARBY = union_all(_side(_near("later", later=True)), _side(_near("earlier", later=False)))


async def nearby_slots(
    connection: Connection, wanted: Collection[UUID], now: datetime
) -> Mapping[UUID, list[NearbySlot]]:
    """Find open slots beside each of those wanted, nearest first, of those that their stage lets book now."""
    rows = await connection.fetch(_NEARBY, {"wanted": list(wanted), "now": now})
    found: dict[UUID, list[NearbySlot]] = {}
    for row in sorted(rows, key=lambda row: abs(row.starts_at - row.wanted_at)):
        found.setdefault(row.wanted_id, []).append(_slot(row))
    return found


def _slot(row: Row) -> NearbySlot:
    return NearbySlot(
        row.slot_id,
        row.starts_at,
        row.ends_at,
        row.zone,
        row.local_start.isoformat(),
        Person(row.recruiter_id, row.recruiter_name),
        row.seats_left,
    )
