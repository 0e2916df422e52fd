"""What proves an event: the checkpoint that covers it, and what the event says as it was hashed."""

from __future__ import annotations

from uuid import UUID

import msgspec
from sqlalchemy import text

from daybook.engine import Connection
from daybook.statements import Row

# Checkpoints without events of their own end where the one before them does: the first that ends there has them.
_COVERING = """
    left join lateral (
        select first_position, last_position, line from audit.checkpoint
        where last_position >= {wanted} order by last_position, number limit 1
    ) sealed on sealed.first_position <= {wanted}"""
_SAID = text(f"""
    select daybook.envelope(event) as envelope, data, sealed.* from daybook.event
    {_COVERING.format(wanted="event.position")} where event.position = :position""")  # noqa: S608  words of ours
_WRITTEN = text(f"""
    select command.first_position as first, position as last, sealed.* from daybook.command
    {_COVERING.format(wanted="command.position")} where command_id = :command_id""")  # noqa: S608  as above


class Covering(msgspec.Struct, frozen=True):
    """A checkpoint: the line that was published, and its first and last position."""

    first: int
    last: int
    line: str


class Said(msgspec.Struct, frozen=True):
    """What an event's content hash was made of; `sealed` is the checkpoint that covers it, None before there is one."""

    envelope: str
    data: str
    sealed: Covering | None


class Written(msgspec.Struct, frozen=True):
    """The events that a command wrote; `first` is None where it wrote none. `sealed` as in `Said`."""

    first: int | None
    last: int
    sealed: Covering | None


async def said(connection: Connection, position: int) -> Said | None:
    """Read an event; None if there is none. What is no text, which nothing writes, comes out as something else."""
    row = await connection.fetchrow(_SAID, {"position": position})
    return None if row is None else Said(row.envelope, row.data.decode(errors="replace"), _covering(row))


async def written(connection: Connection, command_id: UUID) -> Written | None:
    """Find what a command wrote; None if it was never settled."""
    row = await connection.fetchrow(_WRITTEN, {"command_id": command_id})
    return None if row is None else Written(row.first, row.last, _covering(row))


def _covering(row: Row) -> Covering | None:
    return None if row.line is None else Covering(row.first_position, row.last_position, row.line)
