"""The server process: raw HTTP, and an end without loss."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from api.server import NOT_STARTED
from commands.actor import Role
from tests.api.world import World
from tests.support.forking import Api

PLAIN = b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
NONSENSE = [
    b"\x00\x01\x02\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n",
    b"POST /v1/commands HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /v1/commands HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\nhost: a\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n",
    b"POST /v1/commands HTTP/1.1\r\nhost: a\r\ncontent-length: 99\r\n\r\n{",
]

START_SECONDS = 60
EXIT_SECONDS = 10
QUIET_SECONDS = 0.2


class Served:
    """A server process and where it listens."""

    def __init__(self, process: Api, port: int) -> None:
        """It listens already."""
        self.process = process
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    async def stop(self) -> int:
        """Ask it to end, and wait until it has."""
        self.process.terminate()
        return await self.process.ended(EXIT_SECONDS)

    async def say(self, said: bytes) -> bytes:
        """Send bytes that may be no HTTP at all, and read what comes back until the connection is closed or quiet."""
        return await self._heard(said, QUIET_SECONDS)

    async def ask(self) -> bytes:
        """Send a request after which the connection is closed, and read the answer."""
        return await self._heard(PLAIN, START_SECONDS)

    async def _heard(self, said: bytes, seconds: float) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        heard = b""
        with suppress(TimeoutError, ConnectionError):
            writer.write(said)
            await writer.drain()
            async with asyncio.timeout(seconds):
                while chunk := await reader.read(65_536):
                    heard += chunk
        writer.close()
        return heard


@asynccontextmanager
async def serving(database_url: str, folder: Path) -> AsyncIterator[Served]:
    """A server process that is ready."""
    process = Api(database_url, folder / "api.log")
    try:
        served = Served(process, await process.listening())
        async with httpx.AsyncClient(base_url=served.url) as client, asyncio.timeout(START_SECONDS):
            while (await client.get("/readyz")).status_code != 200:  # noqa: ASYNC110  another process tells nobody
                await asyncio.sleep(0.02)
        yield served
    finally:
        process.kill()


@pytest.fixture
async def served(database_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    """A server process on a database of its own."""
    async with serving(database_url, tmp_path) as made:
        yield made


async def test_it_tells_nothing_of_itself(served: Served) -> None:
    """No answer names the software or the clock it runs by."""
    async with httpx.AsyncClient(base_url=served.url) as client:
        response = await client.get("/healthz")

    assert "server" not in response.headers
    assert "date" not in response.headers


async def test_what_is_no_http_does_no_harm(served: Served) -> None:
    """Nonsense is refused or cut off, never a 5xx, and the next request is answered."""
    for said in NONSENSE:
        heard = await served.say(said)

        assert not heard.startswith(b"HTTP/1.1 5"), said
        assert b"Traceback" not in heard, said
        assert b" 200 " in await served.ask(), said


async def test_it_ends_with_zero(served: Served) -> None:
    """SIGTERM ends it within its time and without an error, idle connections or not."""
    async with httpx.AsyncClient(base_url=served.url) as client:
        await client.get("/healthz")

        assert await served.stop() == 0


async def test_it_says_that_it_cannot_listen(served: Served, database_url: str, tmp_path: Path) -> None:
    """A second server at the same address ends with an error."""
    second = Api(database_url, tmp_path / "second.log", DAYBOOK_PORT=str(served.port))

    assert await second.ended() == NOT_STARTED


async def test_what_it_took_on_is_settled_before_it_ends(
    served: Served, database_url: str, tokens: dict[Role, str], tmp_path: Path
) -> None:
    """Every command that was answered while the server was told to end is found by the next process."""
    async with httpx.AsyncClient(base_url=served.url) as client:
        world = World(client, tokens, str(uuid4()))
        await world.open()
        sending = [asyncio.create_task(world.send("publish-slot", world.slot_body(), key=f"k{n}")) for n in range(50)]
        await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)

        assert await served.stop() == 0
        settled = [
            task.result().json()["position"]
            for task in sending
            if task.done() and not task.cancelled() and task.exception() is None
        ]

    async with serving(database_url, tmp_path) as next_one, httpx.AsyncClient(base_url=next_one.url) as client:
        feed = await client.get("/v1/events?limit=200", headers={"Authorization": f"Bearer {tokens['auditor']}"})
        assert settled
        assert set(settled) <= {event["position"] for event in json.loads(feed.content)["items"]}


async def test_a_second_signal_does_no_harm(served: Served) -> None:
    """Impatience does not turn a clean end into a crash."""
    served.process.terminate()

    assert await served.stop() == 0
