"""The open loop of the bench."""

import asyncio
from asyncio import StreamReader, StreamWriter

from bench.load import get
from bench.pacing import Pace, keep
from tests.bench.a_server import a_server

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
RATE = 100.0
STALL_SECONDS = 0.3


async def test_a_server_that_stalls_delays_every_request_that_was_due_meanwhile() -> None:
    """Latencies count from when requests were due: one slow answer shows in all that had to wait behind it."""

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read(65_536)
        await asyncio.sleep(STALL_SECONDS)
        writer.write(OK)
        while await reader.read(65_536):
            writer.write(OK)

    async with a_server(serve) as port:
        outcome = await keep(Pace(port, 1, RATE, [get("/", "token")] * 10))

    assert outcome.statuses == {200: 10}
    assert min(outcome.latencies) > (STALL_SECONDS - 9 / RATE) * 1_000
    assert max(outcome.latencies) >= STALL_SECONDS * 1_000


async def test_requests_do_not_wait_for_answers() -> None:
    """With connections to spare each is sent in its time, although none before it was answered."""
    asked: list[bytes] = []
    all_asked = asyncio.Event()

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        asked.append(await reader.read(65_536))
        if len(asked) == 5:
            all_asked.set()
        await all_asked.wait()
        writer.write(OK)
        await reader.read()

    async with a_server(serve) as port:
        outcome = await asyncio.wait_for(keep(Pace(port, 5, RATE, [get("/", "token")] * 5)), 10.0)

    assert outcome.statuses == {200: 5}
