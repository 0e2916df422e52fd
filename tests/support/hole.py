"""A way to a server on a Unix socket that can turn into a black hole: it takes everything, and nothing comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path


class Hole:
    """Made by `hole_before`; passes everything on while it is not open. `bytes_taken` counts all that came."""

    def __init__(self, upstream: Path) -> None:
        """`upstream` is the socket of the server."""
        self.is_open = False
        self.bytes_taken = 0
        self._upstream = upstream

    async def serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        """Carry one connection, until either side ends it."""
        with closing(to_client), suppress(OSError):
            server, to_server = await asyncio.open_unix_connection(self._upstream)
            with closing(to_server):
                directions = [
                    asyncio.create_task(self._carry(client, to_server)),
                    asyncio.create_task(self._carry(server, to_client)),
                ]
                try:
                    await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for each in directions:
                        each.cancel()
                    await asyncio.gather(*directions, return_exceptions=True)

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(1 << 16):
            self.bytes_taken += len(data)
            if not self.is_open:
                sink.write(data)
                await sink.drain()


@asynccontextmanager
async def hole_before(upstream: Path, path: Path) -> AsyncIterator[Hole]:
    """Listen on a socket on behalf of a server."""
    hole = Hole(upstream)
    connections = set[asyncio.Task[None]]()

    def begin(client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(hole.serve(client, to_client))
        connections.add(connection)
        connection.add_done_callback(connections.discard)

    async with await asyncio.start_unix_server(begin, path):
        yield hole
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
