"""The runner: it follows the log and keeps the read models up to date.

A batch is folded in memory; then one transaction moves the checkpoints and writes each table with one statement. Read
models that stand at one position share the transaction; one that is behind, as a new one is, catches up first. One that
fails on a batch is tried once more, alone, and then stands still with its error in its checkpoint; the others go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from time import perf_counter
from typing import Final

import asyncpg
import structlog

from daybook.database import UNREACHABLE, Session
from daybook.metrics import Metrics
from daybook.notifications import POLL_SECONDS, Announcer
from daybook.telemetry import Telemetry, projecting
from events.log import Log, LogUnavailable
from projections import checkpoint
from projections.batch import Batch, Pace, Poison
from projections.catalogue import PROJECTIONS
from projections.checkpoint import Fenced, Mark
from projections.member import Member, Refused
from projections.positions import CHANNEL
from projections.projection import Projection
from projections.reading import Ahead
from projections.schema import create_missing

IDLE_SECONDS: Final = 1.0
STATEMENT_SECONDS: Final = 30.0
MAX_FAILURES: Final = 2

_log = structlog.get_logger(__name__)


class Runner:
    """Several may run at once: whoever is slower finds its checkpoint moved, and writes nothing."""

    def __init__(  # noqa: PLR0913  wiring: each is given by name
        self,
        log: Log,
        url: str,
        projections: Sequence[Projection] = PROJECTIONS,
        *,
        telemetry: Telemetry,
        metrics: Metrics,
        row_bound: int = 20_000,
    ) -> None:
        """`url` is that of the database of the read models; `row_bound` is how many rows of a table stay in memory."""
        self._log = log
        self._projections = projections
        self._telemetry = telemetry
        self._metrics = metrics
        self._row_bound = row_bound
        self._session = Session(url, "daybook projector", STATEMENT_SECONDS)
        self._announcer = Announcer(url, CHANNEL)
        self._members: list[Member] = []
        self._pace = Pace()
        self._ahead = Ahead(log)
        self._head = 0

    async def run(self) -> None:
        """Follow the log until cancelled, at any moment: a batch is written as a whole or not at all."""
        async with self._announcer:
            try:
                while True:
                    await self._follow_until_lost()
                    await asyncio.sleep(POLL_SECONDS)
            finally:
                await self._session.close()

    async def _follow_until_lost(self) -> None:
        try:
            async with self._session.use() as connection:
                await create_missing(connection, self._projections)
                self._members = [
                    Member(projection, mark, self._row_bound)
                    for projection, mark in zip(
                        self._projections, await checkpoint.read(connection, self._projections), strict=True
                    )
                ]
                self._head = await self._log.head()
                while True:
                    await self._step(connection)
        except Fenced:
            _log.info("another projector is at work")
        except (LogUnavailable, *UNREACHABLE) as error:
            _log.warning("projector lost its connection", error=type(error).__name__)
        finally:
            await self._ahead.close()

    async def _step(self, connection: asyncpg.Connection) -> None:
        """Bring those that are furthest behind one batch further, or wait for news."""
        group, limit = self._furthest_behind()
        position = group[0].position if group else self._head
        if position >= self._head:
            self._head = await self._log.wait(position, IDLE_SECONDS)
        started = perf_counter()
        recorded = await self._ahead.take(position, limit) if group else []
        if recorded:
            if len(recorded) == self._pace.size:
                self._ahead.prepare(recorded[-1].position, self._pace.size)
            with projecting(self._telemetry, self._metrics, [each.trace for each in recorded]):
                await self._take(connection, group, Batch(recorded))
            self._pace.took(len(recorded), perf_counter() - started)
        self._measure()

    def _furthest_behind(self) -> tuple[list[Member], int]:
        """Choose who goes next, and how many events it may take before it has company or the batch is large enough.

        Who failed goes alone, so that only its own next failure can make it stop.
        """
        running = [each for each in self._members if each.failures < MAX_FAILURES]
        lowest = min((each.position for each in running), default=0)
        group = [each for each in running if each.position == lowest]
        healthy = [each for each in group if each.failures == 0]
        ahead = min((each.position - lowest for each in running if each.position > lowest), default=self._pace.size)
        return healthy or group[:1], min(self._pace.size, ahead)

    async def _take(self, connection: asyncpg.Connection, group: list[Member], batch: Batch) -> None:
        folded = []
        for member in group:
            try:
                await member.fold(connection, batch)
                folded.append(member)
            except Poison as poison:
                await self._failed(connection, member, poison)
        if not folded:
            return
        mark = Mark(batch.last.position, batch.last.recorded_at)
        try:
            await self._commit(connection, folded, mark)
        except Refused as refused:
            for member in folded:
                member.rows.discard()
            await self._failed(connection, refused.member, refused)
            return
        for member in folded:
            member.saved(mark)
        self._announcer.announce(min(each.position for each in self._members if each.failures < MAX_FAILURES))

    async def _commit(self, connection: asyncpg.Connection, members: list[Member], mark: Mark) -> None:
        async with connection.transaction():
            await checkpoint.advance(connection, [each.projection for each in members], members[0].position, mark)
            for member in members:
                await member.save(connection)

    async def _failed(self, connection: asyncpg.Connection, member: Member, error: Poison | Refused) -> None:
        member.failed()
        _log.error("read model failed", projection=member.projection.name, error=str(error), failures=member.failures)
        if member.failures == MAX_FAILURES:
            await checkpoint.stop(connection, member.projection, member.position, str(error))

    def _measure(self) -> None:
        now = datetime.now(UTC)
        for member in self._members:
            behind = max(self._head - member.position, 0)
            since = member.mark.recorded_at
            seconds = (now - since).total_seconds() if behind and since else 0.0
            name = member.projection.name
            self._metrics.projected(name, member.position, lag_events=behind, lag_seconds=seconds)
