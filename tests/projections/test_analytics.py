"""The schema for analysts: its numbers are those of the history, and nobody's data is in it."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

import asyncpg
import msgspec
import pytest

from daybook.database import connect
from events.catalogue import EVENT_TYPES
from events.personal import personal_fields
from projections import store
from projections.analytics import ANALYTICS, VIEWS
from projections.rows import Rows
from projections.schema import create_missing
from tests.events.postgres.looking import owner
from tests.projections.folding import recorded
from tests.projections.hiring import CANARY, Dated, Hiring
from tests.projections.ledger import COUNTED, Ledger
from tests.support.databases import fresh_database

TABLES = [table.name for table in ANALYTICS.metadata.sorted_tables]


@pytest.fixture(scope="module")
def history() -> list[Dated]:
    """Some weeks of hiring."""
    return Hiring(7).tell()


@pytest.fixture(scope="module")
def counted(history: list[Dated]) -> Ledger:
    """The same, counted by hand."""
    return Ledger(history)


@pytest.fixture(scope="module")
def filled(migrated_template: str, history: list[Dated]) -> Iterator[str]:
    """The URL of a database whose tables for analysts show that history."""
    for url in fresh_database(migrated_template):
        asyncio.run(fill(url, history))
        yield url


async def fill(url: str, history: Sequence[Dated]) -> None:
    """Lay out the tables and put in what the projection makes of a history."""
    rows = Rows(ANALYTICS.layouts)
    for position, (at, event) in enumerate(history, 1):
        if type(event) in ANALYTICS.events:
            for about in ANALYTICS.keys(event):
                for kind, keys in rows.unread(ANALYTICS.reads(event, about)).items():
                    rows.learn(kind, keys, [])
                as_recorded = msgspec.structs.replace(recorded(event, position), decided_at=at)
                ANALYTICS.project(event, about, as_recorded, rows)
    connection = await connect(url, "test", 60.0)
    try:
        await create_missing(connection, [ANALYTICS])
        for layout in ANALYTICS.layouts:
            await store.save(connection, layout, rows.changed[layout.row].values())
    finally:
        await connection.close()


def plain(value: Any) -> Any:
    """Make values comparable: floats to nine places, instants in UTC, arrays as tuples."""
    match value:
        case float():
            return round(value, 9)
        case datetime(tzinfo=tzinfo()):
            return value.astimezone(UTC)
        case list() | tuple():
            return tuple(map(plain, value))
        case _:
            return value


async def everything(connection: asyncpg.Connection) -> str:
    """Read all tables and views as text."""
    reading = (f"select string_agg(t::text, ' ') from analytics.{name} t" for name in (*TABLES, *VIEWS))  # noqa: S608
    return " ".join([str(await connection.fetchval(query)) for query in reading])


@pytest.mark.parametrize("view", VIEWS)
async def test_view_says_what_a_count_by_hand_says(filled: str, counted: Ledger, view: str) -> None:
    """Each number of each row."""
    async with owner(filled) as connection:
        rows = await connection.fetch(f"select * from analytics.{view}")  # noqa: S608  a name of ours

    said = sorted((plain(tuple(row)) for row in rows), key=repr)
    assert said
    assert said == sorted(map(plain, COUNTED[view](counted)), key=repr)


async def test_nothing_a_person_could_be_known_by_is_in_it(filled: str) -> None:
    """No name, no contact, no text that somebody typed."""
    async with owner(filled) as connection:
        assert CANARY not in await everything(connection)


async def test_somebody_who_slipped_in_would_be_found(filled: str) -> None:
    """In whatever column."""
    async with owner(filled) as connection:
        changing = connection.transaction()
        await changing.start()
        await connection.execute("update analytics.fact_slot set time_zone = $1", f"{CANARY} 7")
        found = CANARY in await everything(connection)
        await changing.rollback()

    assert found


def test_history_has_whatever_is_personal(history: list[Dated]) -> None:
    """Each personal field of each event holds the word that is looked for; so does every text that is typed."""
    personal = {each.struct: personal_fields(each.struct) for each in EVENT_TYPES if personal_fields(each.struct)}
    typed = ("reason", "location", "scorer")

    told = {type(event): event for _, event in history}

    assert personal.keys() <= told.keys()
    assert all(CANARY in getattr(told[struct], name) for struct, names in personal.items() for name in names)
    for _, event in history:
        for name in typed:
            assert CANARY in (getattr(event, name, None) or CANARY)


async def test_everything_is_explained(filled: str) -> None:
    """Every table and view, and every column of theirs, has a comment."""
    async with owner(filled) as connection:
        unexplained = await connection.fetch(
            """
            select attrelid::regclass, attname from pg_attribute
            join pg_class on pg_class.oid = attrelid and relkind in ('r', 'v')
            where relnamespace = 'analytics'::regnamespace and attnum >= 0 and not attisdropped
                and col_description(attrelid, attnum) is null
            union all
            select oid::regclass, '' from pg_class
            where relnamespace = 'analytics'::regnamespace and relkind in ('r', 'v')
                and obj_description(oid, 'pg_class') is null"""
        )

    assert unexplained == []
