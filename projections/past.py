"""Read models as they stood at a position: replayed from the log into temporary tables, for one question.

The projections are the very ones that keep the live tables, and the queries are the very ones that ask these: in the
past's connections the names of the live schemas lead to temporary tables. What is put in there is undone with the
transaction of the question, so that nothing is laid out or dropped for a single answer.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final, TypeVar

import asyncpg

from daybook.engine import Connection, Engine, open_engine
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

T = TypeVar("T")


class Busy(Exception):
    """Another question about the past is being answered."""


class Past:
    """Answers questions of one process about the past, one card and one list at a time. Made by `open_past`."""

    def __init__(self, log: Log, engine: Engine) -> None:
        """In the connections of the engine the tables are temporary."""
        self._log = log
        self._engine = engine
        self._cards, self._lists = asyncio.Semaphore(1), asyncio.Semaphore(1)
        self._dead = Counter[int]()

    async def ask(self, needed: Needed, until: int, query: Callable[[Connection], Awaitable[T]]) -> T:
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
        query: Callable[[Connection], Awaitable[T]],
    ) -> T:
        async with self._engine.connect() as connection:
            driver = connection.driver
            session = driver.get_server_pid()
            async with _undone(driver):
                for model, its in zip(models, rows, strict=True):
                    self._dead[session] += await copy(driver, _TEMPORARY[model.name], its, breathing=True)
                    while its.let_go(BREATH):  # noqa: ASYNC110  it is others who wait
                        await asyncio.sleep(0)
                found = await query(connection)
            if self._dead[session] > MOST_DEAD:
                await driver.execute(_EMPTY)
                del self._dead[session]
            return found

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
    async with open_engine(
        url, 2, watch, name="past", statement_seconds=STATEMENT_SECONDS, schemas=_SCHEMAS, prepare=_lay_out
    ) as engine:
        yield Past(log, engine)


@asynccontextmanager
async def _undone(driver: asyncpg.Connection) -> AsyncIterator[None]:
    transaction = driver.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


async def _lay_out(driver: asyncpg.Connection) -> None:
    await driver.execute(_LAYOUT)


_MODELS: Final = (DIRECTORY, SLOTS, SERIES_AND_OCCURRENCES, BOOKINGS, CANDIDATES, WAITLISTS)
_TEMPORARY: Final = {model.name: model.at("pg_temp") for model in _MODELS}
_LAYOUT: Final = ";\n".join([_SESSION, *map(temporary, _TEMPORARY.values())])
_SCHEMAS: Final = tuple((model.schema, "pg_temp") for model in _MODELS)
