"""When a recruiter is away."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import DateTime, bindparam, func, literal_column, select

from daybook.engine import Connection
from projections.directory import ABSENCE


class Absence(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """A time a recruiter is away: from `from_` until `to`."""

    from_: datetime
    to: datetime
    reason: str | None


_from = func.coalesce(bindparam("from", type_=DateTime(timezone=True)), literal_column("'-infinity'::timestamptz"))
_to = func.coalesce(bindparam("to", type_=DateTime(timezone=True)), literal_column("'infinity'::timestamptz"))
_ABSENCES = (
    select(ABSENCE.c.absent_from, ABSENCE.c.absent_to, ABSENCE.c.reason)
    .where(
        ABSENCE.c.recruiter_id == bindparam("recruiter_id"),
        ABSENCE.c.absent_to > _from,
        ABSENCE.c.absent_from < _to,
    )
    .order_by(ABSENCE.c.absent_from, ABSENCE.c.recorded_position)
)


async def absences_between(
    connection: Connection, recruiter_id: UUID, from_: datetime | None, to: datetime | None
) -> list[Absence]:
    """List the absences that touch a time; None leaves a side open."""
    rows = await connection.fetch(_ABSENCES, {"recruiter_id": recruiter_id, "from": from_, "to": to})
    return [Absence(*row) for row in rows]
