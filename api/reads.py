"""Who reads the log is written down before they are told: many reads in one commit, by one connection.

Nobody is told what could not be written down. The end of a stream cannot be refused any more: that is tried until the
process ends.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Final, Literal, NamedTuple, Self
from uuid import UUID

import asyncpg
import structlog

from daybook.database import UNREACHABLE, Session

MOST_WAITING: Final = 2_000
BATCH: Final = 500
RETRY_SECONDS: Final = 0.5
CLOSING_SECONDS: Final = 2.0

Kind = Literal["answer", "stream-begun", "stream-ended"]

_log = structlog.get_logger(__name__)
# Whatever the database says, no read behind it must wait for ever.
_FAILURES: Final = (*UNREACHABLE, asyncpg.PostgresError)


class Read(NamedTuple):
    """One read, as a row of audit.read; see there. `parameters` is JSON."""

    read_id: UUID
    kind: Kind
    read_at: datetime
    role: str
    token: str
    route: str
    parameters: str
    first_position: int | None
    last_position: int | None
    trace: str | None


_INSERT: Final = f"""
    insert into audit.read ({", ".join(Read._fields)})
    select read_id, kind, read_at, role, token, route, parameters::jsonb, first_position, last_position, trace
    from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
                $9::bigint[], $10::text[]) read({", ".join(Read._fields)})"""  # noqa: S608  names of our own columns


class NotRecorded(Exception):
    """The read could not be written down, so that it must not be answered."""


class _Waiting(NamedTuple):
    """A read that is to be written; nobody waits for the end of a stream."""

    read: Read
    written: asyncio.Future[None] | None


class Reads:
    """Use as `async with Reads(url) as reads`."""

    def __init__(self, url: str) -> None:
        """Nothing is connected yet."""
        self._session = Session(url, "daybook reads")
        self._waiting = deque[_Waiting]()
        self._news = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to write."""
        self._task = asyncio.create_task(self._run(), name="record reads")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Write what waits, as far as that is possible in a moment, and take on no more."""
        self._closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_SECONDS):
                await self._idle.wait()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._give_up(self._waiting)
        await self._session.close()

    async def record(self, read: Read) -> None:
        """Return once the read is written. Raises NotRecorded; then it may be written all the same."""
        if self._closed or len(self._waiting) >= MOST_WAITING:
            raise NotRecorded
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._put(_Waiting(read, written))
        await written

    def note(self, read: Read) -> None:
        """Have a read written as soon as that is possible: one that cannot be refused any more."""
        if self._closed or len(self._waiting) >= MOST_WAITING:
            self._give_up([_Waiting(read, None)])
        else:
            self._put(_Waiting(read, None))

    def _put(self, waiting: _Waiting) -> None:
        self._waiting.append(waiting)
        self._idle.clear()
        self._news.set()

    async def _run(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                await self._write([self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH))])
            self._idle.set()

    async def _write(self, batch: list[_Waiting]) -> None:
        try:
            async with self._session.use() as connection:
                await connection.execute(_INSERT, *zip(*(each.read for each in batch), strict=True))
        except _FAILURES as error:
            _log.warning("reads not recorded", reads=len(batch), error=type(error).__name__)
            self._give_up(each for each in batch if each.written is not None)
            self._waiting.extendleft(each for each in reversed(batch) if each.written is None)
            await asyncio.sleep(RETRY_SECONDS if self._waiting else 0)
            return
        except asyncio.CancelledError:
            self._waiting.extendleft(reversed(batch))
            raise
        for each in batch:
            if each.written is not None and not each.written.done():
                each.written.set_result(None)

    def _give_up(self, batch: Iterable[_Waiting]) -> None:
        for read, written in batch:
            if written is None:
                _log.error("end of a stream not recorded", read_id=str(read.read_id), last_position=read.last_position)
            elif not written.done():
                written.set_exception(NotRecorded())
