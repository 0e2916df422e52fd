"""Bringing a build that nobody reads up to a position of the log, event by event.

What a projector would park stops it: a build that is to take the place of another takes in everything, or is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import asyncpg

from daybook.database import UNREACHABLE
from events.log import Log
from projections.batch import Batch, Poison
from projections.checkpoint import Held, Mark
from projections.folding import Unfoldable
from projections.member import Member, Refused, TooMuchParked
from projections.projection import Projection

PAGE: Final = 1_000
ROWS: Final = 50_000


def members_of(projection: Projection, marks: Sequence[Mark]) -> list[Member]:
    """Return the shards of a build, which stand at these marks. They are held by nobody."""
    return [
        Member(projection, Held(projection.name, projection.version, shard, 0, mark), (), ROWS)
        for shard, mark in enumerate(marks)
    ]


async def catch_up(connection: asyncpg.Connection, log: Log, members: Sequence[Member], until: int) -> None:
    """Bring what is built up to a position, those that stand together in one go. Raises Unfoldable, LogUnavailable."""
    while behind := [each for each in members if each.position < until]:
        position = min(each.position for each in behind)
        group = [each for each in behind if each.position == position]
        batch = Batch([each async for each in log.read(after=position, limit=min(PAGE, until - position))])
        for member in group:
            with taken_in(member.projection):
                await member.fold(connection, batch)
            for each in member.parked:
                what = f"{each.error} at position {each.position} ({each.type})"
                raise Unfoldable(f"{member.projection.name}: {what}")
            with taken_in(member.projection):
                await member.save(connection)
            member.saved(Mark(batch.last.position, batch.last.recorded_at))


@contextmanager
def taken_in(projection: Projection) -> Iterator[None]:
    """Say in one way what cannot be taken in: an event that cannot be read, or a row that the database refuses."""
    try:
        yield
    except UNREACHABLE:
        raise
    except (Poison, Refused, TooMuchParked) as error:
        raise Unfoldable(f"{projection.name}: {error}") from error
    except asyncpg.PostgresError as error:  # its text may hold a row
        raise Unfoldable(f"{projection.name}: {type(error).__name__}") from error
