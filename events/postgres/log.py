"""The log on PostgreSQL: one function call per batch, dense positions, order without gaps for every reader."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec
from eventsourcing.dcb.api import DCBQuery

from daybook.database import CONNECT_SECONDS, UNREACHABLE, Session, server_settings
from daybook.metrics import Metrics
from daybook.notifications import POLL_SECONDS, Announcer, Listener, Watermark
from daybook.watching import DatabaseWatch
from events.log import (
    TAG_SEPARATOR,
    Attempt,
    Block,
    Brief,
    Conflict,
    Duplicate,
    Hashed,
    Lived,
    LogUnavailable,
    Recorded,
    StoredCommand,
    Under,
    Verdict,
    Written,
    content_hash,
)
from events.tracking import Processed, ProcessedBefore

CHANNEL: Final = "daybook_log"
PAGE: Final = 1_000

_POOL: Final = "read"
_COLUMNS: Final = ", ".join(Recorded.__struct_fields__)
_APPEND: Final = "select * from daybook.append({})".format(", ".join(f"${n}" for n in range(1, 26)))  # noqa: S608  numbers
_APPEND_PROCESSED: Final = """
    select settled.*, case when settled.verdict = 0 then eventsourcing.track($26, $27, $28) end
    from daybook.append({}) settled""".format(", ".join(f"${n}" for n in range(1, 26)))  # noqa: S608  numbers
_TRACK: Final = "select eventsourcing.track($1, $2, $3)"
_TRACKED: Final = "select notification_id from eventsourcing.tracking where follower = $1 and followed = $2"
_READ: Final = f"select {_COLUMNS} from daybook.event where position > $1 order by position limit $2"  # noqa: S608  names of our own columns
_BRIEF_COLUMNS: Final = ", ".join(Brief.__struct_fields__)
_BRIEF: Final = f"select {_BRIEF_COLUMNS} from daybook.event where position > $1 order by position limit $2"  # noqa: S608  as above
_READ_MATCHING: Final = f"""
    select found.* from (select distinct * from daybook.matching($3::jsonb, $1, $2) m(place) order by place limit $2) m
    cross join lateral (select {_COLUMNS} from daybook.event where position = m.place limit 1) found
    order by position"""  # noqa: S608  names of our own columns
# The look-up of an event is lateral with a limit, which the planner cannot turn into a join over the whole table.
_LIVED: Final = f"""
    select head.last_position, found.*
    from (select last_position from daybook.block order by last_position desc limit 1) head
    left join (daybook.event_tag place cross join lateral (
        select {_COLUMNS} from daybook.event where position = place.position limit 1
    ) found) on place.tag_key = daybook.tag_key($1) and place.position <= $2
        and $1 = any (found.tags) and found.recorded_at <= $3
    order by found.position"""  # noqa: S608  names of our own columns
_READ_TAGS: Final = "select under.tag, (under.event).* from daybook.under($1, $2)"
# At one position the command that wrote it comes first: the others were decided on what it wrote.
_COMMANDS: Final = """
    select command_id, name, body, actor, decided_at, outcome, first_position, position, ordinal from daybook.command
    where (position, (first_position is null), decided_at, ordinal, command_id) > ($1, $2, $3, $4, $5)
    order by position, (first_position is null), decided_at, ordinal, command_id limit $6"""
_SETTLED: Final = """
    select command_id, name, body, actor, decided_at, outcome, first_position, position from daybook.command
    where command_id = any ($1)"""
_BLOCKS: Final = """
    select first_position, last_position, recorded_at, hash from daybook.block
    where last_position > $1 order by last_position limit $2"""
_HASHES: Final = """
    select position, recorded_at, content_hash from daybook.event
    where position > $1 and position <= $2 order by position"""
# The look-up is a scalar subquery with a limit, which the planner cannot turn into a join over the whole table.
_UNFINDABLE: Final = """
    select min(event.position) from daybook.event cross join lateral unnest(tags) tag
    where event.position > $1 and event.position <= $2 and (
        select true from daybook.event_tag found
        where found.tag_key = daybook.tag_key(tag) and found.position = event.position limit 1) is null"""
_NO_POSITION_BEYOND: Final = 2**63 - 1
_NO_MOMENT_BEYOND: Final = datetime.max.replace(tzinfo=UTC)
_HEAD: Final = "select last_position from daybook.block order by last_position desc limit 1"


class PostgresLog:
    """Speaks `events.log.Log`. Made by `open_log`."""

    def __init__(
        self, url: str, pool: asyncpg.Pool, announcer: Announcer, watermark: Watermark, watch: DatabaseWatch
    ) -> None:
        """Appends and the writer's reads have a connection each; all other reads share the pool."""
        self._appending = Session(url, "daybook append", statement_seconds=10.0)
        self._loading = Session(url, "daybook load")
        self._pool = pool
        self._announcer = announcer
        self._watermark = watermark
        self._watch = watch

    async def append(
        self, attempts: Sequence[Attempt], decided_at: datetime, processed: Processed | None = None
    ) -> Sequence[Verdict]:
        """Settle a batch in one round trip; see `events.log.Log` and `events.tracking.TrackingLog`."""
        arguments = _arguments(attempts, decided_at)
        if processed is None:
            rows = await self._write(_APPEND, *arguments)
        else:
            rows = await self._write(_APPEND_PROCESSED, *arguments, *processed)
        verdicts = [_verdict(row) for row in rows]
        reached = max((verdict.position for verdict in verdicts if isinstance(verdict, Written)), default=0)
        self._watermark.rise(reached)
        self._announcer.announce(reached)
        return verdicts

    async def track(self, processed: Processed) -> None:
        """Note how far a follower is; see `events.tracking.TrackingLog`."""
        await self._write(_TRACK, *processed)

    async def tracked(self, follower: str, followed: str) -> int | None:
        """Tell how far a follower is; see `events.tracking.TrackingLog`."""
        rows = await self._fetch(_TRACKED, follower, followed)
        return rows[0][0] if rows else None

    async def read_tags(self, wanted: Mapping[str, int]) -> Mapping[str, Under]:
        """Read what stands under each tag, in one round trip; see `events.log.Log`."""
        try:
            async with self._loading.use() as connection:
                loading = connection.fetch(_READ_TAGS, list(wanted), list(wanted.values()))
                rows = await self._watch.timed("load", _READ_TAGS, loading)
        except UNREACHABLE as error:
            raise LogUnavailable(type(error).__name__) from error
        events: dict[str, list[Recorded]] = {tag: [] for tag in wanted}
        reached = dict(wanted)
        for row in rows:
            tag, event = row[0], _recorded(tuple(row)[1:])
            reached[tag] = event.position
            if tag in event.tags:  # else another tag with the same key
                events[tag].append(event)
        return {tag: Under(found, reached[tag]) for tag, found in events.items()}

    async def read(
        self, query: DCBQuery | None = None, *, after: int = 0, limit: int | None = None
    ) -> AsyncIterator[Recorded]:
        """Iterate page by page; see `events.log.Log`."""
        left = limit
        while left is None or left > 0:
            page = await self._page(query, after, PAGE if left is None else min(PAGE, left))
            for row in page:
                yield _recorded(row)
            if len(page) < PAGE:
                return
            after = page[-1][0]
            left = None if left is None else left - len(page)

    async def lived(self, tag: str, until: int | datetime | None = None) -> Lived:
        """Read in one round trip; see `events.log.Log`."""
        position = until if isinstance(until, int) else _NO_POSITION_BEYOND
        moment = until if isinstance(until, datetime) else _NO_MOMENT_BEYOND
        rows = await self._fetch(_LIVED, tag, position, moment)
        found = (row for row in map(tuple, rows) if row[1] is not None)
        return Lived([_recorded(row[1:]) for row in found], rows[0][0])

    async def brief(self, after: int, limit: int) -> Sequence[Brief]:
        """Read in one round trip; see `events.log.Log`."""
        return [Brief(*row) for row in await self._fetch(_BRIEF, after, limit)]

    async def commands(self) -> AsyncIterator[StoredCommand]:
        """Iterate page by page; see `events.log.Log`."""
        after: tuple[Any, ...] = (-1, False, datetime.min.replace(tzinfo=UTC), 0, UUID(int=0))
        while True:
            page = await self._fetch(_COMMANDS, *after, PAGE)
            for row in page:
                yield StoredCommand(*row[:8])
            if len(page) < PAGE:
                return
            last = page[-1]
            after = (last["position"], last["first_position"] is None, last["decided_at"], last["ordinal"], last[0])

    async def settled(self, command_ids: Collection[UUID]) -> Mapping[UUID, StoredCommand]:
        """Read in one round trip; see `events.log.Log`."""
        return {row[0]: StoredCommand(*row) for row in await self._fetch(_SETTLED, list(command_ids))}

    async def blocks(self, *, after: int = -1) -> AsyncIterator[Block]:
        """Iterate page by page; see `events.log.Log`."""
        while True:
            page = await self._fetch(_BLOCKS, after, PAGE)
            for first, last, recorded_at, link in page:
                # The driver reads '-infinity', when the log began, as a moment without a zone.
                yield Block(first, last, recorded_at.replace(tzinfo=UTC), link)
            if len(page) < PAGE:
                return
            after = page[-1]["last_position"]

    async def hashes(self, after: int, last: int) -> Sequence[Hashed]:
        """Read in one round trip; see `events.log.Log`."""
        rows = await self._fetch(_HASHES, after, last)
        return [Hashed(position, recorded_at.replace(tzinfo=UTC), content) for position, recorded_at, content in rows]

    async def unfindable(self, after: int, last: int) -> int | None:
        """Look each tag up where the writer does; see `events.log.Log`."""
        rows = await self._fetch(_UNFINDABLE, after, last)
        position: int | None = rows[0][0]
        return position

    async def head(self) -> int:
        """Return the last position."""
        rows = await self._fetch(_HEAD)
        return int(rows[0][0])

    async def wait(self, after: int, seconds: float) -> int:
        """Wait for a position greater than `after`: woken by the announcements, with a poll behind them."""
        deadline = asyncio.get_running_loop().time() + seconds
        while self._watermark.position <= after:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                break
            if await self._watermark.beyond(after, min(POLL_SECONDS, left)) <= after:
                self._watermark.rise(await self.head())
        return self._watermark.position

    async def close(self) -> None:
        """Close what `open_log` did not open."""
        await self._appending.close()
        await self._loading.close()

    async def _write(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        try:
            async with self._appending.use() as connection:
                return await self._watch.timed("append", statement, connection.fetch(statement, *arguments))
        except asyncpg.UniqueViolationError as error:
            raise ProcessedBefore from error
        except UNREACHABLE as error:
            raise LogUnavailable(type(error).__name__) from error

    async def _page(self, query: DCBQuery | None, after: int, size: int) -> list[asyncpg.Record]:
        if query is None or not query.items:
            return await self._fetch(_READ, after, size)
        return await self._fetch(_READ_MATCHING, after, size, _as_json(query))

    async def _fetch(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        try:
            async with AsyncExitStack() as stack:
                with self._watch.waiting(_POOL):
                    connection = await stack.enter_async_context(self._pool.acquire())
                return await self._watch.timed(_POOL, statement, connection.fetch(statement, *arguments))
        except UNREACHABLE as error:
            raise LogUnavailable(type(error).__name__) from error


@asynccontextmanager
async def open_log(url: str, *, readers: int = 2, watch: DatabaseWatch | None = None) -> AsyncIterator[PostgresLog]:
    """Open the log of a database; `readers` bounds how many reads run at once."""
    watermark = Watermark()
    watch = watch or DatabaseWatch(Metrics())
    # Every reading follows an index; a plan made while a table was empty would scan it as long as the session lives.
    settings = {**server_settings("daybook read", 10.0), "enable_seqscan": "off"}
    async with (
        asyncpg.create_pool(
            url,
            min_size=0,
            max_size=readers,
            timeout=CONNECT_SECONDS,
            server_settings=settings,
            reset=_as_it_is,
        ) as pool,
        Announcer(url, CHANNEL) as announcer,
        Listener(url, {CHANNEL: watermark}),
    ):
        watch.pool(_POOL, pool.get_max_size, lambda: pool.get_size() - pool.get_idle_size())
        log = PostgresLog(url, pool, announcer, watermark, watch)
        try:
            yield log
        finally:
            await log.close()


async def _as_it_is(_: object) -> None:
    """Give a connection back without asking the server to reset it: a reading leaves nothing behind in the session."""


def _arguments(attempts: Sequence[Attempt], decided_at: datetime) -> tuple[object, ...]:
    """Turn a batch into the columns that daybook.append takes (see migrations/sql/log)."""
    numbered = list(enumerate(attempts, 1))
    # Many commands of a batch depend on the same few boundaries: each is checked once.
    boundaries: dict[tuple[str, int], int] = {}
    depends = [
        (number, boundaries.setdefault(boundary, len(boundaries) + 1))
        for number, attempt in numbered
        for boundary in attempt.boundaries
    ]
    conditions = [(number, each.condition) for number, each in numbered if each.condition is not None]
    facts = [(number, attempt, fact) for number, attempt in numbered for fact in attempt.facts]
    return (
        decided_at,
        [each.command_id for each in attempts],
        [each.group for each in attempts],
        [each.name for each in attempts],
        [each.body for each in attempts],
        [each.fingerprint for each in attempts],
        [each.actor for each in attempts],
        [each.outcome for each in attempts],
        [each.reply for each in attempts],
        [each.correlation_id for each in attempts],
        [each.causation_id for each in attempts],
        [each.trace for each in attempts],
        [tag for tag, _ in boundaries],
        [after for _, after in boundaries],
        [number for number, _ in depends],
        [boundary for _, boundary in depends],
        [number for number, _ in conditions],
        [_as_json(condition.fail_if_events_match) for _, condition in conditions],
        [condition.after or 0 for _, condition in conditions],
        [number for number, _, _ in facts],
        [fact.type for _, _, fact in facts],
        [fact.version for _, _, fact in facts],
        [TAG_SEPARATOR.join(fact.tags) for _, _, fact in facts],
        [fact.data for _, _, fact in facts],
        [content_hash(fact, attempt, decided_at) for _, attempt, fact in facts],
    )


def _as_json(query: DCBQuery) -> str:
    return msgspec.json.encode([{"types": item.types, "tags": item.tags} for item in query.items]).decode()


def _recorded(row: Iterable[Any]) -> Recorded:
    position, kind, version, tags, *rest = row
    return Recorded(position, kind, version, tuple(tags), *rest)


def _verdict(row: asyncpg.Record) -> Verdict:
    _, verdict, first, reached, fingerprint, outcome, reply, *_ = row
    match verdict:
        case 0:
            return Written(first, reached)
        case 1:
            return Duplicate(fingerprint, outcome, reply, first, reached)
        case _:
            return Conflict()
