"""The log in memory, behind the same port: for fast tests, and the plainest statement of what an append does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from eventsourcing.dcb.api import DCBQuery

from events.log import (
    BEGINNING,
    Attempt,
    Block,
    Brief,
    Conflict,
    Duplicate,
    Hashed,
    Lived,
    Recorded,
    StoredCommand,
    Under,
    Verdict,
    Written,
    content_hash,
    link_hash,
)


class MemoryLog:
    """Keeps everything in lists; one event loop only."""

    def __init__(self) -> None:
        """Start empty."""
        self._events: list[Recorded] = []
        self._blocks = [BEGINNING]
        self._commands: dict[object, tuple[StoredCommand, Duplicate]] = {}
        self._written = asyncio.Event()

    async def append(self, attempts: Sequence[Attempt], decided_at: datetime) -> Sequence[Verdict]:
        """Settle a batch; see `events.log.Log`."""
        fallen = {attempt.group for attempt in attempts if not self._stands(attempt)}
        verdicts: list[Verdict] = []
        recorded_at = max(datetime.now(UTC), self._blocks[-1].recorded_at)
        start = len(self._events)
        for attempt in attempts:
            if attempt.command_id in self._commands:
                verdicts.append(self._commands[attempt.command_id][1])
            elif attempt.group in fallen:
                verdicts.append(Conflict())
            else:
                verdicts.append(self._write(attempt, decided_at, recorded_at))
        if len(self._events) > start:
            self._link(self._events[start:])
            self._wake()
        return verdicts

    async def read_tags(self, wanted: Mapping[str, int]) -> Mapping[str, Under]:
        """Read what stands under each tag; see `events.log.Log`."""
        found = {}
        for tag, after in wanted.items():
            events = [event for event in self._events[after:] if tag in event.tags]
            found[tag] = Under(events, events[-1].position if events else after)
        return found

    async def read(
        self, query: DCBQuery | None = None, *, after: int = 0, limit: int | None = None
    ) -> AsyncIterator[Recorded]:
        """Iterate over the events that match; see `events.log.Log`."""
        left = len(self._events) if limit is None else limit
        for event in self._events[max(after, 0) :]:
            if left == 0:
                return
            if matches(event, query):
                left -= 1
                yield event

    async def lived(self, tag: str, until: int | datetime | None = None) -> Lived:
        """Return what stands under a tag up to then; see `events.log.Log`."""
        events = [event for event in self._events if tag in event.tags and is_by(event, until)]
        return Lived(events, len(self._events))

    async def brief(self, after: int, limit: int) -> Sequence[Brief]:
        """Return the events after a position; see `events.log.Log`."""
        return [
            Brief(each.position, each.type, each.version, each.data, each.decided_at, each.command_id)
            async for each in self.read(after=after, limit=limit)
        ]

    async def commands(self) -> AsyncIterator[StoredCommand]:
        """Iterate over the settled commands; see `events.log.Log`."""
        for stored, _ in list(self._commands.values()):
            yield stored

    async def settled(self, command_ids: Collection[UUID]) -> Mapping[UUID, StoredCommand]:
        """Return settled commands; see `events.log.Log`."""
        return {each: self._commands[each][0] for each in command_ids if each in self._commands}

    async def blocks(self, *, after: int = -1) -> AsyncIterator[Block]:
        """Iterate over the blocks that end after a position; see `events.log.Log`."""
        for block in list(self._blocks):
            if block.last > after:
                yield block

    async def hashes(self, after: int, last: int) -> Sequence[Hashed]:
        """Return what the chain knows of events; see `events.log.Log`."""
        return [Hashed(each.position, each.recorded_at, each.content_hash) for each in self._events[after:last]]

    async def unfindable(self, after: int, last: int) -> int | None:  # noqa: ARG002  tags are looked up in the events
        """Find nothing amiss; see `events.log.Log`."""
        return None

    async def head(self) -> int:
        """Return the last position."""
        return len(self._events)

    async def wait(self, after: int, seconds: float) -> int:
        """Wait for a position greater than `after`; see `events.log.Log`."""
        try:
            async with asyncio.timeout(seconds):
                while len(self._events) <= after:
                    await self._written.wait()
        except TimeoutError:
            pass
        return len(self._events)

    def _stands(self, attempt: Attempt) -> bool:
        if attempt.command_id in self._commands:
            return False
        if any(tag in event.tags for tag, after in attempt.boundaries for event in self._events[after:]):
            return False
        condition = attempt.condition
        return condition is None or not any(
            matches(event, condition.fail_if_events_match) for event in self._events[condition.after or 0 :]
        )

    def _write(self, attempt: Attempt, decided_at: datetime, recorded_at: datetime) -> Written:
        first = len(self._events) + 1 if attempt.facts else None
        for fact in attempt.facts:
            self._events.append(
                Recorded(
                    len(self._events) + 1,
                    fact.type,
                    fact.version,
                    fact.tags,
                    fact.data,
                    recorded_at,
                    decided_at,
                    attempt.command_id,
                    attempt.actor,
                    attempt.correlation_id,
                    attempt.causation_id,
                    attempt.trace,
                    content_hash(fact, attempt, decided_at),
                )
            )
        reached = len(self._events)
        stored = StoredCommand(
            attempt.command_id, attempt.name, attempt.body, attempt.actor, decided_at, attempt.outcome, first, reached
        )
        kept = Duplicate(attempt.fingerprint, attempt.outcome, attempt.reply, first, reached)
        self._commands[attempt.command_id] = (stored, kept)
        return Written(first, reached)

    def _link(self, written: Sequence[Recorded]) -> None:
        first, last, recorded_at = written[0].position, written[-1].position, written[0].recorded_at
        contents = [event.content_hash for event in written]
        self._blocks.append(
            Block(first, last, recorded_at, link_hash(self._blocks[-1].hash, first, last, recorded_at, contents))
        )

    def _wake(self) -> None:
        self._written.set()
        self._written = asyncio.Event()


def is_by(event: Recorded, until: int | datetime | None) -> bool:
    """Tell whether an event was there at a position or a moment; whatever was written is there by now."""
    if until is None:
        return True
    return event.position <= until if isinstance(until, int) else event.recorded_at <= until


def matches(event: Recorded, query: DCBQuery | None) -> bool:
    """Tell whether an event matches any item of a DCB query; an empty query matches everything."""
    if query is None or not query.items:
        return True
    return any(
        (not item.types or event.type in item.types) and set(item.tags) <= set(event.tags) for item in query.items
    )
