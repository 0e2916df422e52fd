"""What was acknowledged is in the log, whoever is killed with signal 9 in the middle of load."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from daybook.embedded import Server
from tests.support.checking import bound, broken_rule, disagreements
from tests.support.load import Load
from tests.support.service import Scene, Service, migrated, service_on

pytestmark = pytest.mark.asyncio(loop_scope="session")

KILLS = [2, pytest.param(50, marks=pytest.mark.nightly)]
ANSWERS_BETWEEN_KILLS = 100
# Commits are on disk when the log's writer process has its turn, not before they are acknowledged.
FORGETFUL = {"synchronous_commit": "off", "wal_writer_delay": "10s", "wal_writer_flush_after": "1GB"}


@pytest.fixture(scope="module")
def mortal(folder: Path) -> Iterator[Server]:
    """A durable PostgreSQL that may be killed."""
    with migrated(folder / "mortal") as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pair(mortal: Server, folder: Path) -> AsyncIterator[Service]:
    """Two API processes that may be killed."""
    async with service_on(mortal, folder, processes=2) as service:
        yield service


@pytest.fixture
def forgetful(folder: Path) -> Iterator[Server]:
    """A PostgreSQL that acknowledges before it is sure."""
    with migrated(folder / "forgetful", **FORGETFUL) as server:
        yield server


async def losses(service: Service, load: Load) -> list[object]:
    """List all that speaks against the promise."""
    return [
        *await load.changed(),
        *await disagreements(service.url, load.answers),
        *filter(None, [await broken_rule(service.url)]),
    ]


@pytest.mark.parametrize("kills", KILLS)
async def test_a_killed_api_process_loses_nothing_it_acknowledged(pair: Service, kills: int) -> None:
    """Every yes is in the log once, no refusal is, and what nobody answered is settled by asking again."""
    async with Load(pair, await Scene.open(pair)) as load:
        for number in range(kills):
            await load.progress(ANSWERS_BETWEEN_KILLS)
            pair.apis[number % 2].kill()
            await pair.restart(number % 2)
        await load.progress(ANSWERS_BETWEEN_KILLS)

    assert load.retried, "no kill hit a command"
    assert await losses(pair, load) == [], f"{bound(kills)}, {bound(len(load.answers))}"


@pytest.mark.parametrize("kills", KILLS)
async def test_a_killed_postgres_loses_nothing_it_acknowledged(mortal: Server, pair: Service, kills: int) -> None:
    """The API processes live on, and every answer they gave is in the log once the server is back."""
    async with Load(pair, await Scene.open(pair)) as load:
        for _ in range(kills):
            await load.progress(ANSWERS_BETWEEN_KILLS)
            mortal.kill()
            await asyncio.to_thread(mortal.start)
        await load.progress(ANSWERS_BETWEEN_KILLS)

    assert await losses(pair, load) == [], f"{bound(kills)}, {bound(len(load.answers))}"


async def test_without_waiting_for_the_disk_a_killed_postgres_does_lose_some(forgetful: Server, folder: Path) -> None:
    """The same load finds out a database that acknowledges too early."""
    async with service_on(forgetful, folder) as service:
        async with Load(service, await Scene.open(service)) as load:
            await load.progress(ANSWERS_BETWEEN_KILLS)
            forgetful.kill()
            service.apis[0].kill()
            await asyncio.to_thread(forgetful.start)
            await service.restart(0)

        assert await disagreements(service.url, load.answers) != []
