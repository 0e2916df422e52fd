"""How far the log was found whole, and how far it is sealed: what the patrol and the sealer left in the database."""

from __future__ import annotations

import msgspec
from sqlalchemy import text

from daybook.engine import Connection

# The oldest event behind the last checkpoint: one look into an index, whatever the length of the log.
_STATUS = text("""
    select patrol.last_position as checked, patrol.fault as patrol_fault,
        sealer.position as sealed, sealer.fault as sealer_fault, sealer.number - sealer.delivered as undelivered,
        coalesce(greatest(0, extract(epoch from clock_timestamp() - (
            select recorded_at from daybook.event where position > sealer.position order by position limit 1
        ))), 0)::float8 as unsealed_seconds
    from (select) one left join workers.patrol on true left join audit.sealer on true""")


class Wholeness(msgspec.Struct, frozen=True):
    """A fault is why the patrol stands still, or why the sealer refuses to sign; None while all is well.

    `checked` and `sealed` are positions, None before a worker has begun. `unsealed_seconds` is the age of the oldest
    event that no checkpoint covers, 0 if there is none. `undelivered` counts the checkpoints that the webhook has not
    taken, None without one.
    """

    checked: int | None
    patrol_fault: str | None
    sealed: int | None
    sealer_fault: str | None
    undelivered: int | None
    unsealed_seconds: float


async def wholeness(connection: Connection) -> Wholeness:
    """Describe both, with one statement."""
    (row,) = await connection.fetch(_STATUS)
    return Wholeness(*row)
