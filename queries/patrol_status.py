"""How far the patrol found the log whole, and whether it stands at a fault."""

from __future__ import annotations

import msgspec
from sqlalchemy import BigInteger, Text, column, select, table

from daybook.engine import Connection


class PatrolStatus(msgspec.Struct, frozen=True):
    """`fault` says what is wrong behind `position`; None while all is well."""

    position: int
    fault: str | None


_STATUS = select(column("last_position", BigInteger), column("fault", Text)).select_from(
    table("patrol", schema="workers")
)


async def patrol_status(connection: Connection) -> PatrolStatus | None:
    """Describe the patrol; None before it has found anything."""
    row = await connection.fetchrow(_STATUS)
    return None if row is None else PatrolStatus(row.last_position, row.fault)
