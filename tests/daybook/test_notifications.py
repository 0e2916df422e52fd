"""Hints from process to process: few, soon, and found again after a lost connection."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from daybook.notifications import Announcer, Listener, Watermark
from tests.events.postgres.looking import PATIENCE, owner, until

CHANNEL = "test_channel"
SOCKET = ".s.PGSQL.5432"


@pytest.fixture
async def watching(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of nobody's."""
    async with owner(database_url) as connection:
        yield connection


async def listeners(watching: asyncpg.Connection) -> list[int]:
    """Process ids of the listeners that are at rest, all their channels taken."""
    rows = await watching.fetch(
        "select pid from pg_stat_activity where datname = current_database()"
        " and application_name = 'daybook listen' and state = 'idle' and query = $1",
        f'LISTEN "{CHANNEL}"',
    )
    return [row[0] for row in rows]


async def test_a_watermark_only_rises() -> None:
    """The highest position heard of is what counts, in whatever order positions come."""
    watermark = Watermark()

    for position in (2, 5, 3):
        watermark.rise(position)

    assert watermark.position == 5


async def test_who_waits_for_more_is_woken_by_more() -> None:
    """A position that is not beyond the one waited for wakes nobody; the next one does."""
    watermark = Watermark()
    waiting = asyncio.create_task(watermark.beyond(3, PATIENCE))
    await asyncio.sleep(0)

    watermark.rise(3)
    await asyncio.sleep(0)
    still_waiting = not waiting.done()
    watermark.rise(4)

    assert still_waiting
    assert await waiting == 4


async def test_waiting_for_more_has_an_end() -> None:
    """When the time is up the position there is comes back."""
    watermark = Watermark()
    watermark.rise(3)

    assert await watermark.beyond(3, 0.01) == 3


async def test_many_positions_are_one_hint(database_url: str, watching: asyncpg.Connection) -> None:
    """What is announced in one go is one notification, with the highest position; what comes later is another."""
    heard = asyncio.Queue[object]()
    await watching.add_listener(CHANNEL, lambda *said: heard.put_nowait(said[-1]))

    async with Announcer(database_url, CHANNEL) as announcer, asyncio.timeout(PATIENCE):
        for position in (*range(1, 1_000), 7):
            announcer.announce(position)
        first = await heard.get()
        announcer.announce(1_000)
        second = await heard.get()

    assert (first, second) == ("999", "1000")


async def test_a_listener_feeds_its_watermark(database_url: str, watching: asyncpg.Connection) -> None:
    """A position that is announced reaches whoever waits for it; what is not a position is passed over."""
    watermark = Watermark()
    async with Listener(database_url, {CHANNEL: watermark}):
        await until(lambda: listeners(watching))

        await watching.execute("select pg_notify($1, 'nonsense'), pg_notify($1, '7')", CHANNEL)

        assert await watermark.beyond(0, PATIENCE) == 7


async def test_a_listener_comes_back(database_url: str, watching: asyncpg.Connection) -> None:
    """A listener whose connection was closed by the server listens again on a new one."""
    watermark = Watermark()
    async with Listener(database_url, {CHANNEL: watermark}):
        await until(lambda: listeners(watching))
        [lost] = await listeners(watching)

        await watching.execute("select pg_terminate_backend($1, 10000)", lost)
        await until(lambda: listeners(watching))
        await watching.execute("select pg_notify($1, '7')", CHANNEL)

        assert await listeners(watching) != [lost]
        assert await watermark.beyond(0, PATIENCE) == 7


async def test_an_announcer_comes_back(database_url: str, watching: asyncpg.Connection, folder: Path) -> None:
    """An announcer whose server hung up on it announces what is next, when the server is back."""
    heard = asyncio.Queue[object]()
    await watching.add_listener(CHANNEL, lambda *said: heard.put_nowait(said[-1]))
    real = Path(parse_qs(urlsplit(database_url).query)["host"][0], SOCKET)
    address = folder.parent / SOCKET
    hung_up = asyncio.Event()

    def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        hung_up.set()

    async with (
        Announcer(database_url.replace(str(real.parent), str(folder.parent)), CHANNEL) as announcer,
        asyncio.timeout(PATIENCE),
    ):
        async with await asyncio.start_unix_server(hang_up, address):
            announcer.announce(1)
            await hung_up.wait()
        address.unlink()
        address.symlink_to(real)
        announcer.announce(2)
        news = await heard.get()

    assert news == "2"
