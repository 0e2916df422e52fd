"""The connections that queries of the read models share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, Final, cast

import asyncpg
from sqlalchemy import ClauseElement

from daybook.database import CONNECT_SECONDS, server_settings
from daybook.statements import Row, Schemas, rows_of, written_out
from daybook.watching import DatabaseWatch

_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


class Connection:
    """Carries out statements that are composed with SQLAlchemy; each is one round trip.

    What it raises is what `daybook.database.UNREACHABLE` lists, and asyncpg.PostgresError.
    """

    def __init__(
        self,
        driver: asyncpg.Connection,
        watch: DatabaseWatch,
        name: str = "query",
        schemas: Schemas = (),
    ) -> None:
        """`driver` is open. Statements are watched under the name; `schemas` stand in for those that they name."""
        self.driver = driver
        self._watch = watch
        self._name = name
        self._schemas = schemas

    async def fetch(self, statement: ClauseElement, values: Mapping[str, object] = _NOTHING) -> list[Row]:
        """Return all rows; `values` are those of the statement's parameters."""
        return rows_of(await self._fetch(statement, values))

    async def fetchrow(self, statement: ClauseElement, values: Mapping[str, object] = _NOTHING) -> Row | None:
        """Return the first row, None if there is none."""
        rows = await self.fetch(statement, values)
        return rows[0] if rows else None

    async def fetchval(self, statement: ClauseElement, values: Mapping[str, object] = _NOTHING) -> Any:  # noqa: ANN401  of any type
        """Return the first field of the first row, None if there is none."""
        records = await self._fetch(statement, values)
        return records[0][0] if records else None

    async def _fetch(self, statement: ClauseElement, values: Mapping[str, object]) -> list[asyncpg.Record]:
        written = written_out(statement, self._schemas)
        fetching = self.driver.fetch(written.text, *written.arguments(values))
        return await self._watch.timed(self._name, written.text, fetching)


class Engine:
    """Made by `open_engine`."""

    def __init__(self, pool: asyncpg.Pool, name: str, watch: DatabaseWatch, schemas: Schemas) -> None:
        """`pool` is open."""
        self._pool = pool
        self._name = name
        self._watch = watch
        self._schemas = schemas

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Connection]:
        """Lend a connection, to be waited for no longer than `CONNECT_SECONDS`: TimeoutError."""
        with self._watch.waiting(self._name):
            async with asyncio.timeout(CONNECT_SECONDS):
                lent = await self._pool.acquire()
        try:
            # What is lent does all that a connection does.
            yield Connection(cast("asyncpg.Connection", lent), self._watch, self._name, self._schemas)
        finally:
            await self._pool.release(lent)


@asynccontextmanager
async def open_engine(  # noqa: PLR0913  each is given by name
    url: str,
    size: int,
    watch: DatabaseWatch,
    *,
    name: str = "query",
    statement_seconds: float = 2.0,
    schemas: Schemas = (),
    prepare: Callable[[asyncpg.Connection], Coroutine[Any, Any, None]] | None = None,
) -> AsyncIterator[Engine]:
    """Open an engine of at most `size` connections, which are opened when they are needed, and watched under a name.

    `schemas` stand in for those that queries name. `prepare` is called with every connection once.
    """
    async with asyncpg.create_pool(
        url,
        min_size=0,
        max_size=size,
        init=prepare,
        reset=_as_it_is,
        timeout=CONNECT_SECONDS,
        # A frozen server, or a network that swallows packets, keeps no timeout of its own.
        command_timeout=statement_seconds + CONNECT_SECONDS,
        server_settings=server_settings(f"daybook {name}", statement_seconds),
    ) as pool:
        watch.pool(name, pool.get_max_size, lambda: pool.get_size() - pool.get_idle_size())
        yield Engine(pool, name, watch, schemas)


async def _as_it_is(_: object) -> None:
    """Give a connection back without asking the server to reset it: a query leaves nothing behind in the session."""
