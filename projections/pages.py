"""The keeper of the pages in Redis: it runs beside the projector, and takes out what has changed.

Several may run at once: what one has done already does no harm when another does it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import structlog

from daybook.valkey import Away
from projections.changes import Changes
from projections.noted import ON_ALL
from projections.page_store import Checkpoint, PageStore, generation_of, new_epoch, page_topics
from projections.topics import Change

IDLE_SECONDS: Final = 1.0
MOST_CHANGED: Final = 2_000

_log = structlog.get_logger(__name__)


class News:
    """What has changed since it was last taken to Redis, each topic with the position of its last change."""

    def __init__(self, position: int, generation: int, *, all_changed: bool) -> None:
        """`all_changed`: no page may stay, whatever it is about."""
        self.position = position
        self.generation = generation
        self.changed: dict[str, int] = {}
        self.all_changed = all_changed

    def add(self, changes: Sequence[Change], position: int) -> None:
        """Take in changes, up to a position."""
        for change in changes:
            if not change.topics.isdisjoint(ON_ALL):
                self.all_changed = True
            self.generation = max(self.generation, change.generation)
            self.changed.update(dict.fromkeys(page_topics(change), change.position))
        if len(self.changed) > MOST_CHANGED:
            self.all_changed = True
        if self.all_changed:
            self.changed.clear()
        self.position = position


class Keeper:
    """What it believes about Redis holds as long as no call fails; after one that does it begins anew."""

    def __init__(self, changes: Changes, store: PageStore) -> None:
        """Both are open. From now on no change is missed."""
        self._store = store
        self._news = News(changes.position, changes.generation, all_changed=True)
        self._unsubscribe = changes.subscribe(self._take)
        self._waiting = asyncio.Event()
        self._epoch = ""
        self._position = 0

    async def run(self) -> None:
        """Follow the changes until cancelled; look after the checkpoint also when there are none."""
        try:
            while True:
                await self.catch_up()
                with suppress(TimeoutError):
                    async with asyncio.timeout(IDLE_SECONDS):
                        await self._waiting.wait()
        finally:
            self._unsubscribe()

    async def catch_up(self) -> None:
        """Take the news to Redis. If that fails, all pages are among the next ones."""
        self._waiting.clear()
        news, self._news = self._news, News(self._news.position, self._news.generation, all_changed=False)
        try:
            if news.all_changed:
                await self._begin(await self._store.checkpoint(), news)
            else:
                await self._advance(news)
        except Away:
            self._news.all_changed = True

    def _take(self, changes: Sequence[Change], position: int) -> None:
        self._news.add(changes, position)
        self._waiting.set()

    async def _advance(self, news: News) -> None:
        while True:
            seen = await self._store.advance(self._epoch, self._position, news.position, news.changed)
            if seen is None or seen.position < self._position or generation_of(seen.epoch) < news.generation:
                # Lost, from an earlier time, or of a keeper who is behind: what changed since is not known to it.
                await self._begin(seen, news)
                return
            if seen.epoch == self._epoch:
                self._position = news.position
                return
            self._epoch = seen.epoch  # another keeper has begun it, and knows what we know

    async def _begin(self, seen: Checkpoint | None, news: News) -> None:
        epoch = new_epoch(news.generation)
        while seen is None or seen.epoch != epoch:
            seen = await self._store.begin(seen, epoch, news.position)
        self._epoch, self._position = epoch, news.position
        _log.info("pages begun anew", position=news.position)
