"""How far the patrol found the log whole, and whether it stands at a fault."""

from __future__ import annotations

import msgspec
from sqlalchemy import BigInteger, Text, column, select, table
from sqlalchemy.ext.asyncio import AsyncConnection


class PatrolStatus(msgspec.Struct, frozen=True):
    """`fault` says what is wrong behind `position`; None while all is well."""

    position: int
    fault: str | None


_STATUS = select(column("last_position", BigInteger), column("fault", Text)).select_from(
    table("patrol", schema="workers")
)


async def patrol_status(connection: AsyncConnection) -> PatrolStatus | None:
    """Describe the patrol; None before it has found anything."""
    row = (await connection.execute(_STATUS)).one_or_none()
    return None if row is None else PatrolStatus(row.last_position, row.fault)
