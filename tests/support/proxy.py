"""A proxy between an API process and PostgreSQL, on Unix sockets, that breaks a connection at a chosen moment.

It follows the messages of PostgreSQL's protocol (version 3): one byte of type, four of length, and what they announce.
The first message of a session has no type, and names the application among its parameters.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, closing, suppress
from enum import Enum
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

EXECUTE = b"E"
READY = b"Z"


class Moment(Enum):
    """When a connection breaks, as seen by the transaction of the statement on it."""

    BEFORE_COMMIT = "before the commit"
    AFTER_COMMIT = "after the commit"


class Proxy:
    """Made by `proxy_to`; `url` leads through it to the database."""

    def __init__(self, url: str, upstream: str, application: str) -> None:
        """Pass everything on, at first; only sessions of that application are ever broken."""
        self.url = url
        self._upstream = upstream
        self._application = application.encode() + b"\0"
        self._moment: Moment | None = None
        self._cut = asyncio.Event()
        self._open = asyncio.Event()
        self._open.set()

    def arm(self, moment: Moment) -> None:
        """Break the next statement of that application, and let nobody in from then on."""
        self._moment = moment
        self._cut.clear()

    async def cut(self) -> None:
        """Wait until it has happened."""
        await self._cut.wait()

    def let_in(self) -> None:
        """Let sessions begin again."""
        self._open.set()

    async def serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        """Carry one session, until either side ends it or its moment has come."""
        with closing(to_client), suppress(OSError, asyncio.IncompleteReadError):
            await self._open.wait()
            server, to_server = await asyncio.open_unix_connection(self._upstream)
            with closing(to_server):
                hello = await _hello(client)
                to_server.write(hello)
                breakable = self._application in hello
                executing = False

                def asks(kind: bytes) -> bool:
                    nonlocal executing
                    executing = executing or kind == EXECUTE
                    return breakable and kind == EXECUTE and self._has_come(Moment.BEFORE_COMMIT)

                def answers(kind: bytes) -> bool:
                    return breakable and executing and kind == READY and self._has_come(Moment.AFTER_COMMIT)

                await _first_end(_carry(client, to_server, asks), _carry(server, to_client, answers))

    def _has_come(self, moment: Moment) -> bool:
        if self._moment is not moment:
            return False
        self._moment = None
        self._open.clear()
        self._cut.set()
        return True


@asynccontextmanager
async def proxy_to(url: str, folder: Path, *, application: str) -> AsyncIterator[Proxy]:
    """A proxy to the server of a URL, with its socket in a folder."""
    parts = urlsplit(url)
    ((host,), (port,)) = (parse_qs(parts.query)[name] for name in ("host", "port"))
    name = f".s.PGSQL.{port}"
    through = parts._replace(query=f"host={quote(str(folder))}&port={port}").geturl()
    proxy = Proxy(through, f"{host}/{name}", application)
    sessions = set[asyncio.Task[None]]()

    def begin(client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        session = asyncio.create_task(proxy.serve(client, to_client))
        sessions.add(session)
        session.add_done_callback(sessions.discard)

    async with await asyncio.start_unix_server(begin, folder / name):
        yield proxy
        for session in sessions:
            session.cancel()
        await asyncio.gather(*sessions, return_exceptions=True)


async def _hello(client: asyncio.StreamReader) -> bytes:
    head = await client.readexactly(4)
    return head + await client.readexactly(int.from_bytes(head) - 4)


async def _carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter, loses: Callable[[bytes], bool]) -> None:
    """Pass messages on until the connection ends, or one is to be lost and everything behind it."""
    while True:
        head = await source.readexactly(5)
        body = await source.readexactly(int.from_bytes(head[1:]) - 4)
        if loses(head[:1]):
            return
        sink.write(head + body)
        await sink.drain()


async def _first_end(*directions: Coroutine[None, None, None]) -> None:
    tasks = [asyncio.create_task(each) for each in directions]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
