"""A port for Prometheus, for processes that have no other: `/metrics` and `/healthz`, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Final

from daybook.metrics import CONTENT_TYPE

MOST_BYTES: Final = 8_192
MOST_SECONDS: Final = 5.0

_ALIVE: Final = b'{"status":"alive"}'


class CannotListen(Exception):
    """The port is taken, or no such address is ours; the message is one line for the operator."""


@asynccontextmanager
async def exposed(host: str, port: int, render: Callable[[], bytes]) -> AsyncIterator[None]:
    """Answer with what `render` gives for as long as the block lasts; nobody, if the port is 0. Raises CannotListen."""
    if not port:
        yield
        return
    try:
        server = await asyncio.start_server(partial(_answer, render), host, port, limit=MOST_BYTES)
    except OSError as error:
        raise CannotListen(f"cannot listen on {host}:{port} for metrics: {error.strerror}") from error
    async with server:
        yield


async def _answer(render: Callable[[], bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request. Who sends none in time, or something else, is hung up on."""
    with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        async with asyncio.timeout(MOST_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
            writer.write(_response(head, render))
            await writer.drain()
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


def _response(head: bytes, render: Callable[[], bytes]) -> bytes:
    method, _, rest = head.partition(b" ")
    path = rest.partition(b" ")[0].partition(b"?")[0]
    if method != b"GET":
        return _message("405 Method Not Allowed", b"", "text/plain", "Allow: GET\r\n")
    match path:
        case b"/metrics":
            return _message("200 OK", render(), CONTENT_TYPE)
        case b"/healthz":
            return _message("200 OK", _ALIVE, "application/json")
        case _:
            return _message("404 Not Found", b"", "text/plain")


def _message(status: str, body: bytes, media_type: str, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n{more}"
    return f"{head}Connection: close\r\n\r\n".encode() + body
