"""Who listens to what: changes are handed to those whose topics they have, and to nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

from projections.changes import Change, Changes
from projections.topics import EVERYTHING


class News(NamedTuple):
    """Topics under which something has changed, and the position of the last of these changes."""

    position: int
    topics: tuple[str, ...]


def news_in(changes: Sequence[Change], topics: frozenset[str]) -> News | None:
    """Return what some changes are to who listens to these topics; None if nothing."""
    found = [(each.position, topics if EVERYTHING in each.topics else topics & each.topics) for each in changes]
    heard = [(position, concerned) for position, concerned in found if concerned]
    return News(heard[-1][0], tuple(sorted(set().union(*(each for _, each in heard))))) if heard else None


class Listener:
    """What one client waits for, and what it has not been told yet.

    Of changes that come faster than they are told, the topics are merged: what is kept never grows beyond `topics`.
    """

    __slots__ = ("_news", "_pending", "_position", "after", "topics")

    def __init__(self, topics: frozenset[str], after: int) -> None:
        """Changes up to `after` are not for it."""
        self.topics = topics
        self.after = after
        self._pending: set[str] = set()
        self._position = after
        self._news = asyncio.Event()

    def hear(self, topics: Collection[str], position: int, *, whenever: bool = False) -> None:
        """Take note of a change; with `whenever` it concerns also what was told before `after`."""
        if whenever or position > self.after:
            self._pending.update(topics)
            self._position = max(self._position, position)
            self._news.set()

    async def news(self, seconds: float) -> News | None:
        """Wait for something to tell, and take it; None if there is nothing when the time is up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
        return self.take()

    def take(self) -> News | None:
        """Take what there is to tell; None if there is nothing."""
        if not self._pending:
            return None
        told = News(self._position, tuple(sorted(self._pending)))
        self._pending.clear()
        self._news.clear()
        return told


class Listeners:
    """All listeners of a process, by topic."""

    def __init__(self, changes: Changes) -> None:
        """Nobody listens."""
        self._changes = changes
        self._all: set[Listener] = set()
        self._by_topic: dict[str, set[Listener]] = {}
        changes.subscribe(self._take)

    @property
    def topics(self) -> Collection[str]:
        """Everything that somebody listens to."""
        return self._by_topic.keys()

    @contextmanager
    def listening(self, topics: frozenset[str], after: int = 0) -> Iterator[Listener]:
        """Listen to what is handed over from now on, if it lies after a position; `after` of the listener is both."""
        listener = Listener(topics, max(after, self._changes.position))
        self._all.add(listener)
        for topic in topics:
            self._by_topic.setdefault(topic, set()).add(listener)
        try:
            yield listener
        finally:
            self._all.remove(listener)
            for topic in topics:
                self._by_topic[topic].remove(listener)
                if not self._by_topic[topic]:
                    del self._by_topic[topic]

    def _take(self, changes: Sequence[Change], _: int) -> None:
        """Hand over a page of changes: each topic once, however many of them have it."""
        latest = {topic: change.position for change in changes for topic in change.topics}
        if EVERYTHING in latest:
            is_mended = any(change.generation for change in changes)
            for listener in self._all:
                listener.hear(listener.topics, latest[EVERYTHING], whenever=is_mended)
        for topic in latest.keys() & self._by_topic.keys():
            for listener in self._by_topic[topic]:
                listener.hear((topic,), latest[topic])
