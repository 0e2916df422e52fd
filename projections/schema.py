"""Laying out the tables of read models, each version in a schema of its own.

A read model is laid out in one go where there is nothing to put in; else it is built beside the live one, its tables
bare until the rows are in: see `projections.building`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import asyncpg
from sqlalchemy import Dialect, Index, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable, SetColumnComment, SetTableComment
from sqlalchemy.sql.ddl import ExecutableDDLElement

from daybook.database import READ_MODEL_LAYOUT_LOCK
from projections import checkpoint
from projections.projection import Projection

DIALECT: Final[Dialect] = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it bare

# An index says `info={NEEDS: extension}` if it cannot be without; where the extension is missing, the index is, too.
NEEDS: Final = "needs"

_LOCK: Final = f"select pg_advisory_xact_lock({READ_MODEL_LAYOUT_LOCK})"  # two processes may start at once
_EMPTY: Final = "select last_position = 0 from daybook.block order by last_position desc limit 1"
_EXTENSIONS: Final = "select extname from pg_extension"
_CREATE: Final = "select projections.create_schema($1)"


async def create_missing(connection: asyncpg.Connection, projections: Sequence[Projection]) -> None:
    """Lay out those that are not there, if the log is empty: then they show all there is."""
    async with connection.transaction():
        await connection.execute(_LOCK)
        if not await connection.fetchval(_EMPTY):
            return
        for projection in await checkpoint.missing(connection, projections):
            await lay_out_bare(connection, projection)
            await complete(connection, projection)
            await checkpoint.begin(connection, projection, [checkpoint.NOWHERE] * projection.shards)


async def lay_out_bare(connection: asyncpg.Connection, projection: Projection) -> None:
    """Create the schema and its tables without any index: rows go in faster so."""
    await create_schema(connection, projection.schema)
    await create_tables(connection, projection)


async def create_schema(connection: asyncpg.Connection, schema: str) -> None:
    """Create a schema for read models; its name has to be that of one."""
    await connection.execute(_CREATE, schema)


async def create_tables(connection: asyncpg.Connection, projection: Projection) -> None:
    """Create the tables, bare, in a schema that is there."""
    await connection.execute(_script(_bare(projection)))


async def complete(connection: asyncpg.Connection, projection: Projection) -> None:
    """Add all that a table is looked up and explained by."""
    extensions = {row[0] for row in await connection.fetch(_EXTENSIONS)}
    await connection.execute(_script(_completing(projection, extensions)))
    for statement in projection.extras:
        await connection.execute(statement.replace("{schema}", projection.schema))


async def analyze(connection: asyncpg.Connection, projection: Projection) -> None:
    """Let the planner know what is in the tables. It is better off without what it would learn of empty ones."""
    await connection.execute(_script(f"analyze {_named(table)}" for table in projection.metadata.sorted_tables))


def ddl(projection: Projection) -> str:
    """Write out what makes the tables, indexes and comments of a read model."""
    return _script([*_bare(projection), *_completing(projection, None)])


def temporary(projection: Projection) -> str:
    """Write out what makes the tables and indexes of a read model for one session; rows end with their transaction.

    `projection` is one at `pg_temp`. Indexes that need an extension are not among them.
    """
    return _script(_temporary(projection))


def _temporary(projection: Projection) -> Iterator[ExecutableDDLElement | str]:
    for table in projection.metadata.sorted_tables:
        yield f"{str(CreateTable(table).compile(dialect=DIALECT)).rstrip()} on commit delete rows"
        yield from (CreateIndex(index) for index in _indexes(table) if _is_possible(index, set()))


def _bare(projection: Projection) -> Iterator[ExecutableDDLElement | str]:
    for table in projection.metadata.sorted_tables:
        yield CreateTable(table)
        yield f"alter table {_named(table)} drop constraint {table.name}_pkey"


def _completing(projection: Projection, extensions: set[str] | None) -> Iterator[ExecutableDDLElement | str]:
    for table in projection.metadata.sorted_tables:
        keys = ", ".join(DIALECT.identifier_preparer.format_column(column) for column in table.primary_key.columns)
        yield f"alter table {_named(table)} add primary key ({keys})"
        yield from (CreateIndex(index) for index in _indexes(table) if _is_possible(index, extensions))
        yield SetTableComment(table)
        yield from (SetColumnComment(column) for column in table.columns if column.comment)


def _indexes(table: Table) -> list[Index]:
    return sorted(table.indexes, key=lambda each: str(each.name))


def _is_possible(index: Index, extensions: set[str] | None) -> bool:
    needed = index.info.get(NEEDS)
    return needed is None or extensions is None or needed in extensions


def _named(table: Table) -> str:
    return DIALECT.identifier_preparer.format_table(table)


def _script(elements: Iterable[ExecutableDDLElement | str]) -> str:
    return ";\n".join(each if isinstance(each, str) else str(each.compile(dialect=DIALECT)) for each in elements)
