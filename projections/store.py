"""Rows of read models, read from and written to PostgreSQL many at a time."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from functools import cache
from typing import Any

import asyncpg
import msgspec
from sqlalchemy import Column

from projections.rows import Layout
from projections.schema import DIALECT


async def load(connection: asyncpg.Connection, layout: Layout, keys: Sequence[Hashable]) -> list[msgspec.Struct]:
    """Read the rows that there are for these primary keys."""
    columns = [keys] if len(layout.primary_key) == 1 else list(zip(*keys, strict=True))
    return [layout.row(*record) for record in await connection.fetch(_select(layout), *columns)]


async def save(connection: asyncpg.Connection, layout: Layout, rows: Iterable[msgspec.Struct]) -> None:
    """Write rows, each in the place of the one with its primary key, with one statement."""
    columns = zip(*map(msgspec.structs.astuple, rows), strict=True)
    await connection.execute(_upsert(layout), *columns)


@cache
def _select(layout: Layout) -> str:
    names = ", ".join(_quoted(name) for name in layout.primary_key)
    keys = ", ".join(_array(number, layout.table.c[name]) for number, name in enumerate(layout.primary_key, 1))
    columns = ", ".join(_columns(layout))
    return f"select {columns} from {_name(layout)} join unnest({keys}) wanted({names}) using ({names})"  # noqa: S608


@cache
def _upsert(layout: Layout) -> str:
    columns = _columns(layout)
    keys = [_quoted(name) for name in layout.primary_key]
    arrays = ", ".join(_array(number, column) for number, column in enumerate(layout.table.columns, 1))
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in keys)
    return (
        f"insert into {_name(layout)} ({', '.join(columns)}) select * from unnest({arrays})"  # noqa: S608  our own names
        f" on conflict ({', '.join(keys)}) do update set {changes}"
    )


def _name(layout: Layout) -> str:
    return DIALECT.identifier_preparer.format_table(layout.table)


def _columns(layout: Layout) -> list[str]:
    return [_quoted(column.name) for column in layout.table.columns]


def _quoted(name: str) -> str:
    return DIALECT.identifier_preparer.quote(name)


def _array(number: int, column: Column[Any]) -> str:
    return f"${number}::{column.type.compile(DIALECT)}[]"
