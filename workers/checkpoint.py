"""How far the patrol has come, kept where the log is (see migrations/sql/workers), and whose turn it is.

What is noted here is lost without harm: the same stretch is checked again. So no commit waits for the disk.
"""

from __future__ import annotations

from datetime import UTC
from typing import Final

import asyncpg

from daybook.database import PATROL_LOCK
from events.log import BEGINNING, Block
from workers.chain import Fault

_TAKE_TURN: Final = "select pg_try_advisory_lock($1), set_config('synchronous_commit', 'off', false)"
_READ: Final = "select first_position, last_position, recorded_at, hash from workers.patrol"
_NOTE: Final = """
    insert into workers.patrol (first_position, last_position, recorded_at, hash, fault, checked_at)
    values ($1, $2, $3, $4, $5, now())
    on conflict (singleton) do update set
        first_position = excluded.first_position, last_position = excluded.last_position,
        recorded_at = excluded.recorded_at, hash = excluded.hash, fault = excluded.fault, checked_at = now()"""


async def take_turn(connection: asyncpg.Connection) -> bool:
    """Tell whether the patrol is ours; nobody else has it for as long as this connection lives."""
    return bool(await connection.fetchval(_TAKE_TURN, PATROL_LOCK))


async def read(connection: asyncpg.Connection) -> Block:
    """Return the last block that was found whole; BEGINNING where none was."""
    row = await connection.fetchrow(_READ)
    if row is None:
        return BEGINNING
    first, last, recorded_at, link = row
    # The driver reads '-infinity', when the log began, as a moment without a zone.
    return Block(first, last, recorded_at.replace(tzinfo=UTC), link)


async def note(connection: asyncpg.Connection, checked: Block, fault: Fault | None = None) -> None:
    """Keep the last block that was found whole, and the fault behind it, if there is one."""
    await connection.execute(_NOTE, *checked, None if fault is None else str(fault))
