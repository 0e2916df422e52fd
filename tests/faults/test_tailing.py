"""Whoever follows the log misses nothing, while two API processes write all they can."""

import asyncio
from pathlib import Path

import pytest

from daybook.embedded import Server
from events.log import Log
from events.postgres import open_log
from tests.events.postgres.two_lanes import tear_down_the_lane
from tests.support.checking import bound
from tests.support.service import Service, harmless, service_on

pytestmark = pytest.mark.asyncio(loop_scope="session")

APPENDERS = 16
COMMANDS = [25, pytest.param(6_000, marks=pytest.mark.nightly)]
# With the lane torn down a batch has room for ten events.
FEW_APPENDERS = 8
MOST_TRIES = 20


async def tail(log: Log, after: int, finished: asyncio.Event) -> list[int]:
    """Follow the log in the plainest way there is: on from the last position seen."""
    seen: list[int] = []
    while True:
        last_look = finished.is_set()
        news = [event.position async for event in log.read(after=seen[-1] if seen else after)]
        seen += news
        if last_look and not news:
            return seen
        await log.wait(seen[-1] if seen else after, 0.05)


async def followed(service: Service, appenders: int, commands: int) -> tuple[list[int], list[int]]:
    """Append by HTTP while a reader follows; return what the log holds of it, and what the reader saw."""
    finished = asyncio.Event()
    async with open_log(service.url) as log:
        start = await log.head()
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(tail(log, start, finished))
            await asyncio.gather(*(_append(service, number, commands) for number in range(appenders)))
            finished.set()
        return [event.position async for event in log.read(after=start)], reading.result()


async def _append(service: Service, number: int, commands: int) -> None:
    for _ in range(commands):
        answer = await service.send(harmless(), number % len(service.apis))
        assert answer.outcome == "accepted", answer


@pytest.mark.parametrize("commands", COMMANDS)
async def test_a_reader_behind_two_processes_misses_nothing(service: Service, commands: int) -> None:
    """16 appenders over HTTP; the reader sees every position once, in order, without a gap."""
    written, seen = await followed(service, APPENDERS, commands)

    n = APPENDERS * commands
    assert len(written) == n, bound(n)
    assert seen == written == list(range(written[0], written[0] + n)), bound(n)


async def test_with_two_lanes_the_same_reader_misses_events(cluster: Server, folder: Path) -> None:
    """Two processes that number their events without the lane lose some for whoever follows."""
    async with service_on(cluster, folder, processes=2) as service:
        await tear_down_the_lane(service.url)

        missed = set[int]()
        for _ in range(MOST_TRIES):
            if not missed:
                written, seen = await followed(service, FEW_APPENDERS, 25)
                missed = set(written) - set(seen)

        assert missed
