"""One shard of one read model in the hands of the runner: where it stands, what it knows, how it fares.

An event that it cannot take in is tried once more, with all rows read anew. Then it is parked, and with it every
later event of the same key, though one that takes data away does so at once; all other keys go on. Where it is the
database that does not take a row, the batch is cut in halves until one event is left. An event whose key nobody can
tell is not parked: the read model stands still.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from contextlib import suppress
from typing import Any, Final

import asyncpg

from daybook.database import UNREACHABLE
from events.catalogue import EVENT_TYPES
from events.codec import Event
from events.log import Recorded
from projections import store
from projections.batch import Batch, Poison
from projections.checkpoint import Held, Mark
from projections.parking import Parked
from projections.projection import Projection, key_text, shard_of
from projections.rows import Key, Rows

MOST_PARKED: Final = 1_000

_NAMES = {each.struct: each.name for each in EVENT_TYPES}

_Wanted = list[tuple[Event, Hashable, Recorded]]
"""The events of a batch, each once for every key that is ours."""


class Refused(Exception):
    """The database does not take the rows of a read model."""

    def __init__(self, member: Member, error: Exception) -> None:
        """`error` is named by its type alone: its text may hold a row."""
        super().__init__(f"{type(error).__name__} after position {member.position}")
        self.member = member
        self.kind = type(error).__name__


class TooMuchParked(Exception):
    """So many keys wait that it must be the read model itself that is wrong: it stands still."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__(f"events of more than {MOST_PARKED} keys could not be taken in")


class Member:
    """A read model, the rows it has in memory, and the keys that wait."""

    def __init__(self, projection: Projection, held: Held, waiting: Collection[str], row_bound: int) -> None:
        """`waiting` are the keys under which events are parked, written out."""
        self.projection = projection
        self.held = held
        self.mark = held.mark
        self.stopped = False
        self.limit: int | None = None
        """How many events it may take at once while the database refuses more; then it goes alone."""
        self.rows = Rows(projection.layouts, row_bound)
        self.parked: list[Parked] = []
        self._waiting = set(waiting)
        self._condemned: dict[str, str] = {}
        self._types = frozenset(_NAMES[struct] for struct in projection.events)

    @property
    def position(self) -> int:
        """Where it stands."""
        return self.mark.position

    def is_ours(self, key: str) -> bool:
        """Tell whether a key, written out, belongs to this shard."""
        return self.projection.shards == 1 or shard_of(key, self.projection.shards) == self.held.shard

    async def fold(self, connection: asyncpg.Connection, batch: Batch) -> None:
        """Work out what a batch changes, and what of it has to wait; nothing is written.

        Raises Poison if it cannot be told whose an event is, for that or the event cannot be read; TooMuchParked.
        """
        wanted = self._wanted(batch)
        if await self._read(connection, wanted) and not self._waiting and not self._condemned:
            try:
                self._fold_at_once(wanted)
            except Exception:  # noqa: BLE001  whatever a projection raises; it comes again below, and is kept
                self.rows.forget()
                await self._read(connection, wanted)
            else:
                return
        self._fold_one_by_one(wanted)

    async def save(self, connection: asyncpg.Connection) -> None:
        """Write what has changed, in the transaction of the caller. Raises Refused."""
        try:
            for layout in self.projection.layouts:
                if changed := self.rows.changed[layout.row]:
                    await store.save(connection, layout, changed.values())
        except UNREACHABLE:
            raise
        except asyncpg.PostgresError as error:
            raise Refused(self, error) from error

    def saved(self, mark: Mark) -> None:
        """What was written is committed."""
        self.rows.settle()
        self.mark = mark
        self.parked.clear()
        self._condemned.clear()
        if self.limit is not None:
            self.limit *= 2

    def discard(self) -> None:
        """The batch came to nothing for this read model."""
        self.rows.discard()
        self._waiting -= {each.key for each in self.parked if each.error is not None}
        self.parked.clear()

    def keep_waiting(self, key: str) -> None:
        """What was tried again came to nothing: it waits as it did."""
        self.rows.discard()
        self.parked.clear()
        self._waiting.add(key)

    def refused(self, batch: Batch, kind: str) -> None:
        """The database refuses what a batch makes: take less of it, or park the one event that is left."""
        if len(batch.recorded) > 1:
            self.limit = len(batch.recorded) // 2
        else:
            self._condemned = {key_text(key): kind for _, key, _ in self._wanted(batch)}

    def free(self, key: str) -> None:
        """Nothing waits under this key any more."""
        self._waiting.discard(key)

    async def fold_again(self, connection: asyncpg.Connection, batch: Batch, key: str) -> None:
        """Take in what waited under a key, and touch no other; from the first that fails on it waits again."""
        self.free(key)
        wanted = [each for each in self._wanted(batch) if key_text(each[1]) == key]
        await self._read(connection, wanted)
        self._fold_one_by_one(wanted)

    def _wanted(self, batch: Batch) -> _Wanted:
        keys, whole = self.projection.keys, self.projection.shards == 1
        wanted: _Wanted = []
        recorded = batch.last
        try:
            for event, recorded in batch.wanted(self._types):
                for key in keys(event):
                    if whole or self.is_ours(key_text(key)):
                        wanted.append((event, key, recorded))
        except Poison:
            raise
        except Exception as error:
            raise Poison(recorded, error) from error
        return wanted

    def _fold_at_once(self, wanted: _Wanted) -> None:
        project, rows = self.projection.project, self.rows
        for event, key, recorded in wanted:
            project(event, key, recorded, rows)

    def _fold_one_by_one(self, wanted: _Wanted) -> None:
        for event, key, recorded in wanted:
            text = key_text(key)
            if text in self._waiting:
                self._wait(event, text, key, recorded)
            elif text in self._condemned:
                self._park(text, recorded, self._condemned[text])
            else:
                self._try(event, text, key, recorded)

    def _wait(self, event: Any, text: str, key: Hashable, recorded: Recorded) -> None:  # noqa: ANN401  any event
        """Let an event stand behind another; if it fails by itself as well, that is not why it waits."""
        if isinstance(event, self.projection.overtaking):
            self._error_of(event, key, recorded)
        self.parked.append(Parked(text, recorded.position, recorded.type, None))

    def _try(self, event: Any, text: str, key: Hashable, recorded: Recorded) -> None:  # noqa: ANN401  as above
        error = self._error_of(event, key, recorded)
        if error is not None:
            self._park(text, recorded, error)

    def _error_of(self, event: Any, key: Hashable, recorded: Recorded) -> str | None:  # noqa: ANN401  as above
        """Take an event in; return what was raised, if it could not be."""
        try:
            with self.rows.all_or_nothing():
                list(self.projection.reads(event, key))  # if that fails, the rows are not all at hand
                self.projection.project(event, key, recorded, self.rows)
        except Exception as error:  # noqa: BLE001  whatever a projection raises: it is kept with the event
            return type(error).__name__
        return None

    def _park(self, key: str, recorded: Recorded, error: str) -> None:
        if len(self._waiting) >= MOST_PARKED:
            raise TooMuchParked
        self._waiting.add(key)
        self.parked.append(Parked(key, recorded.position, recorded.type, error))

    async def _read(self, connection: asyncpg.Connection, wanted: _Wanted) -> bool:
        """Fetch the rows that a batch looks up, those of all its events at once.

        Tell whether all could be named: an event whose rows cannot has to be tried by itself.
        """
        named, all_named = self._named(wanted)
        unread = self.rows.unread(named)
        for layout in self.projection.layouts:
            if keys := unread.get(layout.row):
                self.rows.learn(layout.row, keys, await store.load(connection, layout, keys))
        return all_named

    def _named(self, wanted: _Wanted) -> tuple[list[Key], bool]:
        reads = self.projection.reads
        try:
            return [row for event, key, _ in wanted for row in reads(event, key)], True
        except Exception:  # noqa: BLE001  whatever a projection raises; it comes again, and is kept
            named: list[Key] = []
            for event, key, _ in wanted:
                with suppress(Exception):
                    named += reads(event, key)
            return named, False
