"""Both logs, behind the one port."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, nullcontext

import pytest

from events.log import Log
from events.memory import MemoryLog
from events.postgres import PostgresLog, open_log


@pytest.fixture(params=["memory", "postgres"])
def opening(request: pytest.FixtureRequest) -> AbstractAsyncContextManager[Log]:
    """An empty log yet to be opened: what it promises does not depend on which one."""
    if request.param == "memory":
        return nullcontext(MemoryLog())
    return open_log(request.getfixturevalue("database_url"))


@pytest.fixture
async def log(opening: AbstractAsyncContextManager[Log]) -> AsyncIterator[Log]:
    """An empty log, opened."""
    async with opening as log:
        yield log


@pytest.fixture
async def postgres_log(database_url: str) -> AsyncIterator[PostgresLog]:
    """An empty log on PostgreSQL."""
    async with open_log(database_url) as log:
        yield log
