"""Folding the log into all rows of read models, in memory: what their tables have to hold at a position."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from events.catalogue import EVENT_TYPES
from events.log import Log
from projections.batch import Batch
from projections.projection import Projection, key_text, shard_of
from projections.reading import Ahead
from projections.rows import Rows

PAGE: Final = 5_000

_NAMES = {each.struct: each.name for each in EVENT_TYPES}


class Part(NamedTuple):
    """One of so many equal parts of all keys; together they are everything."""

    number: int
    of: int


WHOLE: Final = Part(0, 1)


class Unfoldable(Exception):
    """A read model cannot take in an event. The text names no value: an event may hold a person's data."""


async def fold_log(
    log: Log,
    projections: Sequence[Projection],
    until: int,
    part: Part = WHOLE,
    passed: Callable[[int], None] = lambda _: None,
) -> list[Rows]:
    """Return the rows of each read model as of position `until`; only those of the keys in `part`.

    `passed` is told each position that is behind us. Raises Unfoldable, events.log.LogUnavailable.
    """
    folds = [_Fold(projection, part) for projection in projections]
    ahead = Ahead(log)
    position = 0
    try:
        while position < until:
            recorded = await ahead.take(position, min(PAGE, until - position))
            position = recorded[-1].position
            if position < until:
                ahead.prepare(position, min(PAGE, until - position))
            batch = Batch(recorded)
            for fold in folds:
                fold.take(batch)
            passed(position)
    finally:
        await ahead.close()
    return [fold.rows for fold in folds]


class _Fold:
    """One read model, from nothing."""

    def __init__(self, projection: Projection, part: Part) -> None:
        self.rows = Rows(projection.layouts, complete=True)
        self._projection = projection
        self._part = part
        self._types = frozenset(_NAMES[struct] for struct in projection.events)

    def take(self, batch: Batch) -> None:
        number, of = self._part
        keys, project, rows = self._projection.keys, self._projection.project, self.rows
        for event, recorded in batch.wanted(self._types):
            for key in keys(event):
                if of > 1 and shard_of(key_text(key), of) != number:
                    continue
                try:
                    project(event, key, recorded, rows)
                except Exception as error:
                    what = f"{type(error).__name__} at position {recorded.position} ({recorded.type})"
                    raise Unfoldable(f"{self._projection.name}: {what}") from error
