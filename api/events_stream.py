"""The feed as server-sent events: every event in order, without gaps, and on as the log grows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

from api.sse import HEARTBEAT_SECONDS, Messages, heartbeat, message
from api.tail import Entry, Tail
from events.log import Log, LogUnavailable

PAGE: Final = 200
RETRY_SECONDS: Final = 1.0


class Wanted(NamedTuple):
    """Which events: of one of these types (of any, if there are none), and under all these tags."""

    types: frozenset[str]
    tags: frozenset[str]

    @property
    def query(self) -> DCBQuery | None:
        """As the log is asked; None for all."""
        if not self.types and not self.tags:
            return None
        return DCBQuery(items=[DCBQueryItem(types=[*self.types], tags=[*self.tags])])

    def matches(self, event: Entry) -> bool:
        """Whether it is one of them."""
        return (not self.types or event.type in self.types) and self.tags.issubset(event.tags)


class Bookmark:
    """How far a client was taken: what was composed may have been read."""

    __slots__ = ("position",)

    def __init__(self, position: int) -> None:
        """Nothing is composed yet."""
        self.position = position


async def follow(log: Log, tail: Tail, wanted: Wanted, at: Bookmark, head: int) -> Messages:
    """Compose the events after a position, page by page, and wait for more without end; `at` moves along.

    While nothing matches, signs of life carry the position that was passed, so that who comes back goes on from there.
    If it begins beyond `head`, where the log ends, it is of another log: `reset` says so, and it goes on from the end.
    """
    if at.position > head:
        yield message("reset", head, b'{"position":%d}' % head)
        at.position = head
    with tail.followed():
        told_at = _now()
        while True:
            try:
                page, at.position = await _page(log, tail, wanted, at.position)
            except LogUnavailable:
                await asyncio.sleep(RETRY_SECONDS)
                page = []
            if page:
                yield b"".join(each.message for each in page)
                told_at = _now()
            elif _now() - told_at >= HEARTBEAT_SECONDS:
                yield heartbeat(at.position)
                told_at = _now()
            await tail.beyond(at.position, told_at + HEARTBEAT_SECONDS - _now())


async def _page(log: Log, tail: Tail, wanted: Wanted, after: int) -> tuple[Sequence[Entry], int]:
    """Return a page of what is wanted, and the position that is passed with it."""
    fresh = tail.since(after, PAGE)
    if fresh is not None:
        return [each for each in fresh if wanted.matches(each)], fresh[-1].position if fresh else after
    head = await log.head()
    page = [tail.compose(event) async for event in log.read(wanted.query, after=after, limit=PAGE)]
    if len(page) < PAGE:
        return page, max(head, after, *(each.position for each in page[-1:]))
    return page, page[-1].position


def _now() -> float:
    return asyncio.get_running_loop().time()
