"""Laying out the tables of read models, each version in a schema of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import asyncpg
from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable, SetColumnComment, SetTableComment
from sqlalchemy.sql.ddl import ExecutableDDLElement

from daybook.database import READ_MODEL_LAYOUT_LOCK
from projections.projection import Projection

DIALECT: Final[Dialect] = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it bare

_LOCK: Final = f"select pg_advisory_xact_lock({READ_MODEL_LAYOUT_LOCK})"  # two projectors may start at once
_MISSING: Final = "select name from unnest($1::text[]) name where to_regnamespace(name) is null"
_CREATE: Final = "select projections.create_schema($1)"
_CHECKPOINT: Final = "insert into projections.checkpoint (name, version) values ($1, $2)"


async def create_missing(connection: asyncpg.Connection, projections: Sequence[Projection]) -> None:
    """Lay out, in one transaction, those that are not there yet; each starts from position 0."""
    async with connection.transaction():
        await connection.execute(_LOCK)
        rows = await connection.fetch(_MISSING, [each.schema for each in projections])
        missing = {row[0] for row in rows}
        for projection in projections:
            if projection.schema in missing:
                await connection.execute(_CREATE, projection.schema)
                await connection.execute(ddl(projection))
                await connection.execute(_CHECKPOINT, projection.name, projection.version)


def ddl(projection: Projection) -> str:
    """Write out what makes the tables, indexes and comments of a read model."""
    elements: list[ExecutableDDLElement] = []
    for table in projection.metadata.sorted_tables:
        elements += [CreateTable(table), SetTableComment(table)]
        elements += [SetColumnComment(column) for column in table.columns if column.comment]
        elements += [CreateIndex(index) for index in sorted(table.indexes, key=lambda each: str(each.name))]
    return ";\n".join(str(each.compile(dialect=DIALECT)) for each in elements)
