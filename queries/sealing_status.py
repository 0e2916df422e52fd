"""How far the log is sealed by signed checkpoints, and whether it still is."""

from __future__ import annotations

import msgspec
from sqlalchemy import text

from daybook.engine import Connection

# The oldest event behind the last checkpoint: one look into an index, whatever the length of the log.
_STATUS = text("""
    select sealer.position, sealer.number - sealer.delivered as undelivered, sealer.fault,
        coalesce(greatest(0, extract(epoch from clock_timestamp() - (
            select recorded_at from daybook.event where position > sealer.position order by position limit 1
        ))), 0)::float8 as unsealed_seconds
    from audit.sealer""")


class SealingStatus(msgspec.Struct, frozen=True):
    """`unsealed_seconds` is the age of the oldest event that no checkpoint covers, 0 if there is none.

    `undelivered` counts the checkpoints that the webhook has not taken, None without one. `fault` says why the sealer
    refuses to sign; None while it does not.
    """

    position: int
    undelivered: int | None
    fault: str | None
    unsealed_seconds: float


async def sealing_status(connection: Connection) -> SealingStatus | None:
    """Describe the sealing; None before the first worker has begun with it."""
    row = await connection.fetchrow(_STATUS)
    return None if row is None else SealingStatus(row.position, row.undelivered, row.fault, row.unsealed_seconds)
