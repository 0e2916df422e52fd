"""Waking readers: a hint after the fact, never part of the append, and never relied upon."""

import asyncio

import asyncpg

from daybook.metrics import Metrics
from daybook.notifications import Announcer, Listener, Watermark
from daybook.watching import DatabaseWatch
from events.postgres import open_log
from events.postgres.log import CHANNEL, PostgresLog
from tests.events.attempts import fact, write
from tests.events.postgres.looking import APPEND_ONE, PATIENCE, backends, owner, until


async def test_an_append_notifies_nobody(database_url: str) -> None:
    """The append itself sends nothing on any channel: a NOTIFY in it would have commits wait for one another."""
    heard: list[object] = []
    async with owner(database_url) as listening, owner(database_url) as appending:
        await listening.add_listener(CHANNEL, lambda *_: heard.append(_[-1]))

        await appending.fetch(APPEND_ONE)
        await appending.execute("select pg_notify($1, 'the end')", CHANNEL)

        async def all_heard() -> bool:
            return "the end" in heard

        await until(all_heard)
        functions = await appending.fetch("select prosrc from pg_proc where pronamespace = 'daybook'::regnamespace")

    assert heard == ["the end"]
    assert not any("notify" in row[0].lower() for row in functions)


async def test_another_process_is_woken(database_url: str) -> None:
    """Who waits on one log is woken by what is appended through another."""
    async with open_log(database_url) as here, open_log(database_url) as there:
        waiting = asyncio.create_task(here.wait(0, PATIENCE * 2))

        await write(there, fact("a"))

        assert await asyncio.wait_for(waiting, PATIENCE) == 1


async def test_an_append_is_announced(database_url: str) -> None:
    """A listener hears of an append without looking for it."""
    heard = Watermark()
    async with owner(database_url) as watching, Listener(database_url, {CHANNEL: heard}):
        await until(lambda: listens(watching))

        async with open_log(database_url) as log:
            await write(log, fact("a"))

            assert await heard.beyond(0, PATIENCE) == 1


async def test_a_lost_hint_is_made_up_for(database_url: str) -> None:
    """Who waits finds out even where nobody announced anything."""
    async with (
        asyncpg.create_pool(database_url, min_size=0, max_size=1) as pool,
        Announcer(database_url, CHANNEL) as announcer,
    ):
        deaf = PostgresLog(database_url, pool, announcer, Watermark(), DatabaseWatch(Metrics()))
        waiting = asyncio.create_task(deaf.wait(0, PATIENCE * 2))

        async with owner(database_url) as appending:
            await appending.fetch(APPEND_ONE)

        assert await asyncio.wait_for(waiting, PATIENCE) == 1


async def listens(watching: asyncpg.Connection) -> bool:
    """Tell whether a listener is at rest, all its channels taken."""
    return bool(
        await watching.fetchval(
            "select exists (select from pg_stat_activity"
            " where pid = any ($1) and state = 'idle' and query like 'LISTEN%')",
            await backends(watching, "daybook listen"),
        )
    )
