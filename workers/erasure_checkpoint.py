"""How far the eraser has come, kept where the log is (see migrations/sql/erasure), and whose turn it is."""

from __future__ import annotations

from typing import Final

import asyncpg

_TAKE_TURN: Final = "select pg_try_advisory_lock($1)"
_READ: Final = "select position from workers.erasure"
_NOTE: Final = """
    insert into workers.erasure (position) values ($1)
    on conflict (singleton) do update set position = excluded.position"""


async def take_turn(connection: asyncpg.Connection, lock: int) -> bool:
    """Tell whether it is ours; nobody else has it for as long as this connection lives."""
    return bool(await connection.fetchval(_TAKE_TURN, lock))


async def read(connection: asyncpg.Connection) -> int:
    """Return the position up to which everybody who was erased is; 0 at first."""
    return int(await connection.fetchval(_READ) or 0)


async def note(connection: asyncpg.Connection, position: int) -> None:
    """Keep the position."""
    await connection.execute(_NOTE, position)
