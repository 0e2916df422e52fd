"""A process that is told to stop answers what it has taken on, and ends."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from daybook.embedded import Server
from tests.events.postgres.looking import owner, until, waits_for_the_lane
from tests.support.checking import bound, disagreements
from tests.support.forking import Api
from tests.support.service import Answer, Sent, Service, harmless, service_on

pytestmark = pytest.mark.asyncio(loop_scope="session")

ENDING, STAYING = 0, 1
CLIENTS = 16
ANSWERS = 100
STOPS = [2, pytest.param(100, marks=pytest.mark.nightly)]
HEAD = "select max(last_position) from daybook.block"
STOP_SECONDS = 10.0
HALF_A_REQUEST = (
    "POST /v1/commands/open-city HTTP/1.1\r\nHost: daybook\r\nAuthorization: {authorization}\r\n"
    "Idempotency-Key: half\r\nContent-Length: 100\r\n\r\n{{"
)


class Crowd:
    """Clients of one process, each on a connection it keeps, who ask until nobody answers any more."""

    def __init__(self, service: Service) -> None:
        """Nobody has asked yet."""
        self.answers: list[Answer] = []
        self.unanswered: list[Sent] = []
        self._service = service
        self._enough = asyncio.Event()

    async def ask(self) -> None:
        """Let all of them ask at the same time, until the end."""
        await asyncio.gather(*(self._ask() for _ in range(CLIENTS)))

    async def busy(self) -> None:
        """Wait until all are in full swing."""
        await self._enough.wait()

    async def _ask(self) -> None:
        while True:
            sent = harmless()
            try:
                self.answers.append(await self._service.send(sent, ENDING))
            except httpx.TransportError:
                self.unanswered.append(sent)
                return
            if len(self.answers) >= ANSWERS:
                self._enough.set()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pair(cluster: Server, folder: Path) -> AsyncIterator[Service]:
    """A process that is ended again and again, and one that stays."""
    async with service_on(cluster, folder, processes=2) as service:
        yield service


async def revive(service: Service) -> None:
    """Start the process that ends again, if it has ended."""
    if not service.apis[ENDING].is_running:
        await service.restart(ENDING)


async def crowd_until(end: Callable[[Api], None], service: Service) -> tuple[Crowd, int]:
    """Let a crowd ask a process, end it in the middle of that; return the crowd, and the exit code."""
    await revive(service)
    crowd = Crowd(service)
    asking = asyncio.create_task(crowd.ask())
    await crowd.busy()
    end(service.apis[ENDING])
    await asking
    return crowd, await service.apis[ENDING].ended(STOP_SECONDS)


async def dropped(service: Service, crowd: Crowd) -> list[Sent]:
    """List what the process had taken on and never answered: the other process answers it with a replay."""
    again = [await service.send(each, STAYING) for each in crowd.unanswered]
    return [answer.sent for answer in again if answer.replayed]


@pytest.mark.parametrize("stops", STOPS)
async def test_an_api_process_that_is_told_to_stop_drops_nothing(pair: Service, stops: int) -> None:
    """What it has taken on is answered, what is not answered was never taken on; it ends with 0 within ten seconds."""
    for _ in range(stops):
        crowd, code = await crowd_until(Api.terminate, pair)

        assert code == 0, bound(stops)
        assert {answer.outcome for answer in crowd.answers} == {"accepted"}, bound(stops)
        assert await dropped(pair, crowd) == [], bound(stops)
        assert await disagreements(pair.url, crowd.answers) == [], bound(stops)


async def test_a_client_that_never_finishes_does_not_keep_a_process_from_ending(pair: Service) -> None:
    """A request of which half has come is waited for, but not for ever."""
    await revive(pair)
    client = pair.clients[ENDING]
    head = HALF_A_REQUEST.format(authorization=client.headers["Authorization"])
    _, sink = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    sink.write(head.encode())
    await sink.drain()

    pair.apis[ENDING].terminate()

    assert await pair.apis[ENDING].ended(STOP_SECONDS) == 0
    sink.close()


async def test_streams_are_ended_by_a_process_that_is_told_to_stop(pair: Service) -> None:
    """Their clients see the end of an answer, not a connection that breaks; nobody waits for them to leave."""
    await revive(pair)
    client = pair.clients[ENDING]
    async with (
        client.stream("GET", "/v1/stream", params={"topics": "directory"}) as changes,
        client.stream("GET", "/v1/events", headers={"Accept": "text/event-stream"}) as feed,
    ):
        hearing = [each.aiter_raw() for each in (changes, feed)]
        await pair.accepted("define-test", **harmless().body)
        begun = [await anext(each) for each in hearing]
        pair.apis[ENDING].terminate()
        rest = [[piece async for piece in each] for each in hearing]

    assert [b"event: " in each for each in begun] == [True, True]
    assert len(rest) == len(hearing)
    assert await pair.apis[ENDING].ended(STOP_SECONDS) == 0


async def test_an_api_process_that_is_killed_drops_some(pair: Service) -> None:
    """An end without draining leaves a command unanswered that is in the log; the tests above would see it.

    Its append is held back until the process is frozen, so that it is written and cannot be answered.
    """
    await revive(pair)
    crowd = Crowd(pair)
    async with owner(pair.url) as watching:
        async with owner(pair.url) as holding, holding.transaction():
            await holding.execute("select pg_advisory_xact_lock(4711)")  # the lane that every append needs
            asking = asyncio.create_task(crowd.ask())
            await until(lambda: waits_for_the_lane(watching, "daybook append"))
            before = await watching.fetchval(HEAD)
            os.kill(pair.apis[ENDING].pid, signal.SIGSTOP)

        async def is_written() -> bool:
            return bool(await watching.fetchval(HEAD) > before)

        await until(is_written)
    pair.apis[ENDING].kill()
    await asking

    assert await dropped(pair, crowd) != []
