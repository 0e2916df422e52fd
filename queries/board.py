"""The stage board in figures: how many candidates stand in each stage, and how they fare."""

from __future__ import annotations

from typing import Any, Final, get_args

import msgspec
from sqlalchemy import ColumnElement, Select, bindparam, func, select

from daybook.engine import Connection
from daybook.statements import Row
from events.candidate import CandidateStatus
from projections.candidates import CANDIDATE
from projections.directory import STAGE
from queries.named import Named
from queries.page import Page


class StageCount(msgspec.Struct, frozen=True):
    """How many candidates are in a stage, or were in it when they left the process."""

    stage: Named
    order: int
    active: int
    rejected: int
    withdrawn: int
    hired: int


_STATUSES: Final = get_args(CandidateStatus)


def _board(*conditions: ColumnElement[bool]) -> Select[Any]:
    counted = (
        select(
            CANDIDATE.c.stage_id,
            *(func.count().filter(CANDIDATE.c.status == status).label(status) for status in _STATUSES),
        )
        .where(*conditions)
        .group_by(CANDIDATE.c.stage_id)
        .subquery()
    )
    return (
        select(
            STAGE.c.stage_id,
            STAGE.c.name,
            STAGE.c.order,
            *(func.coalesce(counted.c[status], 0).label(status) for status in _STATUSES),
        )
        .select_from(STAGE.outerjoin(counted, counted.c.stage_id == STAGE.c.stage_id))
        .order_by(STAGE.c.order, STAGE.c.stage_id)
    )


_BOARD = _board()
_BOARD_OF_CITY = _board(CANDIDATE.c.city_id == bindparam("city_id"))


async def board(connection: Connection, city_id: str | None) -> Page[StageCount]:
    """Count the candidates of a city, or of all, by stage in the order of the stages."""
    if city_id is None:
        rows = await connection.fetch(_BOARD)
    else:
        rows = await connection.fetch(_BOARD_OF_CITY, {"city_id": city_id})
    return Page([_count(row) for row in rows], None)


def _count(row: Row) -> StageCount:
    stage = Named(row.stage_id, row.name)
    return StageCount(stage, row.order, row.active, row.rejected, row.withdrawn, row.hired)
