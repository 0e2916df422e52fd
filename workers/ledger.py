"""Checkpoints as they are kept in the database (see migrations/sql/audit), and whose turn it is to make them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from daybook.database import SEALER_LOCK
from events.proofs.checkpoint import Sealed

PAGE: Final = 1_000

_TAKE_TURN: Final = "select pg_try_advisory_lock($1)"
_LOG: Final = "select id from audit.log"
_NEWEST: Final = "select number, line from audit.checkpoint order by number desc limit 1"
_AFTER: Final = "select line from audit.checkpoint where number > $1 order by number limit $2"
_KEEP: Final = "insert into audit.checkpoint (number, first_position, last_position, line) values ($1, $2, $3, $4)"
_NOTE: Final = """
    insert into audit.sealer (position, number, delivered, checked_at) values ($1, $2, $3, now())
    on conflict (singleton) do update set
        position = excluded.position, number = excluded.number, delivered = excluded.delivered,
        fault = null, checked_at = now()"""
_NOTE_FAULT: Final = """
    insert into audit.sealer (position, number, fault, checked_at) values (0, 0, $1, now())
    on conflict (singleton) do update set fault = excluded.fault, checked_at = now()"""


class Kept(NamedTuple):
    """A checkpoint as the database has it."""

    number: int
    line: bytes


async def take_turn(connection: asyncpg.Connection) -> bool:
    """Tell whether sealing is ours; nobody else does it for as long as this connection lives."""
    return bool(await connection.fetchval(_TAKE_TURN, SEALER_LOCK))


async def log_id(connection: asyncpg.Connection) -> UUID | None:
    """Name the log; None where its name was wiped out."""
    name = await connection.fetchval(_LOG)
    return None if name is None else UUID(bytes=name.bytes)


async def newest(connection: asyncpg.Connection) -> Kept | None:
    """Return the last checkpoint that is kept."""
    row = await connection.fetchrow(_NEWEST)
    return None if row is None else Kept(row["number"], row["line"].encode())


async def after(connection: asyncpg.Connection, number: int) -> Sequence[bytes]:
    """Return the next lines that are kept, a page of them."""
    return [row["line"].encode() for row in await connection.fetch(_AFTER, number, PAGE)]


async def keep(connection: asyncpg.Connection, sealed: Sealed) -> None:
    """Keep a checkpoint. Raises asyncpg.UniqueViolationError if another one has its number."""
    checkpoint = sealed.checkpoint
    await connection.execute(_KEEP, checkpoint.number, checkpoint.first, checkpoint.last, sealed.line.decode())


async def note(connection: asyncpg.Connection, position: int, number: int, delivered: int | None) -> None:
    """Tell how far the log is sealed, and by which checkpoint; and which one the webhook took last."""
    await connection.execute(_NOTE, position, number, delivered)


async def note_fault(connection: asyncpg.Connection, fault: str) -> None:
    """Tell why no more is signed."""
    await connection.execute(_NOTE_FAULT, fault)
