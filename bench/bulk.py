"""Rows by the million into the tables of the log: copied without indexes, which are made afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from os import cpu_count
from typing import Final, LiteralString, NamedTuple

import psycopg
from psycopg import Copy
from psycopg.sql import SQL, Composed, Identifier

from bench.printing import HEADER, TRAILER

_TABLES: Final = ("event_tag", "command", "event")
_SETTINGS: Final = "-c synchronous_commit=off -c maintenance_work_mem=512MB -c max_parallel_maintenance_workers=1"

_KEYS: Final = """
    select relname, conname, pg_get_constraintdef(pg_constraint.oid) from pg_constraint
    join pg_class on pg_class.oid = conrelid
    where contype = 'p' and relnamespace = 'daybook'::regnamespace and relname = any (%s)"""
_INDEXES: Final = """
    select tablename, indexname, indexdef from pg_indexes
    where schemaname = 'daybook' and tablename = any (%s)
    and indexname not in (select conname from pg_constraint where contype = 'p')"""
_BLOCKS: Final = "select pg_relation_size('daybook.event') / current_setting('block_size')::int"
_INDEX_TAGS: Final = """
    insert into daybook.event_tag
    select daybook.tag_key(tag), position from daybook.event, unnest(tags) tag
    where event.ctid >= %s::tid and event.ctid < %s::tid"""


class _Index(NamedTuple):
    table: str
    name: str
    drop: Composed
    make: Composed


@contextmanager
def copying(url: str, table: LiteralString) -> Iterator[Copy]:
    """Copy rows in binary format into a table, on a connection of its own."""
    with _connect(url) as connection, connection.cursor().copy(f"copy {table} from stdin (format binary)") as copy:
        copy.write(HEADER)
        yield copy
        copy.write(TRAILER)


@contextmanager
def with_indexes_later(url: str) -> Iterator[None]:
    """Take keys and indexes off the tables of the log; afterwards index the tags, and make them all again."""
    with _connect(url) as connection:
        indexes = _indexes(connection)
        for each in indexes:
            connection.execute(each.drop)
    yield
    with _connect(url) as connection:
        (blocks,) = connection.execute(_BLOCKS).fetchone() or (0,)
    workers = cpu_count() or 1
    bounds = [f"({blocks * part // workers},0)" for part in range(workers)] + [f"({blocks + 1},0)"]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda part: _index_tags(url, part), pairwise(bounds)))
        list(pool.map(lambda table: _finish(url, table, indexes), _TABLES))


def _index_tags(url: str, part: tuple[str, str]) -> None:
    with _connect(url) as connection:
        connection.execute(_INDEX_TAGS, part)


def _finish(url: str, table: str, indexes: Iterable[_Index]) -> None:
    with _connect(url) as connection:
        for each in indexes:
            if each.table == table:
                connection.execute(each.make)
        connection.commit()
        connection.autocommit = True
        connection.execute(SQL("vacuum (freeze, analyze) daybook.{}").format(Identifier(table)))


def _indexes(connection: psycopg.Connection) -> list[_Index]:
    return [
        *(
            _Index(
                table,
                name,
                SQL("alter table daybook.{} drop constraint {}").format(Identifier(table), Identifier(name)),
                SQL("alter table daybook.{} add constraint {} ").format(Identifier(table), Identifier(name))
                + SQL(made),
            )
            for table, name, made in connection.execute(_KEYS, [list(_TABLES)])
        ),
        *(
            _Index(table, name, SQL("drop index daybook.{}").format(Identifier(name)), Composed([SQL(made)]))
            for table, name, made in connection.execute(_INDEXES, [list(_TABLES)])
        ),
    ]


def _connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url, options=_SETTINGS)
