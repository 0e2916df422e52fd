"""Answers that are kept in the process, ready to be sent, until something changes that they depend on.

The rules, and the interleavings behind them, are told in docs/caching.md.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from api.compression import Content
from commands.actor import Actor, Role
from daybook.metrics import Metrics
from projections.topics import EVERYTHING, Change

# What nobody was told of (a row that was mended by hand, and no generation begun) shows after this time.
MOST_AGE: Final = timedelta(seconds=10)
REMEMBERED: Final = 4_096

_BYTES_EACH: Final = 2_000
_BYTES_A_TOPIC: Final = 300

Reason = Literal["changed", "expired", "crowded"]


class Kept(msgspec.Struct, frozen=True, eq=False):
    """An answer of the route `route`, for the roles `roles`, and if it is `own`, of recruiters only for that one.

    It reflects `position` at least, and holds until `until`, if nothing of its topics changes before. It was made of
    rows of `generation`, or a later one.
    """

    content: Content
    route: str
    roles: frozenset[Role]
    own: UUID | None
    topics: frozenset[str]
    position: int
    generation: int
    until: datetime

    def may_be_seen_by(self, actor: Actor) -> bool:
        """Tell whether it may be shown."""
        return actor.role in self.roles and (self.own is None or actor.may_act_for(self.own))


class KeptAnswers:
    """By question; bounded in bytes, the least recently used go first. All methods belong to one event loop.

    An answer that is found is as good as new at `position`: nothing that it depends on has changed up to there.
    """

    def __init__(self, most_bytes: int, position: int, clock: Callable[[], datetime], metrics: Metrics) -> None:
        """Keep nothing if there are no bytes for it. `take` is told of every change after `position`."""
        self.position = position
        self._generation = 0
        self._most_bytes = most_bytes
        self._clock = clock
        self._dropped = {reason: metrics.kept_dropped.labels(reason) for reason in ("changed", "expired", "crowded")}
        self._missing = metrics.kept_missing
        self._refused = metrics.kept_refused
        self.recalled = metrics.kept_recalled.inc
        self._answers: OrderedDict[Hashable, Kept] = OrderedDict()
        self._by_topic: dict[str, set[Hashable]] = {}
        self._bytes = 0
        self._recent: deque[Change] = deque()
        self._floor = position
        metrics.kept_bytes.set_function(lambda: self._bytes)

    def find(self, question: Hashable) -> Kept | None:
        """Return the answer that is kept, if it still holds."""
        kept = self._answers.get(question)
        if kept is None:
            return None
        if kept.until <= self._clock():
            self._drop(question, "expired")
            return None
        self._answers.move_to_end(question)
        return kept

    def as_of(self, question: Hashable, kept: Kept) -> int:
        """Return the position that an answer reflects at least, whether or not it is kept."""
        return max(self.position, kept.position) if self._answers.get(question) is kept else kept.position

    def keep(self, question: Hashable, kept: Kept) -> None:
        """Keep an answer, unless something that it depends on may have changed after its position."""
        self._missing.inc()
        if _size(kept) > self._most_bytes:
            return
        if not self._is_unchanged(kept):
            self._refused.inc()
            return
        known = self._answers.get(question)
        if known is not None:
            if known.position > kept.position:
                return
            self._remove(question)
        self._add(question, kept)
        while self._bytes > self._most_bytes:
            self._drop(next(iter(self._answers)), "crowded")

    def take(self, changes: Sequence[Change], reached: int) -> None:
        """Drop what depends on what has changed, and is older; remember the changes for answers still to come."""
        for change in changes:
            for topic in change.topics:
                for question in [*self._by_topic.get(topic, ())]:
                    kept = self._answers[question]
                    if kept.position < change.position or kept.generation < change.generation:
                        self._drop(question, "changed")
            self._generation = max(self._generation, change.generation)
        self._recent.extend(changes)
        while len(self._recent) > REMEMBERED:
            self._floor = self._recent.popleft().position
        self.position = reached

    def _is_unchanged(self, kept: Kept) -> bool:
        """An answer from before what is remembered has no way to know, nor has one from before a generation."""
        if kept.position < self._floor or kept.generation < self._generation:
            return False
        for change in reversed(self._recent):
            if change.position <= kept.position:
                return True
            if EVERYTHING in change.topics or not kept.topics.isdisjoint(change.topics):
                return False
        return True

    def _add(self, question: Hashable, kept: Kept) -> None:
        self._answers[question] = kept
        self._bytes += _size(kept)
        for topic in (EVERYTHING, *kept.topics):
            self._by_topic.setdefault(topic, set()).add(question)

    def _drop(self, question: Hashable, reason: Reason) -> None:
        self._remove(question)
        self._dropped[reason].inc()

    def _remove(self, question: Hashable) -> None:
        kept = self._answers.pop(question)
        self._bytes -= _size(kept)
        for topic in (EVERYTHING, *kept.topics):
            questions = self._by_topic[topic]
            questions.discard(question)
            if not questions:
                del self._by_topic[topic]


def _size(kept: Kept) -> int:
    return kept.content.size + _BYTES_EACH + len(kept.topics) * _BYTES_A_TOPIC
