"""What the role of auditors may do: read the views of the log and who read it, and nothing else whatever."""

from collections.abc import Iterator

import asyncpg
import pytest

from projections.candidates import CANDIDATE
from tests.events.postgres.looking import owner
from tests.support.databases import fresh_database
from tests.support.grants import grants_of, looked_at, member_of

ROLE = "daybook_auditor"
READABLE = {
    f"audit.{name}" for name in ("event", "event_tag", "command", "block", "read", "log", "checkpoint", "sealer")
}
# What else stands in the schema, and is not for auditors: whoever adds a relation there has to decide.
WITHHELD: set[str] = set()
SCHEMAS = {"audit", "public"}
FUNCTIONS = frozenset({"audit.as_jsonb(bytea)", "audit.tag_key(text)"})
IN_THE_SCHEMA = """
    select format('audit.%s', relname) from pg_class
    where relnamespace = 'audit'::regnamespace and relkind in ('r', 'v', 'm', 'f', 'p')"""

FORBIDDEN = [
    "select * from daybook.event",
    "select * from daybook.command",
    "select * from access.token",
    "select * from keys.person",
    "select * from keys.secret",
    "select * from eventsourcing.tracking",
    "select * from projections.checkpoint",
    "select * from analytics.fact_booking",
    f"table {CANDIDATE.fullname}",
    "insert into audit.read (read_id) values (gen_random_uuid())",
    "update audit.read set token = 'nobody'",
    "delete from audit.read",
    "truncate audit.read",
    "drop view audit.event",
    "create table audit.mine (id int)",
    "create table public.mine (id int)",
    "create schema mine",
    "select daybook.prune_refusals(now())",
    "select projections.create_schema('mine_v1')",
    "copy audit.event to program 'cat'",
    "set role daybook_app",
    "set session authorization postgres",
]


@pytest.fixture(scope="module")
def database(laid_out_template: str) -> Iterator[str]:
    """The URL of a database with all read models."""
    yield from fresh_database(laid_out_template)


@pytest.fixture
def auditor(database: str) -> Iterator[str]:
    """The URL of the same database for somebody who is an auditor."""
    yield from member_of(ROLE, database)


async def amiss(connection: asyncpg.Connection) -> list[object]:
    """List what the role may do beyond reading its views, and what of its schema nobody has decided on."""
    grants = await grants_of(connection, ROLE)
    there = {row[0] for row in await connection.fetch(IN_THE_SCHEMA)}
    return [*grants.beyond(READABLE, SCHEMAS, FUNCTIONS), *sorted(there ^ READABLE ^ WITHHELD)]


async def test_role_may_read_its_views_and_nothing_else(database: str) -> None:
    """Of all relations, schemas, functions and roles there are; and each relation of its schema was decided on."""
    async with looked_at(database) as connection:
        assert await amiss(connection) == []
        grants = await grants_of(connection, ROLE)

    assert grants.readable == READABLE


@pytest.mark.parametrize(
    "mistake",
    [
        f"grant select on {CANDIDATE.fullname} to {ROLE}",
        f"grant select on {CANDIDATE.fullname} to public",
        f"grant select (hash) on access.token to {ROLE}",
        "grant select (name) on access.token to public",
        f"grant insert on audit.read to {ROLE}",
        f"grant select on daybook.event to {ROLE}",
        "grant usage on schema daybook to public",
        f"grant usage on schema access to {ROLE}",
        f"grant create on schema audit to {ROLE}",
        f"grant daybook_app to {ROLE}",
        f"grant daybook_analyst to {ROLE}",
        f"grant pg_read_all_data to {ROLE}",
        "create function public.look() returns bigint language sql as 'select 1'",
        "create function audit.look() returns bigint language sql as 'select 1'",
        "create table audit.unheard_of (secret text)",
        "create view audit.tokens as select * from access.token",
        f"create table public.unheard_of (secret text); grant select on public.unheard_of to {ROLE}",
        f"grant usage on schema keys to {ROLE}",
        f"alter role {ROLE} createdb",
    ],
)
async def test_whatever_is_given_away_by_mistake_shows(database: str, mistake: str) -> None:
    """To the role or to everybody, directly or by another role, and also what nobody has thought of yet."""
    async with looked_at(database, mistake) as connection:
        assert await amiss(connection)


async def test_auditor_can_read_all_of_the_views(auditor: str) -> None:
    """A login needs to be a member of the role, and no more."""
    async with owner(auditor) as connection:
        for name in READABLE:
            await connection.fetch(f"select * from {name} limit 1")  # noqa: S608  a name of ours


async def test_auditor_can_do_nothing_else(auditor: str) -> None:
    """Not with the log behind the views, the read models, the tokens, nor with what auditors have read."""
    async with owner(auditor) as connection:
        for statement in FORBIDDEN:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
