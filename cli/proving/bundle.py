"""The log, or a part of it, as a file that can be verified without Daybook; in memory that does not grow with it."""

from __future__ import annotations

import asyncio
import zlib
from collections import deque
from collections.abc import AsyncIterator
from datetime import UTC
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from cli.environment import Failed
from cli.exporting.sink import Sink
from events.log import Block, microseconds
from events.proofs.bundle import block_line, event_line, header_line

SECONDS: Final = 60.0
PAGE: Final = 5_000

# Levels above it take twice the time, or more, for a file a tenth smaller.
_LEVEL: Final = 1
_GZIP: Final = 16 + zlib.MAX_WBITS
_NONE: Final = bytes(32)

# Where whoever changed rows put some: nothing of the log stands before position 1, but for the block it begins with.
_BEFORE_ALL: Final = -(1 << 63)

# Moments that the driver cannot read, which nothing writes, come out as the infinity that lies beyond them.
_RECORDED: Final = """
    case when recorded_at < '0001-01-02 00:00Z' then '-infinity' when recorded_at > '9999-12-30 00:00Z' then 'infinity'
    else recorded_at end"""
_RANGE: Final = """
    select log.id, coalesce(head.last, 0),
        (select first_position from daybook.block where last_position >= $1 order by last_position limit 1),
        (select last_position from daybook.block where last_position >= $2 order by last_position limit 1)
    from audit.log, lateral (select greatest(
        (select last_position from daybook.block order by last_position desc limit 1),
        (select position from daybook.event order by position desc limit 1)) as last) head"""
_PREVIOUS: Final = "select hash from daybook.block where last_position = $1"
# With ties: without its key a table may hold a position twice, and a page must not end between the two.
_BLOCKS: Final = f"""
    select first_position, last_position, {_RECORDED}, hash from daybook.block
    where last_position >= $1 and last_position <= $2
    and (last_position, first_position, recorded_at, hash) <> (0, 0, '-infinity', sha256('daybook'))
    order by last_position fetch first ($3) rows with ties"""  # noqa: S608  words of ours
_EVENTS: Final = f"""
    select position, {_RECORDED}, convert_to(daybook.envelope(event), 'utf8'), data, content_hash from daybook.event
    where position >= $1 and position <= $2 order by position fetch first ($3) rows with ties"""  # noqa: S608  as above


class Exported(NamedTuple):
    """Which part of which log was written."""

    log: UUID
    first: int
    last: int


async def export_bundle(connection: asyncpg.Connection, sink: Sink, first: int | None, last: int | None) -> Exported:
    """Write the blocks that hold `first` to `last`, or all from the beginning, or to the end. Raises Failed."""
    part = await _part(connection, first, last)
    previous = await connection.fetchval(_PREVIOUS, part.first - 1)
    compressor = zlib.compressobj(_LEVEL, wbits=_GZIP)

    # In a thread: compressing lets go of the interpreter, and the next page is read meanwhile.
    def write(lines: list[bytes]) -> None:
        sink.write(compressor.compress(b"".join(lines)))

    write([header_line(part.log, part.first, part.last, previous or _NONE)])
    writing: asyncio.Future[None] = asyncio.ensure_future(asyncio.sleep(0))
    try:
        async for lines in _pages(connection, part):
            await writing
            writing = asyncio.ensure_future(asyncio.to_thread(write, lines))
    finally:
        await writing
    sink.write(compressor.flush())
    return part


async def _part(connection: asyncpg.Connection, first: int | None, last: int | None) -> Exported:
    row = await connection.fetchrow(_RANGE, first or 1, last or 0)
    if row is None:
        raise Failed("the log has lost its name: audit.log is empty")
    log, head, begin, end = row
    if first is not None and begin is None:
        raise Failed(f"the log ends at position {head}")
    return Exported(log, max(begin, 1) if first else 1, end or head if last else head)


def _start(part: Exported) -> int:
    return part.first if part.first > 1 else _BEFORE_ALL


async def _pages(connection: asyncpg.Connection, part: Exported) -> AsyncIterator[list[bytes]]:
    """Yield the lines of the part, each block before its events. What is missing or too much comes out as it stands."""
    blocks = _Blocks(connection, part)
    start = _start(part)
    moment, recorded = None, 0
    while start <= part.last and (events := await connection.fetch(_EVENTS, start, part.last, PAGE)):
        lines: list[bytes] = []
        for position, recorded_at, envelope, data, stored in events:
            while position > blocks.reached and (block := await blocks.next()) is not None:
                lines.append(block_line(block))
            if recorded_at != moment:  # those of a block are all the same
                # The driver reads infinity, which somebody may have put there, as a moment without a zone.
                moment, recorded = recorded_at, microseconds(recorded_at.replace(tzinfo=UTC))
            sound = sha256(envelope + b"\n" + data).digest() == stored
            lines.append(event_line(position, recorded, envelope, data, None if sound else stored))
        yield lines
        start = events[-1][0] + 1
    yield [block_line(block) async for block in blocks]


class _Blocks:
    """The blocks of a part, one after the other."""

    def __init__(self, connection: asyncpg.Connection, part: Exported) -> None:
        """`reached` is the last position of the block that was taken last."""
        self.reached = part.first - 1
        self._connection = connection
        self._start = _start(part)
        self._last = part.last
        self._read = deque[Block]()

    async def next(self) -> Block | None:
        """Take the next one; None if there is none."""
        if not self._read and self._start <= self._last:
            rows = await self._connection.fetch(_BLOCKS, self._start, self._last, PAGE)
            self._read.extend(Block(first, last, at.replace(tzinfo=UTC), link) for first, last, at, link in rows)
            self._start = self._read[-1].last + 1 if rows else self._last + 1
        if not self._read:
            self.reached = self._last
            return None
        block = self._read.popleft()
        self.reached = block.last
        return block

    async def __aiter__(self) -> AsyncIterator[Block]:
        """Take all that are left."""
        while (block := await self.next()) is not None:
            yield block
