"""Statements that are composed with SQLAlchemy, written out once in the way the driver takes them.

SQLAlchemy would carry them out as well, at ten times what the driver takes for it.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple, TypeAlias

import asyncpg
from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.sql.compiler import SQLCompiler

# There are as many as queries have forms, and forms of rows: none of them has a value in it.
MOST: Final = 1_024

_DIALECT: Final = dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it bare

Row: TypeAlias = Any
"""A named tuple of the columns of a select; a name that Python has no use for gives way to its number."""

Schemas = tuple[tuple[str, str], ...]
"""Which schema stands in for which."""


class Statement(NamedTuple):
    """What is sent: the text, and the names of what stands in it for `$1`, `$2` and so on."""

    text: str
    names: tuple[str, ...]
    fixed: Mapping[str, object]

    def arguments(self, values: Mapping[str, object]) -> list[object]:
        """Put values by name in their places. Raises KeyError if one is missing."""
        return [values[name] if name in values else self.fixed[name] for name in self.names]


@lru_cache(MOST)
def written_out(statement: ClauseElement, schemas: Schemas = ()) -> Statement:
    """Write a statement out; the same object is written out once.

    There is no `in` with a list of values in it: that would be another text for each length.
    """
    compiled = statement.compile(
        dialect=_DIALECT,
        schema_translate_map=dict(schemas) or None,
        render_schema_translate=bool(schemas),
    )
    assert isinstance(compiled, SQLCompiler)  # noqa: S101  of a statement
    fixed = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
    return Statement(compiled.string, tuple(compiled.positiontup or ()), fixed)


def rows_of(records: Sequence[asyncpg.Record]) -> list[Row]:
    """Give records attributes: looking a field up by name takes a record fifteen times as long."""
    if not records:
        return []
    make = _form(tuple(records[0].keys()))
    return [make(record) for record in records]


@lru_cache(MOST)
def _form(names: tuple[str, ...]) -> Callable[[asyncpg.Record], Row]:
    return partial(tuple.__new__, namedtuple("Row", names, rename=True))  # noqa: PYI024  its names come late
