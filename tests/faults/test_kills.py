"""What was acknowledged is in the log, whoever is killed with signal 9 in the middle of load."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from daybook.embedded import Server
from tests.support.checking import bound, broken_rule, disagreements
from tests.support.load import Load
from tests.support.service import Scene, Service, migrated, service_on

pytestmark = pytest.mark.asyncio(loop_scope="session")

KILLS = [2, pytest.param(50, marks=pytest.mark.nightly)]
ANSWERS_BETWEEN_KILLS = 150
# Commits are on disk when the log's writer process has its turn, not before they are acknowledged.
FORGETFUL = {"synchronous_commit": "off", "wal_writer_delay": "10s", "wal_writer_flush_after": "1GB"}


@pytest.fixture
def mortal(folder: Path) -> Iterator[Server]:
    """A durable PostgreSQL that may be killed."""
    with migrated(folder / "mortal") as server:
        yield server


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
async def test_a_killed_api_process_loses_nothing_it_acknowledged(cluster: Server, folder: Path, kills: int) -> None:
    """Every yes is in the log once, no refusal is, and what nobody answered is settled by asking again."""
    async with service_on(cluster, folder, processes=2) as service:
        async with Load(service, await Scene.open(service)) as load:
            for number in range(kills):
                await load.progress(ANSWERS_BETWEEN_KILLS)
                service.apis[number % 2].kill()
                await service.restart(number % 2)
            await load.progress(ANSWERS_BETWEEN_KILLS)

        assert load.retried, "no kill hit a command"
        assert await losses(service, load) == [], f"{bound(kills)}, {bound(len(load.answers))}"


@pytest.mark.parametrize("kills", KILLS)
async def test_a_killed_postgres_loses_nothing_it_acknowledged(mortal: Server, folder: Path, kills: int) -> None:
    """The API processes live on, and every answer they gave is in the log once the server is back."""
    async with service_on(mortal, folder, processes=2) as service:
        async with Load(service, await Scene.open(service)) as load:
            for _ in range(kills):
                await load.progress(ANSWERS_BETWEEN_KILLS)
                mortal.kill()
                await asyncio.to_thread(mortal.start)
            await load.progress(ANSWERS_BETWEEN_KILLS)

        assert await losses(service, load) == [], f"{bound(kills)}, {bound(len(load.answers))}"


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
