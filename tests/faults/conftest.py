"""One durable PostgreSQL and one service of two API processes for all tests that leave them alive."""

import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from daybook.embedded import Server
from tests.support.sabotage import skip_the_conflict_check
from tests.support.service import Service, migrated, service_on


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """Where servers and processes keep what is theirs, with a path short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="daybook-faults-") as name:
        yield Path(name)


@pytest.fixture(scope="session")
def cluster(folder: Path) -> Iterator[Server]:
    """A durable PostgreSQL."""
    with migrated(folder / "shared") as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def service(cluster: Server, folder: Path) -> AsyncIterator[Service]:
    """Two API processes on one database."""
    async with service_on(cluster, folder, processes=2) as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sabotaged(cluster: Server, folder: Path) -> AsyncIterator[Service]:
    """Two API processes on a log that writes whatever was decided, on whatever it was decided."""
    async with service_on(cluster, folder, processes=2) as made:
        await skip_the_conflict_check(made.url)
        yield made


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print a line where all went well, too."""

    def told(line: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n    {line}\n")

    return told
