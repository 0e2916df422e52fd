"""Which of the read models this projector keeps: its share, as long as it says in time that it lives.

The shards are dealt out among all projectors of one program (see migrations/sql/projectors). One that falls silent
loses its share after `LEASE_SECONDS`; one that ends lets go at once. What is held is fenced by an epoch, so it does
no harm to believe for a moment too long that one has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Self
from uuid import uuid4

import asyncpg

from daybook.database import UNREACHABLE, Session
from projections.checkpoint import Held, Mark
from projections.projection import Projection, program

LEASE_SECONDS: Final = 2.0
HEARTBEAT_SECONDS: Final = 0.5

_TAKE_SHARE: Final = """
    select name, version, shard, epoch, position, recorded_at, error is not null
    from projections.take_share($1, $2, $3, $4, $5)
    order by name, version, shard"""
_LET_GO: Final = "update projections.checkpoint set holder = null where holder = $1 and home = 'live'"
_LEAVE: Final = "delete from projections.projector where holder = $1"


class Leases:
    """Use as `async with Leases(url, projections) as leases`."""

    def __init__(self, url: str, projections: Sequence[Projection]) -> None:
        """Nothing is held until `async with`."""
        self._session = Session(url, "daybook projector leases")
        self._holder = str(uuid4())
        self._program = program(projections)
        self._names = [each.name for each in projections]
        self._versions = [each.version for each in projections]
        self._held: list[Held] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to take a share."""
        self._task = asyncio.create_task(self._beat_until_cancelled(), name="renew leases")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let go of everything."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        with suppress(*UNREACHABLE):
            async with self._session.use() as connection:
                await connection.execute(_LET_GO, self._holder)
                await connection.execute(_LEAVE, self._holder)
        await self._session.close()

    @property
    def held(self) -> Sequence[Held]:
        """What is ours, as far as we know; the mark of each is where it stood when we last said that we live."""
        return self._held

    async def renew(self) -> None:
        """Say that we live, and learn what is ours. Raises what `daybook.database.UNREACHABLE` lists."""
        async with self._session.use() as connection:
            rows = await connection.fetch(
                _TAKE_SHARE, self._holder, self._program, self._names, self._versions, LEASE_SECONDS
            )
        self._held = [_held(row) for row in rows]

    async def _beat_until_cancelled(self) -> None:
        while True:
            with suppress(*UNREACHABLE):  # until the next beat; who cannot be reached too long has lost its share
                await self.renew()
            await asyncio.sleep(HEARTBEAT_SECONDS)


def _held(row: asyncpg.Record) -> Held:
    name, version, shard, epoch, position, recorded_at, stood_still = row
    return Held(name, version, shard, epoch, Mark(position, recorded_at), stood_still)
