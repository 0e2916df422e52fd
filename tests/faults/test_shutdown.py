"""A process that is told to stop answers what it has taken on, and ends."""

import asyncio
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from daybook.embedded import Server
from tests.support.checking import bound, disagreements
from tests.support.processes import Api
from tests.support.service import Answer, Scene, Sent, Service, service_on

pytestmark = pytest.mark.asyncio(loop_scope="session")

CLIENTS = 16
ANSWERS = 100
STOPS = [2, pytest.param(100, marks=pytest.mark.nightly)]
MOST_KILLS = 10
STOP_SECONDS = 10.0


class Crowd:
    """Clients of one process, each on a connection it keeps, who ask until nobody answers any more."""

    def __init__(self, service: Service, scene: Scene, to: int) -> None:
        """Nobody has asked yet."""
        self.answers: list[Answer] = []
        self.unanswered: list[Sent] = []
        self._service = service
        self._scene = scene
        self._to = to
        self._enough = asyncio.Event()

    async def ask(self) -> None:
        """Let all of them ask at the same time, until the end."""
        await asyncio.gather(*(self._ask() for _ in range(CLIENTS)))

    async def busy(self) -> None:
        """Wait until all are in full swing."""
        await self._enough.wait()

    async def _ask(self) -> None:
        while True:
            sent = self._scene.slot(str(uuid4()))
            try:
                self.answers.append(await self._service.send(sent, self._to))
            except httpx.TransportError:
                self.unanswered.append(sent)
                return
            if len(self.answers) >= ANSWERS:
                self._enough.set()


async def crowd_until_the_end(service: Service, how: str) -> Crowd:
    """Start a process, let a crowd ask it, end it in the middle of that; return the crowd."""
    crowd = Crowd(service, await Scene.open(service), len(service.apis))
    await service.start(None)
    asking = asyncio.create_task(crowd.ask())
    await crowd.busy()
    end = getattr(service.apis[-1], how)
    end()
    await asking
    return crowd


async def dropped(service: Service, crowd: Crowd) -> list[Sent]:
    """List what the process had taken on and never answered: asking somebody else again is answered with a replay."""
    again = [await service.send(each) for each in crowd.unanswered]
    return [answer.sent for answer in again if answer.replayed]


@pytest.mark.parametrize("stops", STOPS)
async def test_an_api_process_that_is_told_to_stop_drops_nothing(service: Service, stops: int) -> None:
    """What it has taken on is answered, what is not answered was never taken on; it ends with 0 within ten seconds."""
    for _ in range(stops):
        crowd = await crowd_until_the_end(service, "terminate")

        assert await service.apis[-1].ended(STOP_SECONDS) == 0, bound(stops)
        assert {answer.outcome for answer in crowd.answers} == {"accepted"}, bound(stops)
        assert await dropped(service, crowd) == [], bound(stops)
        assert await disagreements(service.url, crowd.answers) == [], bound(stops)


async def test_an_api_process_that_is_killed_drops_some(service: Service) -> None:
    """The crowd is such that an end without draining leaves commands unanswered that are in the log."""
    found: list[Sent] = []
    for _ in range(MOST_KILLS):
        if not found:
            found = await dropped(service, await crowd_until_the_end(service, "kill"))

    assert found
