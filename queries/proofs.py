"""What proves an event: the checkpoint that covers it, and what the event says as it was hashed."""

from __future__ import annotations

from uuid import UUID

import msgspec
from sqlalchemy import text

from daybook.engine import Connection

# Checkpoints without events of their own end where the one before them does: the first that ends there has them.
_COVERING = text("""
    select first_position, last_position, line from audit.checkpoint
    where last_position >= :position order by last_position, number limit 1""")
_SAID = text("select daybook.envelope(event) as envelope, data from daybook.event where position = :position")
_WRITTEN = text("select first_position, position from daybook.command where command_id = :command_id")


class Covering(msgspec.Struct, frozen=True):
    """A checkpoint: the line that was published, and its first and last position."""

    first: int
    last: int
    line: str


class Said(msgspec.Struct, frozen=True):
    """What an event's content hash was made of."""

    envelope: str
    data: str


class Written(msgspec.Struct, frozen=True):
    """The events that a command wrote; `first` is None where it wrote none."""

    first: int | None
    last: int


async def covering(connection: Connection, position: int) -> Covering | None:
    """Find the checkpoint that covers an event; None before there is one."""
    row = await connection.fetchrow(_COVERING, {"position": position})
    if row is None or row.first_position > position:
        return None
    return Covering(row.first_position, row.last_position, row.line)


async def said(connection: Connection, position: int) -> Said | None:
    """Read an event; None if there is none. What is no text, which nothing writes, comes out as something else."""
    row = await connection.fetchrow(_SAID, {"position": position})
    return None if row is None else Said(row.envelope, row.data.decode(errors="replace"))


async def written(connection: Connection, command_id: UUID) -> Written | None:
    """Find what a command wrote; None if it was never settled."""
    row = await connection.fetchrow(_WRITTEN, {"command_id": command_id})
    return None if row is None else Written(row.first_position, row.position)
