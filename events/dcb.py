"""A bridge for programs written to `eventsourcing.dcb.api`: that library's synchronous recorder, over any of our logs.

The log lives in an event loop in a thread of its own; every call of the recorder crosses over to it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import UTC, datetime
from threading import Thread
from typing import Any, Final, Generic, NamedTuple, TypeVar

from eventsourcing.dcb.api import (
    DCBAppendCondition,
    DCBEvent,
    DCBQuery,
    DCBReadResponse,
    DCBRecorder,
    DCBSequencedEvent,
    DCBSubscription,
)
from eventsourcing.persistence import IntegrityError, OperationalError, ProgrammingError

from daybook.ids import new_id
from events.log import ACCEPTED, TAG_SEPARATOR, Attempt, Boundary, Conflict, Fact, Log, LogUnavailable, Recorded

COMMAND: Final = "append-events"
PAGE: Final = 500
STOP_SECONDS: Final = 0.5

T = TypeVar("T")
L_co = TypeVar("L_co", bound=Log, covariant=True)


class _Page(NamedTuple):
    """Events that match, and the position up to which the log was searched for them."""

    events: Sequence[Recorded]
    searched: int


class LogRecorder(DCBRecorder, Generic[L_co]):
    """Speaks `DCBRecorder`. Made by `open_recorder`; may be shared by threads.

    Raises OperationalError when the log is unavailable: then an append may or may not have been written.
    """

    def __init__(self, log: L_co, loop: asyncio.AbstractEventLoop, actor: str) -> None:
        """`loop` runs in another thread, and `log` in it. `actor` is written with every event."""
        self.log: Final = log
        self._loop = loop
        self._actor = actor

    def read(self, query: DCBQuery | None = None, *, after: int | None = None, limit: int | None = None) -> LogReading:
        """Read what the log holds now, page by page."""
        return LogReading(self, query, after or 0, limit)

    def append(self, events: Sequence[DCBEvent], condition: DCBAppendCondition | None = None) -> int:
        """Append events as one command with a random id; return the last position.

        IntegrityError if the condition fails; ProgrammingError without events, or with a tag that the log cannot hold.
        """
        if not events:
            raise ProgrammingError("an append needs at least one event")
        attempt = self.attempt([_fact(event) for event in events], condition=condition)
        [verdict] = self.call(self.log.append([attempt], datetime.now(UTC)))
        if isinstance(verdict, Conflict):
            raise IntegrityError(condition)
        return verdict.position

    def subscribe(self, query: DCBQuery | None = None, *, after: int | None = None) -> LogSubscription[L_co]:
        """Read on for ever, from after a position."""
        return LogSubscription(self, query, after)

    def attempt(
        self,
        facts: Sequence[Fact],
        *,
        boundaries: Sequence[Boundary] = (),
        condition: DCBAppendCondition | None = None,
    ) -> Attempt:
        """Make a command with a random id that writes facts."""
        command_id = new_id()
        return Attempt(
            command_id=command_id,
            name=COMMAND,
            body=b"{}",
            fingerprint=b"",
            actor=self._actor,
            outcome=ACCEPTED,
            reply=b"",
            correlation_id=command_id,
            group=0,
            boundaries=boundaries,
            facts=facts,
            condition=condition,
        )

    def call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine of the log to its end."""
        try:
            return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()
        except LogUnavailable as error:
            raise OperationalError from error

    def head(self) -> int:
        """Return the last position of the log."""
        return self.call(self.log.head())

    def page(self, query: DCBQuery | None, after: int, limit: int) -> _Page:
        """Read up to `limit` events after a position."""
        return self.call(self._page(query, after, limit))

    def wait(self, after: int) -> None:
        """Block until there is a position greater than `after`, or it is time to see whether to stop."""
        self.call(self.log.wait(after, STOP_SECONDS))

    async def _page(self, query: DCBQuery | None, after: int, limit: int) -> _Page:
        head = await self.log.head()
        events = [event async for event in self.log.read(query, after=after, limit=limit)]
        if len(events) == limit:
            return _Page(events, events[-1].position)
        return _Page(events, max(head, events[-1].position if events else after))


class LogReading(DCBReadResponse):
    """One reading of a log: up to its head at the time, or up to a number of events.

    `head` is the position to name as `after` in the condition of an append that is decided on this reading. Without a
    limit that is the log's head, with one it is the last event that was read; None as long as there is none.
    """

    def __init__(self, recorder: LogRecorder[Log], query: DCBQuery | None, after: int, limit: int | None) -> None:
        """Take note of the head; events are fetched when they are asked for."""
        self._recorder = recorder
        self._query = query
        self._after = after
        self._left = limit
        self._last = recorder.head()
        self._head = self._last or None if limit is None else None
        self._fetched = deque[Recorded]()

    @property
    def head(self) -> int | None:
        """The position up to which the events read tell everything that matches."""
        return self._head

    def __next__(self) -> DCBSequencedEvent:
        """Return the next event; StopIteration after the last."""
        if not self._fetched:
            self._fetch()
        if not self._fetched:
            raise StopIteration
        event = self._fetched.popleft()
        if self._left is not None:
            self._left -= 1
            self._head = event.position
        return _sequenced(event)

    def _fetch(self) -> None:
        size = PAGE if self._left is None else min(PAGE, self._left)
        if size == 0 or self._after >= self._last:
            return
        page = self._recorder.page(self._query, self._after, size)
        self._after = page.searched
        self._fetched.extend(event for event in page.events if event.position <= self._last)


class LogSubscription(DCBSubscription[LogRecorder[L_co]], Generic[L_co]):
    """Events as they come: blocks at the end of the log until there are more."""

    def __init__(self, recorder: LogRecorder[L_co], query: DCBQuery | None, after: int | None) -> None:
        """Start after a position, at the beginning without one."""
        super().__init__(recorder, query, after)
        self._fetched = deque[Recorded]()

    def __next__(self) -> DCBSequencedEvent:
        """Return the next event; StopIteration once stopped, `STOP_SECONDS` after that at the latest."""
        while not self._has_been_stopped:
            if self._fetched:
                return _sequenced(self._fetched.popleft())
            page = self._recorder.page(self._query, self._last_position, PAGE)
            self._last_position = page.searched
            self._fetched.extend(page.events)
            if not page.events:
                self._recorder.wait(page.searched)
        raise StopIteration


@contextmanager
def open_recorder(opening: AbstractAsyncContextManager[L_co], actor: str) -> Iterator[LogRecorder[L_co]]:
    """Open a log in an event loop of its own, for as long as the recorder is used.

    A program that ends without leaving this ends all the same.
    """
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="log", daemon=True)
    thread.start()
    try:
        log = asyncio.run_coroutine_threadsafe(opening.__aenter__(), loop).result()
        try:
            yield LogRecorder(log, loop, actor)
        finally:
            asyncio.run_coroutine_threadsafe(_leave(opening), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _leave(opening: AbstractAsyncContextManager[object]) -> None:
    await opening.__aexit__(None, None, None)


def _fact(event: DCBEvent) -> Fact:
    if any(TAG_SEPARATOR in tag or not tag for tag in event.tags):
        raise ProgrammingError("a tag is neither empty nor does it hold the character U+001F")
    return Fact(event.type, 1, tuple(event.tags), event.data)


def _sequenced(event: Recorded) -> DCBSequencedEvent:
    return DCBSequencedEvent(DCBEvent(event.type, event.data, list(event.tags)), event.position)
