"""Which topics have changed lately, and at which position last: what a process knows that follows the changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from projections.page_store import page_topics
from projections.topics import DIRECTORY, EVERYTHING, Change

BOUND: Final = 20_000

ON_ALL: Final = frozenset({DIRECTORY, EVERYTHING})
"""Topics of changes that concern every page."""


class Noted:
    """Topics of pages, in bounded number: of those it has forgotten it knows when none had changed any more."""

    def __init__(self, position: int, bound: int = BOUND) -> None:
        """Nothing is known of what changed up to `position`."""
        self._floor = position
        self._bound = bound
        self._last: OrderedDict[str, int] = OrderedDict()

    def take(self, changes: Sequence[Change], _position: int) -> None:
        """Take note of changes; see `projections.changes.Take`."""
        for change in changes:
            if not change.topics.isdisjoint(ON_ALL):
                self._last.clear()
                self._floor = change.position
                continue
            for topic in page_topics(change):
                self._last[topic] = change.position
                self._last.move_to_end(topic)
        while len(self._last) > self._bound:
            self._floor = self._last.popitem(last=False)[1]

    def shows(self, topic: str, position: int, *, at: int) -> bool:
        """Say whether a page that was right `at` one position is so at another, up to which changes were taken in."""
        return at >= min(position, self._last.get(topic, self._floor))
