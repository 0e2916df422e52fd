"""A lost acknowledgement is not a second fact: whoever asks again gets the first reply, byte for byte."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from daybook.embedded import Server
from tests.support.checking import bound, disagreements
from tests.support.proxy import Moment, Proxy, proxy_to
from tests.support.sabotage import forget_the_commands
from tests.support.service import Answer, Scene, Sent, Service, service_on

pytestmark = pytest.mark.asyncio(loop_scope="session")

CUTS = [20, pytest.param(2_000, marks=pytest.mark.nightly)]
THROUGH_PROXY, DIRECT = 0, 1


@asynccontextmanager
async def behind_a_proxy(cluster: Server, folder: Path) -> AsyncIterator[tuple[Service, Proxy]]:
    """Two processes, one of which reaches the database through a proxy."""
    async with service_on(cluster, folder, processes=0) as service:
        with tempfile.TemporaryDirectory(prefix="proxy-", dir=folder) as sockets:
            async with proxy_to(service.url, Path(sockets), application="daybook append") as proxy:
                await service.start(proxy.url, None)
                yield service, proxy


async def both_answers(service: Service, proxy: Proxy, sent: Sent, moment: Moment) -> tuple[Answer, Answer]:
    """Cut the append of a command; ask again through another process; then hear what the first process answers."""
    proxy.arm(moment)
    first = asyncio.create_task(service.send(sent, THROUGH_PROXY))
    await proxy.cut()
    again = await service.send(sent, DIRECT)
    proxy.let_in()
    return await first, again


async def wishes(service: Service, number: int) -> list[Sent]:
    """Book slots: every second one is free, every other one is taken, and no process takes it for anything else."""
    scene = await Scene.open(service)
    holder, *candidates = await scene.candidates(number + 1)
    (taken,) = await scene.slots(1)
    await service.accepted("book-slot", slot_id=taken, candidate_id=holder)
    slots = [each for free in await scene.slots(number // 2) for each in (free, taken)]
    return [
        Sent.new("book-slot", slot_id=slot_id, candidate_id=candidate_id)
        for slot_id, candidate_id in zip(slots, candidates, strict=True)
    ]


async def cut_appends(service: Service, proxy: Proxy, cuts: int, moment: Moment) -> list[str]:
    """Cut appends of commands that are accepted and of ones that are refused; list what speaks against the promise."""
    faults: list[str] = []
    answers: list[Answer] = []
    for sent in await wishes(service, cuts):
        first, again = await both_answers(service, proxy, sent, moment)
        if (first.status, first.body) != (again.status, again.body):
            faults.append(f"{first} was answered as {again}")
        if again.replayed != (moment is Moment.AFTER_COMMIT):
            faults.append(f"cut {moment.value}, and {again}")
        answers += [first, again]
    return faults + await disagreements(service.url, answers)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def proxied(cluster: Server, folder: Path) -> AsyncIterator[tuple[Service, Proxy]]:
    """A service whose first process reaches the database through a proxy."""
    async with behind_a_proxy(cluster, folder) as both:
        yield both


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize("cuts", CUTS)
async def test_a_retry_after_a_cut_connection_gets_the_first_reply(
    proxied: tuple[Service, Proxy], cuts: int, moment: Moment
) -> None:
    """Cut before the commit, the retry writes it; cut after it, the retry is a replay: one fact, and one reply."""
    faults = await cut_appends(*proxied, cuts, moment)

    assert faults == [], bound(cuts)


async def test_a_log_that_forgets_its_commands_answers_otherwise(cluster: Server, folder: Path) -> None:
    """The cuts are such that without the stored replies the retry is a new command."""
    async with behind_a_proxy(cluster, folder) as (service, proxy):
        await forget_the_commands(service.url)

        assert await cut_appends(service, proxy, 2, Moment.AFTER_COMMIT) != []
