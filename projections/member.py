"""One read model in the hands of the runner: where it stands, what it knows, how it fares."""

from __future__ import annotations

import asyncpg

from daybook.database import UNREACHABLE
from events.catalogue import EVENT_TYPES
from projections import store
from projections.batch import Batch, Poison
from projections.checkpoint import Mark
from projections.projection import Projection
from projections.rows import Key, Rows

_NAMES = {each.struct: each.name for each in EVENT_TYPES}


class Refused(Exception):
    """The database does not take the rows of a read model."""

    def __init__(self, member: Member, error: Exception) -> None:
        """`error` is named by its type alone: its text may hold a row."""
        super().__init__(f"{type(error).__name__} after position {member.position}")
        self.member = member


class Member:
    """A read model and the rows it has in memory."""

    def __init__(self, projection: Projection, mark: Mark, row_bound: int) -> None:
        """`mark` is its checkpoint."""
        self.projection = projection
        self.mark = mark
        self.failures = 0
        self.rows = Rows(projection.layouts, row_bound)
        self._types = frozenset(_NAMES[struct] for struct in projection.events)

    @property
    def position(self) -> int:
        """Where it stands."""
        return self.mark.position

    async def fold(self, connection: asyncpg.Connection, batch: Batch) -> None:
        """Work out what a batch changes; nothing is written. Raises Poison."""
        keys: list[Key] = []
        for event, _ in batch.wanted(self._types):
            for key in self.projection.keys(event):
                keys += self.projection.reads(event, key)
        await self._read(connection, keys)
        for event, recorded in batch.wanted(self._types):
            try:
                for key in self.projection.keys(event):
                    self.projection.project(event, key, recorded, self.rows)
            except Exception as error:
                raise Poison(recorded, error) from error

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
        self.failures = 0

    def failed(self) -> None:
        """The batch came to nothing for this read model."""
        self.rows.discard()
        self.failures += 1

    async def _read(self, connection: asyncpg.Connection, keys: list[Key]) -> None:
        unread = self.rows.unread(keys)
        for layout in self.projection.layouts:
            if wanted := unread.get(layout.row):
                self.rows.learn(layout.row, wanted, await store.load(connection, layout, wanted))
