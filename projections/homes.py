"""The builds of a read model: the live one, the next one beside it, the old one that it took the place of.

They differ in the name of their schema; who is called what changes in one transaction. What is being built has no
checkpoint: it is nobody's until it is live.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import asyncpg

from projections import checkpoint
from projections.checkpoint import Mark
from projections.projection import Projection

_DROP: Final = "select projections.drop_schema($1)"
_FLIP: Final = "select projections.flip_schemas($1)"
_RETURN: Final = "select projections.return_schemas($1)"

_MARKS: Final = """
    select position, recorded_at from projections.checkpoint
    where name = $1 and version = $2 and home = $3 order by shard"""
_LOWEST: Final = """
    select case when bool_and(position is not null) then min(position) end
    from unnest($1::text[], $2::int[]) wanted(name, version)
    left join (select * from projections.checkpoint where home = 'live') live using (name, version)"""
_HOLD_STILL: Final = f"{_MARKS} for update"
# Where versions share one schema, the build of an earlier version is the one whose place is taken.
_FORGET_OLD: Final = """
    delete from projections.{table} where home = 'old' and name = $1 and (version = $2 or $3)"""
_BECOMES_OLD: Final = """
    update projections.{table} set home = 'old' where home = 'live' and name = $1 and (version = $2 or $3)"""
_LAST_EPOCH: Final = "select coalesce(max(epoch), 0) from projections.checkpoint where name = $1"
_TABLES: Final = ("checkpoint", "parked")
# The old build, and what programs of another version have kept that were not seen for an hour.
_LEFTOVERS: Final = """
    select nspname from pg_namespace
    where nspname ~ ('^' || $1 || '_v[1-9][0-9]*(_old)?$') and nspname <> $1 || '_v' || $2 and (
        nspname = $1 || '_v' || $2 || '_old' or not exists (
            select from projections.checkpoint
            where name = $1 and version::text = substring(nspname from '_v([0-9]+)')
                and held_until > now() - interval '1 hour'))"""
_FORGET: Final = """
    delete from projections.{table} where name = $1
    and (version::text || case home when 'old' then '_old' else '' end) = substring($2 from '_v([0-9]+(?:_old)?)$')"""


def next_of(projection: Projection) -> str:
    """Name the schema of the build that is in the making."""
    return f"{projection.schema}_next"


def old_of(projection: Projection) -> str:
    """Name the schema of the build that the live one took the place of."""
    return f"{projection.schema}_old"


async def marks(connection: asyncpg.Connection, projection: Projection, home: str = "live") -> list[Mark]:
    """Return where each shard of a build stands; none if there is no such build."""
    return [Mark(*row) for row in await connection.fetch(_MARKS, projection.name, projection.version, home)]


async def lowest(connection: asyncpg.Connection, projections: Sequence[Projection]) -> int | None:
    """Return the position that all live builds have reached, None if one is not there."""
    named = ([each.name for each in projections], [each.version for each in projections])
    position: int | None = await connection.fetchval(_LOWEST, *named)
    return position


async def hold_still(connection: asyncpg.Connection, projection: Projection) -> list[Mark]:
    """Keep the live build where it is until the transaction of the caller ends; return where its shards stand."""
    return [Mark(*row) for row in await connection.fetch(_HOLD_STILL, projection.name, projection.version, "live")]


async def flip(connection: asyncpg.Connection, projection: Projection, reached: Sequence[Mark]) -> None:
    """Let the next build be the live one, in the transaction of the caller; `reached` is where its shards stand.

    Whoever holds the live one is fenced off by a new epoch.
    """
    await _take_place(connection, projection, reached, _FLIP)


async def swap(connection: asyncpg.Connection, projection: Projection, reached: Sequence[Mark]) -> None:
    """Let the old build be the live one, and the other way round; see `flip`."""
    await _take_place(connection, projection, reached, _RETURN)


async def _take_place(
    connection: asyncpg.Connection, projection: Projection, reached: Sequence[Mark], rename: str
) -> None:
    """What was old is forgotten; what was live is old, with all that is parked in it; then the schemas change names."""
    epoch = await connection.fetchval(_LAST_EPOCH, projection.name)
    of_schema = (projection.name, projection.version, not projection.schema.endswith(f"_v{projection.version}"))
    for table in _TABLES:
        await connection.execute(_FORGET_OLD.format(table=table), *of_schema)
        await connection.execute(_BECOMES_OLD.format(table=table), *of_schema)
    await checkpoint.begin(connection, projection, reached, epoch + 1)
    await connection.execute(rename, projection.schema)


async def drop_leftovers(connection: asyncpg.Connection, projection: Projection) -> None:
    """Drop the build that is kept for the way back, and all of versions that no projector keeps any more."""
    for (schema,) in await connection.fetch(_LEFTOVERS, projection.name, str(projection.version)):
        async with connection.transaction():
            for table in _TABLES:
                await connection.execute(_FORGET.format(table=table), projection.name, schema)
            await connection.execute(_DROP, schema)


async def drop_next(connection: asyncpg.Connection, projection: Projection) -> None:
    """Drop what is being built, if there is such a thing."""
    await connection.execute(_DROP, next_of(projection))
