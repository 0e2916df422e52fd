"""History is not edited: not by the application, and not by the owner of the database either."""

import asyncpg
import pytest

from daybook import database
from events.postgres import PostgresLog
from tests.events.attempts import fact, write
from tests.events.postgres.looking import owner

LOG_TABLES = ["block", "command", "event", "event_tag"]
CHANGES = [
    ("block", "update daybook.block set hash = sha256('forged')"),
    ("command", "update daybook.command set outcome = 'forged'"),
    ("event", "update daybook.event set data = 'forged'"),
    ("event_tag", "update daybook.event_tag set tag_key = 0"),
    *((table, f"delete from daybook.{table}") for table in LOG_TABLES),  # noqa: S608  table names are ours
    *((table, f"truncate daybook.{table}") for table in LOG_TABLES),
]


@pytest.mark.parametrize(("table", "change"), CHANGES)
async def test_the_application_may_not_change_history(
    database_url: str, postgres_log: PostgresLog, table: str, change: str
) -> None:
    """What the application's role was not granted is refused before any trigger has a say."""
    await write(postgres_log, fact("a"))
    connection = await database.connect(database_url, "test")

    with pytest.raises(asyncpg.InsufficientPrivilegeError) as refused:
        await connection.execute(change)

    assert str(refused.value) == f"permission denied for table {table}"
    await connection.close()


@pytest.mark.parametrize(("table", "change"), CHANGES)
async def test_the_owner_may_not_change_history(
    database_url: str, postgres_log: PostgresLog, table: str, change: str
) -> None:
    """Who owns the tables has every grant, and is refused by the triggers."""
    await write(postgres_log, fact("a"))
    async with owner(database_url) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError) as refused:
            await connection.execute(change)

    assert str(refused.value) == f"daybook.{table} is append-only: {change.split(maxsplit=1)[0].upper()} refused"


async def test_the_application_may_add_and_read(database_url: str) -> None:
    """The application's role has SELECT and INSERT on the log's tables, and nobody but the owner has anything else."""
    async with owner(database_url) as connection:
        rows = await connection.fetch(
            """
            select relname::text, coalesce(role.rolname, 'public')::text, privilege_type
            from pg_class, aclexplode(relacl) left join pg_roles role on role.oid = grantee
            where relnamespace = 'daybook'::regnamespace and relname = any ($1) and grantee <> relowner
            union all
            select relname::text, 'by column', privilege_type
            from pg_attribute join pg_class on pg_class.oid = attrelid, aclexplode(attacl)
            where relnamespace = 'daybook'::regnamespace and relname = any ($1)""",
            LOG_TABLES,
        )

    granted = sorted(tuple(row) for row in rows)
    assert granted == [
        (table, database.APPLICATION_ROLE, right) for table in LOG_TABLES for right in ("INSERT", "SELECT")
    ]


async def test_the_application_has_no_way_round_its_grants(database_url: str) -> None:
    """The role can neither log in nor rise above others, and no function of the log lends it rights."""
    async with owner(database_url) as connection:
        role = await connection.fetchrow(
            """
            select rolcanlogin or rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls,
                   (select count(*) from pg_auth_members where member = pg_roles.oid)
            from pg_roles where rolname = $1""",
            database.APPLICATION_ROLE,
        )
        lending = await connection.fetch(
            "select proname from pg_proc where pronamespace = 'daybook'::regnamespace and prosecdef"
        )

    assert tuple(role or ()) == (False, 0)
    assert lending == []
