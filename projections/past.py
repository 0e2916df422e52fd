"""Read models as they stood at a position: replayed from the log into temporary tables, for one question.

The projections are the very ones that keep the live tables, and the queries are the very ones that ask these: in the
past's connections the names of the live schemas lead to temporary tables. What is put in there is undone with the
transaction of the question, so that nothing is laid out or dropped for a single answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final, TypeVar, cast

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine.interfaces import AdaptedConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from daybook.engine import open_engine
from daybook.watching import DatabaseWatch
from events.log import Log
from projections.bookings import BOOKINGS
from projections.candidates import CANDIDATES
from projections.copying import BREATH, copy
from projections.directory import DIRECTORY
from projections.projection import Projection
from projections.replaying import Needed, replay
from projections.rows import AllRows
from projections.schema import temporary
from projections.series import SERIES_AND_OCCURRENCES
from projections.slots import SLOTS
from projections.waitlists import WAITLISTS

MOST_DEAD: Final = 2_000
WAIT_SECONDS: Final = 5.0
STATEMENT_SECONDS: Final = 20.0

# Plans are made anew for each question: the same table holds one row now and fifty thousand the next time.
_SESSION: Final = "set plan_cache_mode = force_custom_plan; set temp_buffers = '32MB'"
# To undo is quick, but leaves dead rows. Any commit that has looked at a temporary table empties them all: 15 ms.
_EMPTY: Final = "select from pg_temp.city limit 0"
_DEAD: Final = "daybook_dead"

T = TypeVar("T")


class Busy(Exception):
    """Another question about the past is being answered."""


class Past:
    """Answers questions of one process about the past, one card and one list at a time. Made by `open_past`."""

    def __init__(self, log: Log, engine: AsyncEngine) -> None:
        """In the connections of the engine the tables are temporary."""
        self._log = log
        self._engine = engine
        self._cards, self._lists = asyncio.Semaphore(1), asyncio.Semaphore(1)

    async def ask(self, needed: Needed, until: int, query: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Return what a query finds in the read models as they stood at position `until`.

        Raises Busy, TooLong, Unfoldable, LogUnavailable, and what the query and its connection raise.
        """
        async with self._turn(self._lists if needed.tag is None else self._cards):
            rows = await replay(self._log, needed, until)
            return await self._put_in(needed.models, rows, query)

    async def _put_in(
        self,
        models: Sequence[Projection],
        rows: Sequence[AllRows],
        query: Callable[[AsyncConnection], Awaitable[T]],
    ) -> T:
        async with self._engine.connect() as connection:
            lent = await connection.get_raw_connection()
            driver = cast("asyncpg.Connection", lent.driver_connection)
            try:
                dead = lent.info.get(_DEAD, 0)
                async with _undone(driver):
                    for model, its in zip(models, rows, strict=True):
                        dead += await copy(driver, _TEMPORARY[model.name], its, breathing=True)
                        lent.info[_DEAD] = dead
                        while its.let_go(BREATH):  # noqa: ASYNC110  it is others who wait
                            await asyncio.sleep(0)
                    found = await query(connection)
                if dead > MOST_DEAD:
                    await driver.execute(_EMPTY)
                    lent.info[_DEAD] = 0
                return found
            finally:
                if driver.is_closed():  # what the driver was asked past SQLAlchemy, it does not know to have failed
                    await connection.invalidate()

    @asynccontextmanager
    async def _turn(self, turns: asyncio.Semaphore) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await turns.acquire()
        except TimeoutError:
            raise Busy from None
        try:
            yield
        finally:
            turns.release()


@asynccontextmanager
async def open_past(log: Log, url: str, watch: DatabaseWatch) -> AsyncIterator[Past]:
    """Open the past of a log; `url` is that of a database in which there may be temporary tables."""
    engine = open_engine(url, 2, watch, name="past", statement_seconds=STATEMENT_SECONDS)
    event.listen(engine.sync_engine, "connect", _lay_out)
    try:
        yield Past(log, engine.execution_options(schema_translate_map=_SCHEMAS))
    finally:
        await engine.dispose()


@asynccontextmanager
async def _undone(driver: asyncpg.Connection) -> AsyncIterator[None]:
    transaction = driver.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


def _lay_out(connection: AdaptedConnection, _: object) -> None:
    connection.run_async(lambda driver: driver.execute(_LAYOUT))


_MODELS: Final = (DIRECTORY, SLOTS, SERIES_AND_OCCURRENCES, BOOKINGS, CANDIDATES, WAITLISTS)
_TEMPORARY: Final = {model.name: model.at("pg_temp") for model in _MODELS}
_LAYOUT: Final = ";\n".join([_SESSION, *map(temporary, _TEMPORARY.values())])
_SCHEMAS: Final = {model.schema: "pg_temp" for model in _MODELS}
