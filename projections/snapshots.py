"""Read models as they stood at a position, together in one schema, to be asked by SQL.

They are built as a rebuild is, by the same folds and processes, and shown once they are whole. Nobody keeps them up to
date: what was does not change. But whoever is erased is taken out of them as well. One row in the table `as_of` says
what they show.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg
from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

from daybook.database import SNAPSHOT_LOCK, connect
from events.candidate import CandidateErased
from events.catalogue import CODEC
from events.log import Log
from projections.building import STATEMENT_SECONDS, Fill
from projections.candidates import CANDIDATE, SCRUBBED
from projections.catalogue import PROJECTIONS
from projections.projection import Projection, personal_columns
from projections.schema import create_schema, create_tables

PREFIX: Final = "as_of_"

_TRY: Final = "select pg_try_advisory_lock($1, hashtext($2))"
_DROP: Final = "select projections.drop_schema($1)"
_FLIP: Final = "select projections.flip_schemas($1)"
_SAY: Final = """
    create table {schema}.as_of as
    select {position}::bigint as position, recorded_at, now() as laid_out_at
    from (values (1)) always(one) left join daybook.event on position = {position};
    comment on table {schema}.as_of is 'As of when the tables of this schema are: at which position of the log'"""
_GRANT: Final = """
    grant usage on schema {schema} to daybook_auditor;
    grant select on all tables in schema {schema} to daybook_auditor"""
_GRANT_COLUMNS: Final = """
    revoke select on {table} from daybook_auditor;
    grant select ({columns}) on {table} to daybook_auditor"""
_NAMES: Final = r"select nspname from pg_namespace where nspname ~ '^as_of_' and nspname !~ '_(next|old)$' order by 1"
# Those that are being laid out are among them.
_WITH_PEOPLE: Final = f"""
    select nspname from pg_namespace join pg_class on relnamespace = pg_namespace.oid
    where nspname ~ '^as_of_' and relname = '{CANDIDATE.name}' order by 1"""  # noqa: S608  the name is our own
_ERASED: Final = DCBQuery(items=[DCBQueryItem(types=[CandidateErased.__name__])])
# What became of them by then stays; what tells who they are goes, and with it the reason, which somebody typed.
_GONE: Final = {name: value for name, value in SCRUBBED.items() if name != "status"}
_SAID: Final = "select position, recorded_at, laid_out_at from {schema}.as_of"


class Snapshot(NamedTuple):
    """Read models of then. `recorded_at` is when the event at their position was recorded, None at position 0."""

    schema: str
    position: int
    recorded_at: datetime | None
    laid_out_at: datetime


class BeingLaidOut(Exception):
    """Another process is laying out read models under this name."""


def named(position: int) -> str:
    """Name the schema of a position, if it is given no other name."""
    return f"{PREFIX}{position}"


def together(schema: str) -> list[Projection]:
    """Return all read models in one schema: no two of them have a table, index or view of one name."""
    return [each.at(schema) for each in PROJECTIONS]


async def lay_out(log: Log, url: str, schema: str, until: int, fill: Fill) -> Snapshot:
    """Lay the read models out as of position `until`, in the place of what stood in the schema until now.

    Raises BeingLaidOut, Unfoldable, BuildFailed, LogUnavailable, `daybook.database.UNREACHABLE`.
    """
    async with _connection(url) as connection:
        if not await connection.fetchval(_TRY, SNAPSHOT_LOCK, schema):
            raise BeingLaidOut(schema)
        beside = f"{schema}_next"
        await connection.execute(_DROP, beside)  # what one has left that was killed
        try:
            head = await log.head()
            await _build(connection, beside, until, fill)
            await forget(connection, await _erased(log, head))  # their keys may have been there for a part of the work
            async with connection.transaction():
                await connection.execute(_FLIP, schema)
                await connection.execute(_DROP, f"{schema}_old")
        finally:
            await connection.execute(_DROP, beside)
        return await _read(connection, schema)


async def listed(url: str) -> list[Snapshot]:
    """Return all that are laid out."""
    async with _connection(url) as connection:
        return [await _read(connection, schema) for (schema,) in await connection.fetch(_NAMES)]


async def drop(url: str, schema: str) -> bool:
    """Take the read models of then away; tell whether they were there."""
    async with _connection(url) as connection:
        there = schema in {name for (name,) in await connection.fetch(_NAMES)}
        if there:
            await connection.execute(_DROP, schema)
        return there


async def forget(connection: asyncpg.Connection, people: Collection[UUID]) -> None:
    """Take people who were erased out of all that is laid out, or is about to be. It may be done twice."""
    while people:
        try:
            for (schema,) in await connection.fetch(_WITH_PEOPLE):
                await connection.execute(_scrubbing(schema), list(people), *_GONE.values())
        except asyncpg.UndefinedTableError:
            continue  # it was dropped, or has its own name now
        return


def _scrubbing(schema: str) -> str:
    columns = ", ".join(f"{name} = ${number}" for number, name in enumerate(_GONE, 2))
    return f"update {schema}.{CANDIDATE.name} set {columns} where candidate_id = any ($1)"  # noqa: S608  as above


async def _erased(log: Log, after: int) -> list[UUID]:
    events = [CODEC.decode(each.type, each.version, each.data) async for each in log.read(_ERASED, after=after)]
    return [each.candidate_id for each in events if isinstance(each, CandidateErased)]


async def _build(connection: asyncpg.Connection, schema: str, until: int, fill: Fill) -> None:
    models = together(schema)
    await create_schema(connection, schema)
    for model in models:
        await create_tables(connection, model)
    await fill(models, until)
    await connection.execute(_SAY.format(schema=schema, position=until))
    await connection.execute(";".join(_granting(schema, models)))


def _granting(schema: str, models: Sequence[Projection]) -> Iterator[str]:
    """To auditors all but what is personal: by SQL they see no more of that in the past than in the log."""
    yield _GRANT.format(schema=schema)
    for table in (table for model in models for table in model.metadata.sorted_tables):
        if personal := personal_columns(table):
            columns = ", ".join(each.name for each in table.columns if each.name not in personal)
            yield _GRANT_COLUMNS.format(table=f"{schema}.{table.name}", columns=columns)


async def _read(connection: asyncpg.Connection, schema: str) -> Snapshot:
    row = await connection.fetchrow(_SAID.format(schema=schema))
    assert row is not None  # noqa: S101  it was put in before anybody could see the schema
    return Snapshot(schema, *row)


@asynccontextmanager
async def _connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(url, "daybook as of", STATEMENT_SECONDS)
    try:
        yield connection
    finally:
        connection.terminate()  # also when it is cancelled in the middle of a statement
