"""Connections to PostgreSQL, all made in one way: in the application's own role and with every timeout set."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import asyncpg

from daybook.watching import DatabaseWatch

APPLICATION_ROLE: Final = "daybook_app"

# Advisory locks are told apart by number alone, so all numbers stand here. That of the append (4711) and that of the
# projectors' shares (4715) are in their SQL functions.
MIGRATION_LOCK: Final = 4712
READ_MODEL_LAYOUT_LOCK: Final = 4713
PATROL_LOCK: Final = 4714
READ_MODEL_BUILD_LOCK: Final = 4716
KEYS_MIGRATION_LOCK: Final = 4717
ERASER_LOCK: Final = 4718
RETENTION_LOCK: Final = 4719
SEALER_LOCK: Final = 4720
SNAPSHOT_LOCK: Final = 4721  # the first of two numbers; the other one is that of the schema's name
READ_MODEL_COMPLETION_LOCK: Final = 4722

CONNECT_SECONDS: Final = 3.0

# What a call raises when the server is away, is going away, or gave up on the statement: nothing is wrong with the
# call.
UNREACHABLE: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.exceptions.OperatorInterventionError,
    asyncpg.exceptions.InsufficientResourcesError,
    asyncpg.exceptions.LockNotAvailableError,
    asyncpg.exceptions.DeadlockDetectedError,
)


def server_settings(application_name: str, statement_seconds: float) -> dict[str, str]:
    """Session settings of every connection that the running application makes."""
    return {
        "role": APPLICATION_ROLE,
        "application_name": application_name,
        "statement_timeout": str(round(statement_seconds * 1000)),
        "lock_timeout": "2000",
        "idle_in_transaction_session_timeout": "5000",
        "timezone": "UTC",
        "jit": "off",  # its set-up costs more than our statements run
    }


async def connect(url: str, application_name: str, statement_seconds: float = 2.0) -> asyncpg.Connection:
    """Open one connection."""
    return await asyncpg.connect(
        url,
        timeout=CONNECT_SECONDS,
        # A frozen server, or a network that swallows packets, keeps no timeout of its own.
        command_timeout=statement_seconds + CONNECT_SECONDS,
        server_settings=server_settings(application_name, statement_seconds),
    )


class Session:
    """One connection for one use at a time, opened when first needed and again after it was lost."""

    def __init__(
        self, url: str, application_name: str, statement_seconds: float = 2.0, watch: DatabaseWatch | None = None
    ) -> None:
        """Nothing is opened yet."""
        self._url = url
        self._application_name = application_name
        self._statement_seconds = statement_seconds
        self._watch = watch
        self._connection: asyncpg.Connection | None = None
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def use(self) -> AsyncIterator[asyncpg.Connection]:
        """Lend the connection; after an error of the connection itself the next use opens a new one."""
        async with self._turn:
            if self._connection is None or self._connection.is_closed():
                self._connection = await connect(self._url, self._application_name, self._statement_seconds)
                if self._watch is not None:
                    self._watch.listen(self._application_name.removeprefix("daybook "), self._connection)
            try:
                yield self._connection
            except UNREACHABLE:
                self._connection.terminate()
                self._connection = None
                raise

    async def close(self) -> None:
        """Close the connection, politely if the server still listens."""
        async with self._turn:
            if self._connection is not None:
                with suppress(*UNREACHABLE):
                    await self._connection.close(timeout=1.0)
                self._connection = None
