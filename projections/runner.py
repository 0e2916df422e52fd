"""The runner: it follows the log and keeps its share of the read models up to date.

A batch is folded in memory; then one transaction moves the checkpoints and writes each table with one statement. Read
models that stand at one position share the transaction; one that is behind catches up first. What a read model cannot
take in is parked with all that follows it under the same key (see `projections.member`).
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
from daybook.watching import DatabaseWatch
from events.log import Log, LogUnavailable
from projections import checkpoint, generation, parking
from projections.batch import Batch, Pace, Poison
from projections.building import BuildFailed, Fill, build_missing
from projections.catalogue import PROJECTIONS
from projections.checkpoint import Fenced, Held, Lease, Mark
from projections.folding import Unfoldable
from projections.granting import grant_wishes
from projections.leases import HEARTBEAT_SECONDS, Leases
from projections.member import Member, Refused, TooMuchParked
from projections.positions import channel, channel_of_shares
from projections.projection import Projection
from projections.reading import Ahead, whole_events
from projections.schema import create_missing

IDLE_SECONDS: Final = 0.25
STATEMENT_SECONDS: Final = 30.0
BUILD_AGAIN_SECONDS: Final = 2.0

# While one that was stopped in the middle of a batch has its locks, no other one can take over or renew anything.
_END_WHAT_HANGS: Final = "set idle_in_transaction_session_timeout = '2s'"

_log = structlog.get_logger(__name__)


class Runner:
    """Any number may run at once: they share the read models out.

    Of two that believe to hold one, the slower finds that the other has it, and writes nothing.
    """

    def __init__(  # noqa: PLR0913  wiring: each is given by name
        self,
        log: Log,
        url: str,
        projections: Sequence[Projection] = PROJECTIONS,
        *,
        telemetry: Telemetry,
        metrics: Metrics,
        fill: Fill | None = None,
        row_bound: int = 20_000,
        watch: DatabaseWatch | None = None,
    ) -> None:
        """`url` is that of the database of the read models; `row_bound` is how many rows of a table stay in memory.

        `fill` is how a read model that is not there is built: in this process, if nothing else is given.
        """
        self._log = log
        self._url = url
        self._kept = projections
        self._projections = {(each.name, each.version): each for each in projections}
        self._asked = sum(each.shards for each in projections if each.asked)
        self._telemetry = telemetry
        self._metrics = metrics
        self._fill = fill
        self._row_bound = row_bound
        self._session = Session(url, "daybook projector", STATEMENT_SECONDS, watch)
        self._announcer = Announcer(url, channel(projections))
        self._announcer_of_shares = Announcer(url, channel_of_shares(projections))
        self._members: dict[Lease, Member] = {}
        self._pace = Pace()
        self._ahead = Ahead(whole_events(log))
        self._head = 0
        self._looked_for_wishes = 0.0

    async def run(self) -> None:
        """Follow the log until cancelled, at any moment: a batch is written as a whole or not at all."""
        async with self._announcer, self._announcer_of_shares, Leases(self._url, self._kept) as leases:
            building = asyncio.create_task(self._build_missing(), name="build read models")
            try:
                while True:
                    await self._follow_until_lost(leases)
            finally:
                building.cancel()
                await asyncio.wait([building])
                await self._session.close()

    async def _build_missing(self) -> None:
        """Build what is not there while the others are followed; the lease of what is built will be taken."""
        while True:
            try:
                await build_missing(self._log, self._url, self._kept, self._fill)
            except Unfoldable as error:
                _log.error("read model cannot be built", error=str(error))
            except (BuildFailed, LogUnavailable, *UNREACHABLE) as error:
                _log.warning("building was interrupted", error=str(error) or type(error).__name__)
                await asyncio.sleep(BUILD_AGAIN_SECONDS)
                continue
            return

    async def _follow_until_lost(self, leases: Leases) -> None:
        self._members = {}
        try:
            async with self._session.use() as connection:
                await connection.execute(_END_WHAT_HANGS)
                await create_missing(connection, self._kept)
                await leases.renew()
                self._head = await self._log.head()
                while True:
                    await self._take_over(connection, leases.held)
                    await self._grant(connection)
                    await self._step(connection)
        except Fenced:
            _log.info("another projector has taken over")
        except (LogUnavailable, *UNREACHABLE) as error:
            _log.warning("projector lost its connection", error=type(error).__name__)
            await asyncio.sleep(POLL_SECONDS)
        finally:
            await self._ahead.close()

    async def _take_over(self, connection: asyncpg.Connection, ours: Sequence[Held]) -> None:
        """Keep what is still ours, let go of what is not, and begin with what is new."""
        for lease in self._members.keys() - {each.lease for each in ours}:
            del self._members[lease]
        for held in ours:
            if held.lease not in self._members:
                projection = self._projections[held.name, held.version]
                waiting = await parking.parked_keys(connection, projection)
                self._members[held.lease] = Member(projection, held, waiting, self._row_bound)

    async def _grant(self, connection: asyncpg.Connection) -> None:
        if perf_counter() - self._looked_for_wishes > HEARTBEAT_SECONDS:
            self._looked_for_wishes = perf_counter()
            await grant_wishes(connection, self._log, list(self._members.values()))

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

        Whose rows the database refuses goes alone, with ever fewer events, until it is known which one is to blame.
        """
        running = [each for each in self._members.values() if not each.stopped]
        lowest = min((each.position for each in running), default=0)
        group = [each for each in running if each.position == lowest]
        ahead = min((each.position - lowest for each in running if each.position > lowest), default=self._pace.size)
        healthy = [each for each in group if each.limit is None]
        if healthy or not group:
            return healthy, min(self._pace.size, ahead)
        return group[:1], min(self._pace.size, ahead, group[0].limit or 1)

    async def _take(self, connection: asyncpg.Connection, group: list[Member], batch: Batch) -> None:
        folded = []
        for member in group:
            try:
                await member.fold(connection, batch)
                folded.append(member)
            except (Poison, TooMuchParked) as error:
                await self._stop(connection, member, str(error))
        if not folded:
            return
        mark = Mark(batch.last.position, batch.last.recorded_at)
        try:
            await self._commit(connection, folded, mark)
        except Refused as refused:
            _log.warning("rows refused", projection=refused.member.projection.name, error=str(refused))
            for member in folded:
                member.discard()
            refused.member.refused(batch, refused.kind)
            return
        for member in folded:
            _tell_what_waits(member)
            member.saved(mark)
            if member.limit is not None and member.limit > self._pace.size:
                member.limit = None
        self._announce()

    async def _commit(self, connection: asyncpg.Connection, members: list[Member], mark: Mark) -> None:
        async with connection.transaction():
            await checkpoint.advance(connection, [each.held for each in members], members[0].position, mark)
            for member in members:
                await member.save(connection)
                await parking.park(connection, member.projection, member.parked)
            if mark.position >= self._head:
                await _count_again(connection, [each for each in members if each.held.stood_still])

    async def _stop(self, connection: asyncpg.Connection, member: Member, error: str) -> None:
        """Let a read model stand still until a projector begins with it anew; the others go on."""
        _log.error("read model stands still", projection=member.projection.name, error=error)
        member.discard()
        member.stopped = True
        await checkpoint.stop(connection, member.held, error)

    def _announce(self) -> None:
        """Who holds every read model that is asked knows how far they are; who holds a share can only say: look."""
        asked = [each for each in self._members.values() if each.projection.asked]
        reached = min((each.position for each in asked if not each.stopped), default=0)
        everything = len(asked) == self._asked
        (self._announcer if everything else self._announcer_of_shares).announce(reached)

    def _measure(self) -> None:
        now = datetime.now(UTC)
        for member in self._members.values():
            behind = max(self._head - member.position, 0)
            since = member.mark.recorded_at
            seconds = (now - since).total_seconds() if behind and since else 0.0
            name = member.projection.name
            self._metrics.projected(name, member.position, lag_events=behind, lag_seconds=seconds)


async def _count_again(connection: asyncpg.Connection, members: Sequence[Member]) -> None:
    """What was told while they stood still, they show only now."""
    for member in members:
        await checkpoint.go_on(connection, member.held)
        member.held = member.held._replace(stood_still=False)
    await generation.begin(connection, [each.projection for each in members])


def _tell_what_waits(member: Member) -> None:
    for each in member.parked:
        if each.error is not None:
            _log.error(
                "event parked",
                projection=member.projection.name,
                position=each.position,
                type=each.type,
                error=each.error,
            )
