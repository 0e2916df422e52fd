"""What a read model is: tables, the events it wants, and a pure function that turns one event into changed rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable
from functools import cache
from typing import Any
from zlib import crc32

import msgspec
from sqlalchemy import BigInteger, Column, MetaData, Table

from events.log import Told
from projections.rows import Key, Layout, Rows


class Projection(msgspec.Struct, frozen=True, eq=False):
    """One version of one read model.

    `keys` names what an event is about: the events of one key, in their order, settle the rows of that key and no
    others. So the keys may be dealt out over `shards`, and an event that cannot be taken in holds up its own key alone.
    `reads` names the rows that `project` will look up for one key of an event, so that the runner can fetch those of a
    whole batch at once. `project` puts the changed rows of that key; it does no I/O and asks no clock.
    """

    name: str
    version: int
    metadata: MetaData
    layouts: tuple[Layout, ...]
    events: tuple[type[Any], ...]
    keys: Callable[[Any], tuple[Hashable, ...]]
    reads: Callable[[Any, Any], Iterable[Key]]
    project: Callable[[Any, Any, Told, Rows], None]
    shards: int = 1
    asked: bool = True
    """Queries ask it, so who waits for a position waits for it."""
    overtaking: tuple[type[Any], ...] = ()
    """Events that are taken in also where earlier ones of their key wait, and wait with them to be taken in once more:
    what they take away must be gone at once."""
    extras: tuple[str, ...] = ()
    """Statements that are run once the tables are laid out, each with the schema in the place of `{schema}`."""

    @property
    def schema(self) -> str:
        """The schema its tables live in."""
        return str(self.metadata.schema)

    def at(self, schema: str) -> Projection:
        """Return the same, in another schema."""
        moved = MetaData(schema=schema)
        tables = {table: table.to_metadata(moved, schema=schema) for table in self.metadata.sorted_tables}
        for table, copy in tables.items():
            noted = {index.name: index.info for index in table.indexes}
            for index in copy.indexes:  # SQLAlchemy leaves behind what is noted of an index
                index.info.update(noted[index.name])
        layouts = tuple(each._replace(table=tables[each.table]) for each in self.layouts)
        return msgspec.structs.replace(self, metadata=moved, layouts=layouts)


def program(projections: Iterable[Projection]) -> str:
    """Name a set of read models: programs that keep the same ones share the work, and can tell each other of it."""
    kept = sorted((each.name, each.version, each.shards) for each in projections)
    return hashlib.sha256(repr(kept).encode()).hexdigest()[:16]


def key_text(key: Hashable) -> str:
    """Write a key of a read model out, as JSON."""
    return msgspec.json.encode(key).decode()


def shard_of(key: str, shards: int) -> int:
    """Deal a key, written out, to one of the shards; the same one in every process and for ever."""
    return crc32(key.encode()) % shards


def metadata(name: str, version: int) -> MetaData:
    """Make the home of a read model's tables."""
    return MetaData(schema=f"{name}_v{version}")


def changed_at_position() -> Column[int]:
    """Make the column that every table has: a client that changes a thing can say which state of it they saw."""
    comment = "Log position of the event that changed the row last"
    return Column("changed_at_position", BigInteger, nullable=False, comment=comment)


def layout(row: type[msgspec.Struct], table: Table) -> Layout:
    """Tie a row type to its table: the same columns, by the same names, in the same order."""
    return Layout(row, table, tuple(column.name for column in table.primary_key.columns))


@cache
def personal_columns(table: Table) -> frozenset[str]:
    """Name the columns that hold a person's own data: their comments begin with saying so."""
    return frozenset(each.name for each in table.columns if (each.comment or "").startswith("Personal"))
