"""How far each read model has come, in each of its shards and builds.

A checkpoint moves in the transaction that writes the rows, only from where it is expected to stand, and only for who
holds it: one that was stopped while another took over knows an older epoch, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple

import asyncpg

from projections.projection import Projection

Home = Literal["live", "old"]

_MISSING: Final = """
    select number from unnest($1::text[], $2::int[]) with ordinality wanted(name, version, number)
    where not exists (select from projections.checkpoint c
                      where c.name = wanted.name and c.version = wanted.version and c.home = 'live')"""
_BEGIN: Final = """
    insert into projections.checkpoint (name, version, shard, position, recorded_at, epoch)
    values ($1, $2, $3, $4, $5, $6)"""
# Null unless every one of them is there.
_LOWEST: Final = """
    select case when count(distinct (name, version)) filter (where position is not null) = cardinality($1::text[])
                then coalesce(min(position) filter (where error is null), 0) end
    from unnest($1::text[], $2::int[]) wanted(name, version)
    left join projections.checkpoint c using (name, version) where c.home is null or c.home = 'live'"""
_REACHED: Final = f"select ({_LOWEST}), number from projections.generation"  # noqa: S608  it is ours
# The rows are locked in the order of their names, so that two runners cannot wait for each other.
ADVANCE: Final = """
    with held as (
        select name, version, shard from projections.checkpoint
        join unnest($1::text[], $2::int[], $3::smallint[], $4::bigint[]) wanted(name, version, shard, epoch)
            using (name, version, shard, epoch)
        where home = 'live' and position = $5 order by name, version, shard for update of checkpoint
    )
    update projections.checkpoint set position = $6, recorded_at = $7, updated_at = now()
    from held where checkpoint.home = 'live'
        and (checkpoint.name, checkpoint.version, checkpoint.shard) = (held.name, held.version, held.shard)
    returning 1"""
_STOP: Final = """
    update projections.checkpoint set error = $5, updated_at = now()
    where name = $1 and version = $2 and home = 'live' and shard = $3 and epoch = $4"""
_GO_ON: Final = """
    update projections.checkpoint set error = null
    where name = $1 and version = $2 and home = 'live' and shard = $3 and epoch = $4"""


class Fenced(Exception):
    """Another runner has taken over, or moved the checkpoint: what this one knows is old."""


class Mark(NamedTuple):
    """A position of the log that a read model reflects, and when its event was recorded; 0 and None at first."""

    position: int
    recorded_at: datetime | None


NOWHERE: Final = Mark(0, None)


# Name, version, shard and epoch: the same again only while nobody else has had it.
Lease = tuple[str, int, int, int]


class Held(NamedTuple):
    """A shard of a live read model that is ours until somebody takes it over, which raises the epoch.

    `stood_still`: it was stopped by an error, and does not count until it has caught up.
    """

    name: str
    version: int
    shard: int
    epoch: int
    mark: Mark
    stood_still: bool = False

    @property
    def lease(self) -> Lease:
        """What tells it apart, wherever it stands."""
        return self[:4]


async def missing(connection: asyncpg.Connection, projections: Sequence[Projection]) -> list[Projection]:
    """Return those of which there is no live build."""
    return [projections[number - 1] for (number,) in await connection.fetch(_MISSING, *_keys(projections))]


async def begin(connection: asyncpg.Connection, projection: Projection, marks: Sequence[Mark], epoch: int = 0) -> None:
    """Note where the shards of a live build stand that has not been there before."""
    for shard, mark in enumerate(marks):
        await connection.execute(_BEGIN, projection.name, projection.version, shard, *mark, epoch)


async def lowest(connection: asyncpg.Connection, projections: Sequence[Projection]) -> int | None:
    """Return the position that all of them have reached, None if one is not there yet.

    One that stands still because of an error does not count.
    """
    position: int | None = await connection.fetchval(_LOWEST, *_keys(projections))
    return position


async def reached(connection: asyncpg.Connection, projections: Sequence[Projection]) -> tuple[int | None, int]:
    """Return what `lowest` does, and the generation that the read models are of."""
    row = await connection.fetchrow(_REACHED, *_keys(projections))
    assert row is not None  # noqa: S101  there is always one
    position, generation = row
    return position, generation


async def advance(connection: asyncpg.Connection, held: Sequence[Held], expected: int, mark: Mark) -> None:
    """Move the checkpoints, in the transaction of the caller; Fenced if one is not ours or not where it should be."""
    names, versions, shards, epochs, *_ = zip(*held, strict=True)
    moved = await connection.fetch(ADVANCE, names, versions, shards, epochs, expected, *mark)
    if len(moved) < len(held):
        raise Fenced


async def stop(connection: asyncpg.Connection, held: Held, error: str) -> None:
    """Note why a read model stands still, unless another runner has it now."""
    await connection.execute(_STOP, *held.lease, error)


async def go_on(connection: asyncpg.Connection, held: Held) -> None:
    """Note that a read model which stood still has caught up: from now on it counts again."""
    await connection.execute(_GO_ON, *held.lease)


def _keys(projections: Sequence[Projection]) -> tuple[list[str], list[int]]:
    return [each.name for each in projections], [each.version for each in projections]
