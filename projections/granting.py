"""Doing what operators wish for events that are parked: trying them again, or dropping them.

Only the projector that holds the read model does it, between two batches and fenced as every write is.
"""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg
import structlog

from events.log import Log, Recorded
from projections import checkpoint, generation, parking
from projections.batch import Batch, Poison
from projections.member import Member, Refused, TooMuchParked
from projections.parking import Wish

_log = structlog.get_logger(__name__)


async def grant_wishes(connection: asyncpg.Connection, log: Log, members: Sequence[Member]) -> None:
    """Grant what is wished of read models that are held. Raises Fenced, LogUnavailable."""
    if not members:
        return
    for wish in await parking.wishes(connection, [each.held for each in members]):
        for member in members:
            if member.held[:2] == wish[:2] and member.is_ours(wish.key):
                await _grant(connection, log, member, wish)


async def _grant(connection: asyncpg.Connection, log: Log, member: Member, wish: Wish) -> None:
    if wish.kind == "retry":
        await _retry(connection, log, member, wish)
        return
    async with connection.transaction():
        await _settle(connection, member, wish)
    member.free(wish.key)
    _log.warning("parked events dropped", projection=wish.name)


async def _retry(connection: asyncpg.Connection, log: Log, member: Member, wish: Wish) -> None:
    recorded = await _read(log, await parking.positions_under(connection, member.projection, wish.key))
    try:
        if recorded:
            await member.fold_again(connection, Batch(recorded), wish.key)
        async with connection.transaction():
            await _settle(connection, member, wish)
            await member.save(connection)
            await parking.park(connection, member.projection, member.parked)
            if any(member.rows.changed.values()):
                await generation.begin(connection, [member.projection])
    except (Poison, Refused, TooMuchParked) as refused:
        member.keep_waiting(wish.key)
        await parking.grant(connection, wish)
        _log.warning("parked events refused again", projection=wish.name, error=str(refused))
        return
    member.saved(member.mark)


async def _settle(connection: asyncpg.Connection, member: Member, wish: Wish) -> None:
    """Clear what waits, if the read model is still ours."""
    await checkpoint.advance(connection, [member.held], member.position, member.mark)
    await parking.clear(connection, member.projection, wish.key)
    await parking.grant(connection, wish)


async def _read(log: Log, positions: Sequence[int]) -> list[Recorded]:
    return [recorded for position in positions async for recorded in log.read(after=position - 1, limit=1)]
