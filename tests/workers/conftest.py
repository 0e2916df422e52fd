"""A log on PostgreSQL to patrol."""

from collections.abc import AsyncIterator

import pytest

from events.postgres import PostgresLog, open_log


@pytest.fixture
async def log(database_url: str) -> AsyncIterator[PostgresLog]:
    """An empty log."""
    async with open_log(database_url) as log:
        yield log
