"""Connections that queries share: lent, given back in whatever way, and replaced when they are lost."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import literal, select, text

from daybook import engine as engine_module
from daybook.database import UNREACHABLE
from daybook.engine import Engine, open_engine
from daybook.metrics import Metrics
from daybook.watching import DatabaseWatch
from tests.events.postgres.looking import PATIENCE, backends, owner, until

SESSION = select(text("pg_backend_pid()"))
NAME = "daybook query"


def watch() -> DatabaseWatch:
    """Nobody looks at the figures."""
    return DatabaseWatch(Metrics())


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[Engine]:
    """An engine of one connection."""
    async with open_engine(database_url, 1, watch()) as opened:
        yield opened


async def session(engine: Engine) -> int:
    """Use a connection; return the process id of its session."""
    async with engine.connect() as connection:
        return int(await connection.fetchval(SESSION))


async def test_one_row_one_value_or_nothing(engine: Engine) -> None:
    """What is not there is None."""
    nothing = select(literal(1).label("one")).where(text("false"))

    async with engine.connect() as connection:
        found = await connection.fetchrow(select(literal(1).label("one"), literal("a").label("two")))
        empty = await connection.fetchrow(nothing), await connection.fetchval(nothing), await connection.fetch(nothing)

    assert found is not None
    assert (found.one, found.two) == (1, "a")
    assert empty == (None, None, [])


async def test_nothing_is_opened_before_it_is_needed() -> None:
    """The engine of a server that is not there can be opened and closed; a query is an outage."""
    async with open_engine("postgresql://nobody@/nowhere?host=/nowhere", 1, watch()) as engine:
        with pytest.raises(UNREACHABLE):
            await session(engine)


async def test_connection_is_kept_and_prepared_once(database_url: str) -> None:
    """One use after another has the same one, and finds it as it was prepared: nobody resets it."""
    prepared = 0

    async def prepare(connection: asyncpg.Connection) -> None:
        nonlocal prepared
        prepared += 1
        await connection.execute("set application_name = 'prepared'")

    async with open_engine(database_url, 1, watch(), prepare=prepare) as engine:
        sessions = {await session(engine) for _ in range(3)}
        async with engine.connect() as connection:
            name = await connection.fetchval(select(text("current_setting('application_name')")))

    assert (prepared, len(sessions), name) == (1, 1, "prepared")


async def test_query_that_is_cancelled_leaves_the_connection_to_the_next(engine: Engine, database_url: str) -> None:
    """However often: with each that was lost there would be one fewer."""
    async with owner(database_url) as watching:

        async def sleeps() -> bool:
            waiting = "select exists (select from pg_stat_activity where pid = any($1) and wait_event = 'PgSleep')"
            return bool(await watching.fetchval(waiting, await backends(watching, NAME)))

        for _ in range(3):
            asking = asyncio.create_task(_sleep(engine))
            await until(sleeps)
            asking.cancel()
            await asyncio.wait([asking])

            assert await asyncio.wait_for(session(engine), PATIENCE)
        left = await backends(watching, NAME)

    assert len(left) == 1


async def test_who_is_cancelled_while_waiting_takes_nothing_along(engine: Engine) -> None:
    """The connection goes to the next one."""
    async with engine.connect():
        waiting = asyncio.create_task(session(engine))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])

    assert await asyncio.wait_for(session(engine), PATIENCE)


async def test_lost_connection_is_replaced(engine: Engine, database_url: str) -> None:
    """Whoever has it is told of an outage; the next one has another."""
    before = await session(engine)
    async with owner(database_url) as watching:
        await watching.execute("select pg_terminate_backend($1, 10000)", before)
    try:
        after = await session(engine)
    except UNREACHABLE:
        after = await session(engine)

    assert after != before


async def test_wait_for_a_connection_is_bounded(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who gets none is told of an outage."""
    async with engine.connect():
        monkeypatch.setattr(engine_module, "CONNECT_SECONDS", 0.01)

        with pytest.raises(TimeoutError):
            await session(engine)


async def _sleep(engine: Engine) -> None:
    async with engine.connect() as connection:
        await connection.fetch(text("select pg_sleep(60)"))
