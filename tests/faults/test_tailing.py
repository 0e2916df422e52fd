"""Whoever follows the log misses nothing, while two API processes write all they can.

That such a reader does miss events without the lane is shown beside the log: tests/events/postgres/test_order.py.
"""

import asyncio

import pytest

from events.postgres import open_log
from tests.support.checking import bound
from tests.support.service import Service, harmless
from tests.support.tailing import tail

pytestmark = pytest.mark.asyncio(loop_scope="session")

APPENDERS = 16
COMMANDS = [25, pytest.param(6_000, marks=pytest.mark.nightly)]


async def followed(service: Service, commands: int) -> tuple[list[int], list[int]]:
    """Append by HTTP while a reader follows; return what the log holds of it, and what the reader saw."""
    finished = asyncio.Event()
    async with open_log(service.url) as log:
        start = await log.head()
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(tail(log, start, finished))
            await asyncio.gather(*(_append(service, number, commands) for number in range(APPENDERS)))
            finished.set()
        return [event.position async for event in log.read(after=start)], reading.result()


async def _append(service: Service, number: int, commands: int) -> None:
    for _ in range(commands):
        answer = await service.send(harmless(), number % len(service.apis))
        assert answer.outcome == "accepted", answer


@pytest.mark.parametrize("commands", COMMANDS)
async def test_a_reader_behind_two_processes_misses_nothing(service: Service, commands: int) -> None:
    """16 appenders over HTTP; the reader sees every position once, in order, without a gap."""
    written, seen = await followed(service, commands)

    n = APPENDERS * commands
    assert len(written) == n, bound(n)
    assert seen == written == list(range(written[0], written[0] + n)), bound(n)
