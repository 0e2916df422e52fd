"""How far each read model has come.

A checkpoint moves in the transaction that writes the rows, and only from where it is expected to stand: of two runners,
the slower one writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

import asyncpg

from projections.projection import Projection

_READ: Final = """
    select position, recorded_at from unnest($1::text[], $2::int[]) with ordinality wanted(name, version, number)
    left join projections.checkpoint using (name, version) order by number"""
_LOWEST: Final = """
    select min(coalesce(position, 0)) from unnest($1::text[], $2::int[]) wanted(name, version)
    left join projections.checkpoint using (name, version) where error is null"""
# The rows are locked in the order of their names, so that two runners cannot wait for each other.
ADVANCE: Final = """
    with held as (
        select name, version from projections.checkpoint
        join unnest($1::text[], $2::int[]) wanted(name, version) using (name, version)
        where position = $3 order by name, version for update of checkpoint
    )
    update projections.checkpoint set position = $4, recorded_at = $5, updated_at = now(), error = null
    from held where checkpoint.name = held.name and checkpoint.version = held.version
    returning 1"""
_STOP: Final = """
    update projections.checkpoint set error = $4, updated_at = now()
    where name = $1 and version = $2 and position = $3"""


class Fenced(Exception):
    """Another runner has moved the checkpoint: what this one knows is old."""


class Mark(NamedTuple):
    """A position of the log that a read model reflects, and when its event was recorded; 0 and None at first."""

    position: int
    recorded_at: datetime | None


async def read(connection: asyncpg.Connection, projections: Sequence[Projection]) -> list[Mark]:
    """Return where each stands."""
    return [Mark(*row) for row in await connection.fetch(_READ, *_keys(projections))]


async def lowest(connection: asyncpg.Connection, projections: Sequence[Projection]) -> int:
    """Return the position that all of them have reached; one that stands still because of an error is left out."""
    return int(await connection.fetchval(_LOWEST, *_keys(projections)) or 0)


async def advance(connection: asyncpg.Connection, projections: Sequence[Projection], expected: int, mark: Mark) -> None:
    """Move the checkpoints, in the transaction of the caller; Fenced if one does not stand where it is expected to."""
    moved = await connection.fetch(ADVANCE, *_keys(projections), expected, *mark)
    if len(moved) < len(projections):
        raise Fenced


async def stop(connection: asyncpg.Connection, projection: Projection, position: int, error: str) -> None:
    """Note why a read model stands still, unless another runner has brought it further."""
    await connection.execute(_STOP, projection.name, projection.version, position, error)


def _keys(projections: Sequence[Projection]) -> tuple[list[str], list[int]]:
    return [each.name for each in projections], [each.version for each in projections]
