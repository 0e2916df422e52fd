"""Building read models anew, beside those that are read, and letting them take their place.

The log is folded in memory and copied into bare tables; then come the indexes, and what happened meanwhile; then, in
one transaction, the new build takes over the name of the live one, which is kept for the way back. Readers never see
a table that is half built, and wait for nothing; nor do writers. A change of a read model's tables, or of what it
makes of an event, is a new version of it: it is built in the same way, before anybody reads it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple, Self

import asyncpg
import structlog

from daybook.database import READ_MODEL_BUILD_LOCK, READ_MODEL_COMPLETION_LOCK, connect
from events.log import Log
from projections import checkpoint, generation, homes
from projections.catching_up import catch_up, members_of, taken_in
from projections.checkpoint import NOWHERE, Mark
from projections.comparing import Difference, differences
from projections.copying import copy
from projections.folding import WHOLE, Part, fold_log
from projections.member import Member
from projections.parking import parked_keys
from projections.projection import Projection
from projections.rows import Rows
from projections.schema import analyze, complete, create_missing, lay_out_bare

STATEMENT_SECONDS: Final = 3_600.0
RETRY_SECONDS: Final = 0.1
FAR: Final = 50_000

_TRY: Final = "select pg_try_advisory_lock($1)"
_LET_GO: Final = "select pg_advisory_unlock($1)"
# One core for a statement, and no more: live traffic goes first.
_SETTINGS: Final = """
    set maintenance_work_mem = '256MB'; set synchronous_commit = off;
    set max_parallel_maintenance_workers = 0; set max_parallel_workers_per_gather = 0"""
_RECORDED: Final = "select recorded_at from daybook.event where position = $1"

# Folds the log up to a position into the tables of some read models, which stand in their schemas, bare, and completes
# them.
Fill = Callable[[Sequence[Projection], int], Awaitable[None]]

_log = structlog.get_logger(__name__)


class BuildFailed(Exception):
    """The tables could not be filled, for a reason that lies outside the read model."""


class NothingToCompare(Exception):
    """A read model is not there yet: a projector will build it."""


class NoOldBuild(Exception):
    """There is no build to go back to, or none that is whole: something is parked in it."""


class Built(NamedTuple):
    """A read model as it was built.

    `differences` is where the live one had other rows at the same position; None: they were not compared.
    """

    projection: Projection
    position: int
    differences: Sequence[Difference] | None


async def build_missing(log: Log, url: str, projections: Sequence[Projection], fill: Fill | None = None) -> None:
    """Build those that are not there. Raises Unfoldable, LogUnavailable, `daybook.database.UNREACHABLE`."""
    async with _connection(url) as connection:
        await create_missing(connection, projections)
        if not await checkpoint.missing(connection, projections):
            return
        await _take_turn(connection, READ_MODEL_BUILD_LOCK)
        # Another projector may have built them meanwhile.
        missing = await checkpoint.missing(connection, projections)
        if missing:
            async with _Building(connection, log, url, missing, fill) as building:
                await building.build(await log.head())
                await building.take_over()
            _log.info("read models built", projections=[each.schema for each in missing])


async def rebuild(log: Log, url: str, projections: Sequence[Projection], fill: Fill | None = None) -> list[Built]:
    """Build read models anew, compare them with the live ones at the same position, and let them take over.

    They are not compared if a live one is far behind, or not there. Raises as `build_missing`.
    """
    async with _connection(url) as connection:
        await _take_turn(connection, READ_MODEL_BUILD_LOCK)
        head, lowest = await log.head(), await homes.lowest(connection, projections)
        async with _Building(connection, log, url, projections, fill) as building:
            if lowest is None or head - lowest > FAR:
                await building.build(head)
                built = [Built(each, head, None) for each in projections]
            else:
                await building.build(lowest)
                built = await building.compare()
            await building.take_over()
        return built


async def verify(log: Log, url: str, projections: Sequence[Projection], fill: Fill | None = None) -> list[Built]:
    """Build read models anew, compare them with the live ones at the same position, and drop what was built.

    Raises NothingToCompare, and as `build_missing`.
    """
    async with _connection(url) as connection:
        await _take_turn(connection, READ_MODEL_BUILD_LOCK)
        lowest = await homes.lowest(connection, projections)
        if lowest is None:
            raise NothingToCompare
        async with _Building(connection, log, url, projections, fill) as building:
            await building.build(lowest)
            return await building.compare()


async def bring_back(log: Log, url: str, projection: Projection) -> int:
    """Let the old build be the live one again, caught up first; return its position.

    Raises NoOldBuild, and as `build_missing`.
    """
    async with _connection(url) as connection:
        await _take_turn(connection, READ_MODEL_BUILD_LOCK)
        marks = await homes.marks(connection, projection, "old")
        if not marks or await parked_keys(connection, projection, "old"):
            raise NoOldBuild(projection.name)
        old = projection.at(homes.old_of(projection))
        members = members_of(old, marks)
        # Its rows and where it stands change together, or not at all: who is interrupted may go this way again.
        async with connection.transaction():
            await catch_up(connection, log, members, await log.head())
            live = await homes.hold_still(connection, projection)
            await catch_up(connection, log, members, max(mark.position for mark in live))
            await homes.swap(connection, projection, [each.mark for each in members])
            await generation.begin(connection, [projection])
        return min(each.position for each in members)


async def fill_here(  # noqa: PLR0913  how much of it, and whom to tell, are given by name
    log: Log,
    url: str,
    projections: Sequence[Projection],
    until: int,
    *,
    part: Part = WHOLE,
    passed: Callable[[int], None] = lambda _: None,
) -> None:
    """Fill bare tables in this process: with all rows, or with those of a part of the keys; see `fold_log`.

    With the last part they are complete.
    """
    folded = await fold_log(log, projections, until, part, passed)
    copying, completing = asyncio.Lock(), asyncio.Lock()

    async def put(projection: Projection, rows: Rows) -> None:
        async with _connection(url) as connection:
            async with copying:
                with taken_in(projection):
                    await copy(connection, projection, rows)
            if part.number + 1 == part.of:
                async with completing, _alone(connection):
                    await complete(connection, projection)
                    await analyze(connection, projection)

    # While PostgreSQL makes the indexes of one, and of no other in any process, the rows of the next are put in.
    await _side_by_side(put(projection, rows) for projection, rows in zip(projections, folded, strict=True))


class _Building:
    """Some read models on their way, from nothing to the place of the live ones; nothing is left on the way."""

    def __init__(
        self,
        connection: asyncpg.Connection,
        log: Log,
        url: str,
        projections: Sequence[Projection],
        fill: Fill | None,
    ) -> None:
        """Use as `async with`. The turn is ours; see `_take_turn`."""
        self._connection = connection
        self._log = log
        self._projections = projections
        self._fill = fill or (lambda them, until: fill_here(log, url, them, until))
        self._built: list[list[Member]] = []

    async def __aenter__(self) -> Self:
        """Drop what an earlier one has left that was killed."""
        await self._drop()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Drop what has not taken over."""
        await self._drop()

    async def build(self, until: int) -> None:
        """Build them as of a position, in schemas of their own."""
        beside = [each.at(homes.next_of(each)) for each in self._projections]
        for projection in beside:
            await lay_out_bare(self._connection, projection)
        await self._fill(beside, until)
        mark = Mark(until, await self._connection.fetchval(_RECORDED, until)) if until else NOWHERE
        for projection in beside:
            self._built.append(members_of(projection, [mark] * projection.shards))

    async def compare(self) -> list[Built]:
        """Compare each with the live one, at the very position where that stands; it stands no earlier than these."""
        pairs = zip(self._projections, self._built, strict=True)
        return [await self._compare(projection, members) for projection, members in pairs]

    async def _compare(self, projection: Projection, members: Sequence[Member]) -> Built:
        # One snapshot of the live rows and their checkpoint, in which also that is seen which we write in it.
        async with self._connection.transaction(isolation="repeatable_read"):
            for mark, member in zip(await homes.marks(self._connection, projection), members, strict=True):
                await catch_up(self._connection, self._log, [member], mark.position)
            found = await differences(self._connection, projection, members[0].projection)
        return Built(projection, members[0].position, found)

    async def take_over(self) -> None:
        """Let what was built take the place of the live ones."""
        everyone = [member for members in self._built for member in members]
        await catch_up(self._connection, self._log, everyone, await self._log.head())
        replaced = []
        async with self._connection.transaction():
            # In the order of their names, in which the runner locks them, too.
            pairs = zip(self._projections, self._built, strict=True)
            for projection, members in sorted(pairs, key=lambda pair: pair[0].name):
                # From here on nobody moves the live one; what it may be ahead of us is a few events.
                live = await homes.hold_still(self._connection, projection)
                reached = max((mark.position for mark in live), default=0)
                await catch_up(self._connection, self._log, members, reached)
                await homes.flip(self._connection, projection, [each.mark for each in members])
                replaced += [projection] if live else []
            await generation.begin(self._connection, replaced)

    async def _drop(self) -> None:
        for projection in self._projections:
            await homes.drop_next(self._connection, projection)


async def _side_by_side(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Do all at once. Where one fails the others are given up, and have ended before that is told."""
    try:
        async with asyncio.TaskGroup() as tasks:
            for each in works:
                tasks.create_task(each)
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


@asynccontextmanager
async def _connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(url, "daybook build", STATEMENT_SECONDS)
    try:
        await connection.execute(_SETTINGS)
        yield connection
    finally:
        connection.terminate()  # also when it is cancelled in the middle of a statement


@asynccontextmanager
async def _alone(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Give PostgreSQL hard work while nobody else does. Where that fails the connection ends, and the turn with it."""
    await _take_turn(connection, READ_MODEL_COMPLETION_LOCK)
    yield
    await connection.execute(_LET_GO, READ_MODEL_COMPLETION_LOCK)


async def _take_turn(connection: asyncpg.Connection, lock: int) -> None:
    """One at a time, for as long as the connection lives."""
    while not await connection.fetchval(_TRY, lock):  # noqa: ASYNC110  it is another process
        await asyncio.sleep(RETRY_SECONDS)
