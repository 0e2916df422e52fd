"""Laying out tables, with the rights of the application and no more."""

import asyncio

import asyncpg
import pytest

from daybook.database import connect
from projections.catalogue import PROJECTIONS
from projections.schema import create_missing
from tests.events.postgres.looking import owner


async def lay_out(url: str) -> None:
    """Do what a process does when it starts."""
    connection = await connect(url, "test")
    try:
        await create_missing(connection, PROJECTIONS)
    finally:
        await connection.close()


async def test_several_processes_may_start_at_once(database_url: str) -> None:
    """Each table is made once, by whoever comes first."""
    await asyncio.gather(*(lay_out(database_url) for _ in range(4)))

    async with owner(database_url) as connection:
        tables = await connection.fetch(
            "select schemaname, tableowner from pg_tables where schemaname ~ '_v[0-9]+$|^analytics$'"
        )
        checkpoints = await connection.fetchval("select count(*) from projections.checkpoint where position = 0")
    assert {tuple(row) for row in tables} == {(each.schema, "daybook_app") for each in PROJECTIONS}
    assert checkpoints == len(PROJECTIONS)


async def test_every_column_comment_and_index_reaches_the_database(database_url: str) -> None:
    """What is declared is what there is."""
    await lay_out(database_url)

    declared = [table for each in PROJECTIONS for table in each.metadata.sorted_tables]
    async with owner(database_url) as connection:
        comments = await connection.fetchval(
            "select count(*) from pg_description join pg_class on oid = objoid"
            " where relnamespace::regnamespace::text ~ '_v[0-9]+$|^analytics$' and relkind = 'r'"
        )
        indexes = await connection.fetch(
            "select indexname from pg_indexes where schemaname ~ '_v[0-9]+$|^analytics$' and indexname !~ '_pkey$'"
        )
    assert comments == len(declared) + sum(bool(column.comment) for table in declared for column in table.columns)
    assert {row[0] for row in indexes} == {index.name for table in declared for index in table.indexes}


@pytest.mark.parametrize("name", ["public2", "slots_v0", "slots_v1x", 'slots_v1"; drop schema daybook', "Slots_v1"])
async def test_application_cannot_create_other_schemas(database_url: str, name: str) -> None:
    """Only what is named like a read model's schema is made for it."""
    connection = await connect(database_url, "test")
    try:
        with pytest.raises(asyncpg.InvalidSchemaNameError):
            await connection.execute("select projections.create_schema($1)", name)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("create schema slots_v9")
    finally:
        await connection.close()
