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
_TABLES: Final = [
    table.fullname for model in PROJECTIONS for table in model.metadata.sorted_tables if "candidate_id" in table.columns
]
_OF_TABLE: Final = "'{0}', (select coalesce(jsonb_agg(kept), '[]') from {0} kept where candidate_id = $1)"
_ROWS: Final = f"select jsonb_build_object({', '.join(map(_OF_TABLE.format, _TABLES))})::text"


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
    rows = await connection.fetchval(_ROWS, candidate_id)
    return HeldData(
        candidate_id,
        now,
        [
            HeldEvent(each.position, each.type, each.recorded_at, each.actor, msgspec.json.decode(each.data))
            for each in events
        ],
        [HeldCommand(command_id, name, msgspec.json.decode(body), *rest) for command_id, name, body, *rest in commands],
        msgspec.json.decode(rows),
    )
