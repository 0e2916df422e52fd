"""Statements are written out once, and their rows have names."""

from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, bindparam, func, literal_column, select

from daybook.statements import rows_of, written_out
from tests.events.postgres.looking import owner

THING = Table("thing", MetaData(schema="attic"), Column("thing_id", Integer, primary_key=True), Column("name", Text))
NAMED = select(THING).where(THING.c.name == bindparam("name"), THING.c.thing_id > 7, THING.c.name != bindparam("name"))


def test_values_go_in_the_places_of_their_names() -> None:
    """A value that stands in the statement itself goes with the others; one that is named twice has one place."""
    written = written_out(NAMED)

    assert written.text.count("$1") == 2
    assert written.arguments({"name": "lamp"}) == ["lamp", 7]


def test_value_that_is_missing_is_no_null() -> None:
    """Who forgets one is told."""
    with pytest.raises(KeyError, match="name"):
        written_out(NAMED).arguments({})


def test_statement_is_written_out_once() -> None:
    """For each set of schemas."""
    elsewhere = (("attic", "cellar"),)

    assert written_out(NAMED) is written_out(NAMED)
    assert written_out(NAMED, elsewhere) is written_out(NAMED, elsewhere)
    assert "FROM attic.thing" in written_out(NAMED).text
    assert "FROM cellar.thing" in written_out(NAMED, elsewhere).text


async def records(url: str, statement: str) -> list[asyncpg.Record]:
    """Fetch what the driver gives."""
    async with owner(url) as connection:
        return await connection.fetch(statement)


async def test_rows_have_the_names_of_their_columns(database_url: str) -> None:
    """Also those that Python has no use for: they go by their number. No rows are none."""
    found = rows_of(await records(database_url, 'select 1 number, 2 "class", n from generate_series(3, 4) n'))

    assert [(row.number, row.n) for row in found] == [(1, 3), (1, 4)]
    assert [tuple(row) for row in found] == [(1, 2, 3), (1, 2, 4)]
    assert rows_of([]) == []


async def test_types_of_values_are_those_of_the_columns(database_url: str) -> None:
    """What is written out says of which type each value is, where PostgreSQL could not tell."""
    statement = select(func.coalesce(bindparam("given", type_=THING.c.name.type), literal_column("'none'")).label("it"))
    written = written_out(statement)

    async with owner(database_url) as connection:
        found = [await connection.fetchval(written.text, *written.arguments({"given": each})) for each in (None, "x")]
        kinds = await connection.fetchrow("select gen_random_uuid(), now()")

    assert found == ["none", "x"]
    assert kinds is not None
    assert (isinstance(kinds[0], UUID), isinstance(kinds[1], datetime) and kinds[1].tzinfo == UTC) == (True, True)
