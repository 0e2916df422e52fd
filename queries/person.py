"""Everything that is held about a person: what happened, the commands that wrote it, and the rows of read models."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec
from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

from events import tags
from events.log import Log
from projections.catalogue import PROJECTIONS

_COMMANDS: Final = """
    select command_id, name, convert_from(body, 'utf8'), actor, decided_at, outcome from daybook.command
    where command_id = any($1) or (outcome <> 'accepted' and daybook.said(body, 'candidate_id') = $2)
    order by decided_at, ordinal, command_id"""
_TABLES: Final = tuple(
    table for model in PROJECTIONS for table in model.metadata.sorted_tables if "candidate_id" in table.columns
)


class HeldEvent(msgspec.Struct, frozen=True):
    """Something that happened; personal fields are opened, or redacted where there is no key any more."""

    position: int
    type: str
    recorded_at: datetime
    actor: str
    data: dict[str, Any]


class HeldCommand(msgspec.Struct, frozen=True):
    """What somebody asked for, accepted or refused; personal fields are not kept with it."""

    command_id: UUID
    name: str
    body: dict[str, Any]
    actor: str
    decided_at: datetime
    outcome: str


class HeldData(msgspec.Struct, frozen=True):
    """All of it. `read_models` has rows by the name of their table."""

    candidate_id: UUID
    as_of: datetime
    events: list[HeldEvent]
    commands: list[HeldCommand]
    read_models: dict[str, list[dict[str, Any]]]


async def held_data(log: Log, connection: asyncpg.Connection, candidate_id: UUID, now: datetime) -> HeldData | None:
    """Gather what is held, if the person is known; `log` opens what is sealed."""
    query = DCBQuery(items=[DCBQueryItem(tags=[tags.candidate(candidate_id)])])
    events = [event async for event in log.read(query)]
    if not events:
        return None
    commands = await connection.fetch(_COMMANDS, [event.command_id for event in events], str(candidate_id))
    return HeldData(
        candidate_id,
        now,
        [
            HeldEvent(each.position, each.type, each.recorded_at, each.actor, msgspec.json.decode(each.data))
            for each in events
        ],
        [HeldCommand(command_id, name, msgspec.json.decode(body), *rest) for command_id, name, body, *rest in commands],
        {table.fullname: await _rows(connection, table.fullname, candidate_id) for table in _TABLES},
    )


async def _rows(connection: asyncpg.Connection, table: str, candidate_id: UUID) -> list[dict[str, Any]]:
    statement = f"select to_jsonb(kept)::text from {table} kept where candidate_id = $1"  # noqa: S608  a name of ours
    return [msgspec.json.decode(row[0]) for row in await connection.fetch(statement, candidate_id)]
