"""A server on a port, for clients of the bench."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bench.load import HOST


@asynccontextmanager
async def a_server(serve: Callable[[StreamReader, StreamWriter], Awaitable[None]]) -> AsyncIterator[int]:
    """Have every connection served until it is done; at the end nobody is left."""
    serving: list[asyncio.Task[None]] = []

    async def until_done(reader: StreamReader, writer: StreamWriter) -> None:
        await serve(reader, writer)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(lambda *pair: serving.append(asyncio.create_task(until_done(*pair))), HOST, 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.gather(*serving)
