"""The part of the log that a question about the past needs, folded in memory.

A card needs little: what stands under the tag of the thing it shows, and what stands under those that this names. A
list needs all that its read models take in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

from events import tags
from events.catalogue import EVENT_TYPES
from events.log import Log, Recorded
from projections.bookings import BOOKINGS
from projections.candidates import CANDIDATES
from projections.directory import DIRECTORY
from projections.folding import Folding
from projections.projection import Projection
from projections.rows import AllRows
from projections.series import SERIES_AND_OCCURRENCES
from projections.slots import SLOTS
from projections.waitlists import WAITLISTS

MOST_EVENTS: Final = 200_000
# So few at once that others of the same event loop do not wait for long.
PAGE: Final = 250


class TooLong(Exception):
    """More events would have to be replayed than `MOST_EVENTS`."""

    def __init__(self, events: int) -> None:
        """`events` is how many at least."""
        super().__init__(events)
        self.events = events


class Needed(NamedTuple):
    """What a question asks: read models, and of these, if a tag is given, what it stands for and what that names."""

    models: tuple[Projection, ...]
    tag: str | None = None


async def replay(log: Log, needed: Needed, until: int) -> list[AllRows]:
    """Return the rows of each read model as of position `until`: all, or those that the card of a thing is made of.

    Raises TooLong, Unfoldable, events.log.LogUnavailable.
    """
    replaying = _Replay(log, until)
    if needed.tag is None:
        return await replaying.everything(needed.models)
    return await replaying.under(needed.tag, needed.models)


class _Replay:
    """One reading of the log, in pages that are small enough for others to be answered in between."""

    def __init__(self, log: Log, until: int) -> None:
        self._log = log
        self._until = until
        self._count = 0

    async def everything(self, models: Sequence[Projection]) -> list[AllRows]:
        """Fold the whole log; of a model that little happens to, only its own events are read."""
        folding = Folding(models)
        if set(models) == {DIRECTORY}:
            await self._fold(folding, _OF_DIRECTORY)
        else:
            self._check(self._until)
            await self._fold(folding, None)
        return folding.rows

    async def under(self, tag: str, models: Sequence[Projection]) -> list[AllRows]:
        """Fold what is under a tag, and then what is under those that it names."""
        wanted = {tag}
        folding = Folding(models, lambda model, key: _TAG_OF[model.name](key) in wanted)
        met: set[str] = set()
        await self._fold(folding, _under(wanted), lambda page: met.update(tag for each in page for tag in each.tags))
        kinds = {kind for model in models for kind in _KINDS[model.name]}
        wanted = {each for each in {*met, *_named(folding.rows)} - {tag} if each.partition(":")[0] in kinds}
        if wanted:
            await self._fold(folding, _under(wanted))
        return folding.rows

    async def _fold(
        self,
        folding: Folding,
        query: DCBQuery | None,
        passed: Callable[[Sequence[Recorded]], None] = lambda _: None,
    ) -> None:
        """Take in what a query finds, page by page."""
        position = 0
        while True:
            page = [each async for each in self._log.read(query, after=position, limit=PAGE)]
            due = [each for each in page if each.position <= self._until]
            self._count += len(due)
            self._check(self._count)
            folding.take(due)
            passed(due)
            if len(due) < PAGE:
                return
            position = page[-1].position
            await asyncio.sleep(0)

    def _check(self, events: int) -> None:
        if events > MOST_EVENTS:
            raise TooLong(events)


def _under(wanted: Iterable[str]) -> DCBQuery:
    return DCBQuery(items=[DCBQueryItem(tags=[tag]) for tag in sorted(wanted)])


def _named(rows: Iterable[AllRows]) -> Iterable[str]:
    """Name the entries of the directory that rows refer to."""
    for its in rows:
        for changed in its.changed.values():
            for row in changed.values():
                yield from (tag(getattr(row, name)) for name, tag in _NAMING.items() if hasattr(row, name))
                yield from map(tags.city, getattr(row, "city_ids", ()))


_DIRECTORY_TYPES: Final = [each.name for each in EVENT_TYPES if each.struct in DIRECTORY.events]
_OF_DIRECTORY: Final = DCBQuery(items=[DCBQueryItem(types=_DIRECTORY_TYPES)])

# The tag under which all events of a key stand.
_TAG_OF: Final[Mapping[str, Callable[[Any], Hashable]]] = {
    DIRECTORY.name: lambda tag: tag,
    SLOTS.name: tags.slot,
    SERIES_AND_OCCURRENCES.name: tags.series,
    BOOKINGS.name: tags.booking,
    CANDIDATES.name: tags.candidate,
    WAITLISTS.name: lambda place: tags.candidate(place[2]),
}
# The kinds of tags that a model has rows for.
_KINDS: Final = {
    DIRECTORY.name: ("city", "stage", "test", "recruiter"),
    SLOTS.name: ("slot",),
    SERIES_AND_OCCURRENCES.name: ("series",),
    BOOKINGS.name: ("booking",),
    CANDIDATES.name: ("candidate",),
    WAITLISTS.name: (),
}
_NAMING: Final[Mapping[str, Callable[[Any], str]]] = {
    "city_id": tags.city,
    "stage_id": tags.stage,
    "test_id": tags.test,
    "recruiter_id": tags.recruiter,
}
