"""What the role of analysts may do: read their own schema, and nothing else whatever."""

from collections.abc import Iterator

import asyncpg
import pytest

from projections.analytics import ANALYTICS, VIEWS
from projections.bookings import BOOKING
from projections.candidates import CANDIDATE
from tests.events.postgres.looking import owner
from tests.support.databases import fresh_database
from tests.support.grants import grants_of, looked_at, member_of

READABLE = {f"analytics.{name}" for name in (*(table.name for table in ANALYTICS.metadata.sorted_tables), *VIEWS)}

FORBIDDEN = [
    "select * from daybook.event",
    "select * from daybook.command",
    "select * from access.token",
    f"table {CANDIDATE.fullname}",
    f"table {BOOKING.fullname}",
    "select * from projections.checkpoint",
    "insert into analytics.dim_city values ('oslo', 'Oslo', 'Europe/Oslo', 'no', 1)",
    "update analytics.fact_slot set capacity = 9",
    "delete from analytics.fact_booking",
    "truncate analytics.fact_booking",
    "drop view analytics.utilisation",
    "create table analytics.mine (id int)",
    "create table public.mine (id int)",
    "create schema mine",
    "select projections.create_schema('mine_v1')",
    "copy analytics.dim_city to program 'cat'",
    "set role daybook_app",
    "set session authorization postgres",
]


@pytest.fixture(scope="module")
def database(laid_out_template: str) -> Iterator[str]:
    """The URL of a database with all read models."""
    yield from fresh_database(laid_out_template)


@pytest.fixture
def analyst(database: str) -> Iterator[str]:
    """The URL of the same database for somebody who is an analyst."""
    yield from member_of("daybook_analyst", database)


async def too_much(connection: asyncpg.Connection) -> list[object]:
    """List what the role may do beyond reading its schema, by the catalogue of PostgreSQL."""
    return (await grants_of(connection, "daybook_analyst")).beyond(READABLE, {"analytics", "public"})


async def test_role_may_read_its_schema_and_nothing_else(database: str) -> None:
    """Of all relations, schemas, functions and roles there are."""
    async with looked_at(database) as connection:
        assert await too_much(connection) == []
        grants = await grants_of(connection, "daybook_analyst")

    assert grants.readable == READABLE


@pytest.mark.parametrize(
    "mistake",
    [
        f"grant select on {BOOKING.fullname} to daybook_analyst",
        f"grant select on {BOOKING.fullname} to public",
        f"grant select (name) on {CANDIDATE.fullname} to public",
        "grant insert on analytics.dim_city to daybook_analyst",
        "grant usage on schema daybook to public",
        "grant create on schema analytics to daybook_analyst",
        "grant daybook_app to daybook_analyst",
        "grant pg_read_all_data to daybook_analyst",
        "grant create on database {database} to public",
        "create function public.look() returns bigint language sql as 'select 1'",
        "alter role daybook_analyst createdb",
    ],
)
async def test_whatever_is_given_away_by_mistake_shows(database: str, mistake: str) -> None:
    """To the role or to everybody, directly or by another role."""
    name = database.partition("@/")[2].partition("?")[0]

    async with looked_at(database, mistake.replace("{database}", name)) as connection:
        assert await too_much(connection)


async def test_analyst_can_read_all_of_the_schema(analyst: str) -> None:
    """A login needs to be a member of the role, and no more."""
    async with owner(analyst) as connection:
        for name in READABLE:
            await connection.fetch(f"select * from {name} limit 1")  # noqa: S608  a name of ours


async def test_analyst_can_do_nothing_else(analyst: str) -> None:
    """Not with the log, the read models, the tokens, nor with what belongs to analysts."""
    async with owner(analyst) as connection:
        for statement in FORBIDDEN:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
