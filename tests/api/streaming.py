"""Reading streams of server-sent events, as composed and over ASGI."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from litestar import Litestar

from tests.events.postgres.looking import PATIENCE

SSE = {"Accept": "text/event-stream"}


class Message(NamedTuple):
    """One message; a sign of life has neither event nor data."""

    id: int
    event: str | None
    data: Any


def parse(chunk: bytes) -> list[Message]:
    """Take apart what was sent: whole messages."""
    assert chunk.endswith(b"\n\n")
    return [_parse(block.decode()) for block in chunk.removesuffix(b"\n\n").split(b"\n\n")]


class Stream:
    """One request that is answered with a stream. The client takes one piece at a time, and only when it is told to."""

    def __init__(self, app: Litestar, address: str, headers: Mapping[str, str]) -> None:
        """Nothing is asked yet."""
        self.status = 0
        self.headers: dict[str, str] = {}
        self._app = app
        self._scope = _scope(address, headers)
        self._sent = asyncio.Queue[dict[str, Any]](maxsize=1)
        self._has_left = asyncio.Event()
        self._asked = False
        self._messages: list[Message] = []

    async def __aenter__(self) -> Self:
        """Ask, and wait for the head of the answer."""
        self._answering = asyncio.create_task(self._app(self._scope, self._receive, self._sent.put))  # type: ignore[arg-type]  # plain dictionaries
        head = await self._next()
        self.status = head["status"]
        self.headers = {name.decode(): value.decode() for name, value in head["headers"]}
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave, and see the answer end."""
        self._has_left.set()
        async with asyncio.timeout(PATIENCE):
            while not self._answering.done():
                with suppress(asyncio.QueueEmpty):
                    self._sent.get_nowait()
                await asyncio.sleep(0)
        await self._answering

    async def read(self) -> Message:
        """Take the next message that says something."""
        async with asyncio.timeout(PATIENCE):
            while (message := await self.read_any()).event is None:
                pass
        return message

    async def read_any(self) -> Message:
        """Take the next message, signs of life included."""
        while not self._messages:
            self._messages = parse((await self._next())["body"])
        return self._messages.pop(0)

    async def ended(self) -> bool:
        """Read to the end; return whether the answer is complete."""
        while (piece := await self._next()).get("more_body"):
            pass
        await self._answering
        return not piece["body"]

    async def _next(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            return await self._sent.get()

    async def _receive(self) -> dict[str, Any]:
        if self._asked:
            await self._has_left.wait()
            return {"type": "http.disconnect"}
        self._asked = True
        return {"type": "http.request", "body": b"", "more_body": False}


@asynccontextmanager
async def composed(messages: AsyncIterator[bytes]) -> AsyncIterator[AsyncIterator[Message]]:
    """Messages as they are composed, without HTTP."""

    async def one_by_one() -> AsyncIterator[Message]:
        async for chunk in messages:
            for message in parse(chunk):
                yield message

    reading = one_by_one()
    try:
        yield reading
    finally:
        await reading.aclose()  # type: ignore[attr-defined]
        await messages.aclose()  # type: ignore[attr-defined]


def _parse(block: str) -> Message:
    fields: dict[str, str] = {}
    for line in block.split("\n"):
        name, _, value = line.partition(":")
        if name:
            assert name not in fields
            fields[name] = value.removeprefix(" ")
    assert fields.keys() in ({"id"}, {"id", "event", "data"})
    return Message(int(fields["id"]), fields.get("event"), json.loads(fields.get("data", "null")))


def _scope(address: str, headers: Mapping[str, str]) -> dict[str, Any]:
    parts = urlsplit(address)
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "root_path": "",
        "query_string": parts.query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("daybook.test", 80),
    }
