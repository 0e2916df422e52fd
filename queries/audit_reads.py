"""Who read what of the log, newest first."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, DateTime, Text, Uuid, bindparam, cast, column, select, table

from daybook.engine import Connection
from daybook.statements import Row
from queries.page import Listing, Page, Paging, Position

_READ = table(
    "read",
    column("number", BigInteger),
    column("read_id", Uuid),
    column("kind", Text),
    column("read_at", DateTime(timezone=True)),
    column("role", Text),
    column("token", Text),
    column("route", Text),
    column("parameters", Text),
    column("first_position", BigInteger),
    column("last_position", BigInteger),
    column("trace", Text),
    schema="audit",
)
_COLUMNS = [each if each.name != "parameters" else cast(each, Text).label("parameters") for each in _READ.columns]


class AuditRead(msgspec.Struct, frozen=True):
    """One read: an answer, or the beginning or the end of a stream, which share their `read_id`.

    `parameters` are those that name things, each with its values; null stands for one that is not kept. The positions
    are those of the first and the last event that was shown; as of a moment, all up to the last counted.
    """

    number: int
    read_id: UUID
    kind: str
    read_at: datetime
    role: str
    token: str
    route: str
    parameters: msgspec.Raw
    first_position: int | None
    last_position: int | None
    trace: str | None


class ReadFilters(msgspec.Struct, frozen=True):
    """Which reads: by the token of this name, at `from_` or later and before `to`."""

    token: str | None = None
    from_: datetime | None = None
    to: datetime | None = None


def _item(row: Row) -> AuditRead:
    return AuditRead(*row._replace(parameters=msgspec.Raw(row.parameters.encode())))


_READS = Listing(
    "audit-reads",
    select=select(*_COLUMNS),
    filters={
        "token": _READ.c.token == bindparam("token"),
        "from": _READ.c.read_at >= bindparam("from"),
        "to": _READ.c.read_at < bindparam("to"),
    },
    order=(_READ.c.number,),
    keys=(Position,),
    key=lambda read: (read.number,),
    item=_item,
    newest_first=True,
)


async def audit_reads(connection: Connection, asked: ReadFilters, paging: Paging) -> Page[AuditRead]:
    """List reads."""
    filters = {"token": asked.token, "from": asked.from_, "to": asked.to}
    return await _READS.page(connection, filters, paging)
