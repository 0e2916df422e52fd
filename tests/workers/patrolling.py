"""A log to patrol, a patrol at work, and what it has noted so far."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

from daybook.metrics import Metrics
from events.log import Log
from tests.events.attempts import attempt, fact, settle, write
from tests.events.postgres.looking import owner, until
from workers.patrol import Patrol


class Noted(NamedTuple):
    """The checkpoint of the patrol."""

    position: int
    fault: str | None


async def three_blocks(log: Log) -> None:
    """Write blocks that end at 1, 3 and 5; the second holds two commands."""
    await write(log, fact("a"))
    await settle(log, attempt(fact("a", "b", data=b'{"n":2}')), attempt(fact("a", "c", data=b'{"n":3}')))
    await write(log, fact("d"), fact("e"))


async def forge(url: str, statement: str) -> None:
    """Alter the log as a superuser who has switched off the triggers."""
    async with owner(url) as connection:
        await connection.execute("set session_replication_role = replica")
        assert not (await connection.execute(statement)).endswith(" 0")


@asynccontextmanager
async def at_work(log: Log, url: str, metrics: Metrics | None = None) -> AsyncIterator[None]:
    """Patrol meanwhile."""
    patrol = asyncio.create_task(Patrol(log, url, metrics or Metrics()).run())
    try:
        yield
        assert not patrol.done()
    finally:
        patrol.cancel()
        with suppress(asyncio.CancelledError):
            await patrol


async def noted(url: str) -> Noted | None:
    """What stands in the checkpoint; None if there is none yet."""
    async with owner(url) as connection:
        row = await connection.fetchrow("select last_position, fault from workers.patrol")
    return None if row is None else Noted(*row)


async def reached(url: str, position: int) -> None:
    """Wait until the patrol has found the log whole up to a position."""

    async def is_there() -> bool:
        return await noted(url) == Noted(position, None)

    await until(is_there)


async def fault(url: str) -> Noted:
    """Wait until the patrol stands still; return what it noted."""
    found: list[Noted] = []

    async def stands_still() -> bool:
        now = await noted(url)
        if now is not None and now.fault is not None:
            found.append(now)
        return bool(found)

    await until(stands_still)
    return found[0]
