"""What was refused, to whom and why: settled commands that were not accepted, newest first.

They stand in the log's own table of commands, with the reply that was given; personal fields are redacted there.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    LargeBinary,
    Text,
    Uuid,
    bindparam,
    column,
    func,
    literal_column,
    select,
    table,
)

from daybook.engine import Connection
from daybook.statements import Row
from queries.page import Listing, Moment, Page, Paging

_COMMAND = table(
    "command",
    column("command_id", Uuid),
    column("name", Text),
    column("body", LargeBinary),
    column("actor", Text),
    column("decided_at", DateTime(timezone=True)),
    column("outcome", Text),
    column("reply", LargeBinary),
    column("position", BigInteger),
    schema="daybook",
)


class RefusedCommand(msgspec.Struct, frozen=True):
    """A command that a rule said no to. `code` and `facts` are those of the reply, `body` is what was asked for.

    `position` is the last position of the log that the decision knew.
    """

    command_id: UUID
    command: str
    code: str
    detail: str
    facts: msgspec.Raw
    alternatives: msgspec.Raw
    body: msgspec.Raw
    actor: str
    decided_at: datetime
    position: int


class RefusalFilters(msgspec.Struct, frozen=True):
    """Which refusals: of commands that name these things, decided at `from_` or later and before `to`."""

    candidate_id: UUID | None = None
    slot_id: UUID | None = None
    booking_id: UUID | None = None
    code: str | None = None
    command: str | None = None
    from_: datetime | None = None
    to: datetime | None = None


class _Said(msgspec.Struct, frozen=True):
    """What a reply that refuses says, in any form it ever had."""

    detail: str = ""
    facts: msgspec.Raw = msgspec.Raw(b"{}")
    alternatives: msgspec.Raw = msgspec.Raw(b"[]")


_SAID: Final = msgspec.json.Decoder(_Said)


def _names(field: str) -> ColumnElement[bool]:
    """The expression of the index, word for word."""
    said = func.daybook.said(_COMMAND.c.body, literal_column(f"'{field}'"))
    return said == bindparam(field, type_=Text)


def _item(row: Row) -> RefusedCommand:
    said = _SAID.decode(row.reply)
    return RefusedCommand(
        command_id=row.command_id,
        command=row.name,
        code=row.outcome,
        detail=said.detail,
        facts=said.facts,
        alternatives=said.alternatives,
        body=msgspec.Raw(row.body),
        actor=row.actor,
        decided_at=row.decided_at,
        position=row.position,
    )


_REFUSALS = Listing(
    "refusals",
    select=select(_COMMAND).where(_COMMAND.c.outcome != literal_column("'accepted'")),
    filters={
        **{field: _names(field) for field in ("candidate_id", "slot_id", "booking_id")},
        "code": _COMMAND.c.outcome == bindparam("code"),
        "command": _COMMAND.c.name == bindparam("command"),
        "from": _COMMAND.c.decided_at >= bindparam("from"),
        "to": _COMMAND.c.decided_at < bindparam("to"),
    },
    order=(_COMMAND.c.decided_at, _COMMAND.c.command_id),
    keys=(Moment, UUID),
    key=lambda refused: (refused.decided_at, refused.command_id),
    item=_item,
    newest_first=True,
)


async def refusals(connection: Connection, asked: RefusalFilters, paging: Paging) -> Page[RefusedCommand]:
    """List refusals."""
    filters = {
        "candidate_id": asked.candidate_id and str(asked.candidate_id),
        "slot_id": asked.slot_id and str(asked.slot_id),
        "booking_id": asked.booking_id and str(asked.booking_id),
        "code": asked.code,
        "command": asked.command,
        "from": asked.from_,
        "to": asked.to,
    }
    return await _REFUSALS.page(connection, filters, paging)
