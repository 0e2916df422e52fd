"""Comparing two builds of a read model, table by table: by a digest of all rows, and row by row where that differs.

The digest is the number of the rows and the exclusive or of a 64-bit hash of each. No two rows are the same, for they
have primary keys, so nothing cancels out; and no order is needed. It is there to find faults, not forgers.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import asyncpg
from sqlalchemy import Table

from projections.projection import Projection
from projections.schema import DIALECT

_quote: Final = DIALECT.identifier_preparer


class Difference(NamedTuple):
    """The first row, by primary key, in which two builds of a table differ. Names no value: it may be somebody's."""

    table: str
    key: str
    what: str


async def differences(connection: asyncpg.Connection, live: Projection, rebuilt: Projection) -> list[Difference]:
    """Return one difference for each table that differs. Both stand at one position in the snapshot of the caller."""
    found = []
    for here, there in zip(live.metadata.sorted_tables, rebuilt.metadata.sorted_tables, strict=True):
        if await digest(connection, here) != await digest(connection, there):
            found.append(await _first_difference(connection, here, there))
    return found


async def digest(connection: asyncpg.Connection, table: Table) -> tuple[int, ...]:
    """Return the number of the rows, and one hash of them all."""
    row = await connection.fetchrow(
        f"""
        select count(*), bit_xor(hash_record_extended(kept, 0))
        from {_named(table)} kept"""  # noqa: S608  all names are ours
    )
    assert row is not None  # noqa: S101  an aggregate always gives one
    return tuple(row)


async def _first_difference(connection: asyncpg.Connection, live: Table, rebuilt: Table) -> Difference:
    keys, columns = _keys(live), [_quote.format_column(column) for column in live.columns]
    changed = ", ".join(f"case when l.{name} is distinct from r.{name} then '{name}' end" for name in columns)
    row = await connection.fetchrow(
        f"""
        select jsonb_build_array({keys})::text, l is null, r is null, concat_ws(', ', {changed})
        from (select * from {_named(live)}) l full join (select * from {_named(rebuilt)}) r using ({keys})
        where l is distinct from r order by {keys} limit 1"""  # noqa: S608  all names are ours
    )
    assert row is not None  # noqa: S101  their digests differ
    key, is_missing, is_extra, names = row
    what = "missing" if is_missing else "not in the rebuild" if is_extra else f"differs in {names}"
    return Difference(live.name, key, what)


def _keys(table: Table) -> str:
    return ", ".join(_quote.format_column(column) for column in table.primary_key.columns)


def _named(table: Table) -> str:
    return _quote.format_table(table)
