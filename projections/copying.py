"""Putting the rows of a read model into empty tables, by COPY: three times as fast as any INSERT."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from operator import attrgetter
from typing import Any, Final

import asyncpg
import msgspec
from sqlalchemy.dialects.postgresql import JSONB

from projections.projection import Projection
from projections.rows import Layout, Rows

COPY_SECONDS: Final = 600.0
BREATH: Final = 250

_encode = msgspec.json.Encoder().encode


async def copy(connection: asyncpg.Connection, projection: Projection, rows: Rows, *, breathing: bool = False) -> int:
    """Put in all rows that were put; return how many. The tables have no such rows yet.

    `breathing` lets others of the same event loop have their turn in between.
    """
    count = 0
    for layout in projection.layouts:
        changed = rows.changed[layout.row]
        if changed:
            records = _records(layout, changed.values())
            await connection.copy_records_to_table(
                layout.table.name,
                schema_name=layout.table.schema,
                columns=layout.row.__struct_fields__,
                records=_breathing(records) if breathing else records,
                timeout=COPY_SECONDS,
            )
            count += len(changed)
    return count


async def _breathing(records: Iterator[tuple[Any, ...]]) -> AsyncIterator[tuple[Any, ...]]:
    for number, record in enumerate(records, 1):
        yield record
        if number % BREATH == 0:
            await asyncio.sleep(0)


def _records(layout: Layout, rows: Iterable[msgspec.Struct]) -> Iterator[tuple[Any, ...]]:
    record: Callable[[Any], tuple[Any, ...]] = attrgetter(*layout.row.__struct_fields__)
    as_json = [number for number, column in enumerate(layout.table.columns) if isinstance(column.type, JSONB)]
    if not as_json:
        yield from map(record, rows)
        return
    for row in rows:
        values = list(record(row))
        for number in as_json:
            if values[number] is not None:
                values[number] = _encode(values[number]).decode()
        yield tuple(values)
