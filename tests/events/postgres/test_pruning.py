"""Refusals may be forgotten, by the owner of the database and by one function; nothing else ever is."""

from datetime import timedelta

import asyncpg
import pytest

from daybook import database
from events.postgres import PostgresLog
from tests.events.attempts import NOW, attempt, fact
from tests.events.postgres.looking import owner

PRUNE = "select daybook.prune_refusals($1)"
EVERYTHING = "delete from daybook.command"


async def outcomes(connection: asyncpg.Connection) -> list[str]:
    """List what the settled commands came to."""
    return [
        row[0] for row in await connection.fetch("select outcome from daybook.command order by decided_at, outcome")
    ]


async def settle_some(log: PostgresLog) -> None:
    """Write a fact and a refusal long ago, and a refusal just now."""
    long_ago = NOW - timedelta(days=400)
    await log.append([attempt(fact("a")), attempt(outcome="slot-full")], long_ago)
    await log.append([attempt(outcome="too-soon")], NOW)


async def test_old_refusals_are_forgotten_and_nothing_else(database_url: str, postgres_log: PostgresLog) -> None:
    """What was accepted stays however old it is, and so does a refusal that is not old enough."""
    await settle_some(postgres_log)

    async with owner(database_url) as connection:
        pruned = [await connection.fetchval(PRUNE, NOW - timedelta(days=30)) for _ in range(2)]

        assert pruned == [1, 0]
        assert await outcomes(connection) == ["accepted", "too-soon"]
        assert await connection.fetchval("select count(*) from daybook.event") == 1


async def test_refusal_is_deleted_by_that_function_alone(database_url: str, postgres_log: PostgresLog) -> None:
    """By hand neither one refusal nor everything can be deleted, not even after the function has run."""
    await settle_some(postgres_log)

    async with owner(database_url) as connection:
        for statement in (f"{EVERYTHING} where outcome = 'too-soon'", EVERYTHING):
            await connection.execute(PRUNE, NOW - timedelta(days=30))
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only: DELETE refused"):
                await connection.execute(statement)

        assert await outcomes(connection) == ["accepted", "too-soon"]


async def test_what_was_accepted_stays_whatever_is_switched_on(database_url: str, postgres_log: PostgresLog) -> None:
    """The owner who sets by hand what the function sets gets no further than the function."""
    await settle_some(postgres_log)

    async with owner(database_url) as connection:
        await connection.execute("set daybook.pruning = 'on'")
        refused = []
        for statement in (EVERYTHING, "truncate daybook.command", "update daybook.command set outcome = 'forged'"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError) as error:
                await connection.execute(statement)
            refused.append(str(error.value))

        assert refused == [
            f"daybook.command is append-only: {what} refused" for what in ("DELETE", "TRUNCATE", "UPDATE")
        ]
        assert len(await outcomes(connection)) == 3


async def test_application_may_not_prune(database_url: str) -> None:
    """Its role has no way to the function, as it has none to the table."""
    connection = await database.connect(database_url, "test")

    refused = []
    for statement in (PRUNE, f"{EVERYTHING} where decided_at < $1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError) as error:
            await connection.execute(statement, NOW)
        refused.append(str(error.value))

    assert refused == ["permission denied for function prune_refusals", "permission denied for table command"]
    await connection.close()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"slot_id":"s","candidate_id":"c"}', "c"),
        (b'{"candidate_id":null}', None),
        (b'{"reason":"\\"candidate_id\\":\\"x\\"","candidate_id":"c"}', "c"),
        ('{"name":"Łódź","candidate_id":"c"}'.encode(), "c"),
        (b"[]", None),
        (b"\xff\x00 no JSON", None),
        (b"", None),
    ],
)
async def test_what_a_body_says_is_found_without_fail(database_url: str, body: bytes, said: str | None) -> None:
    """The append evaluates this for its indexes: no body may make it fail, and no text pass for a field."""
    async with owner(database_url) as connection:
        assert await connection.fetchval("select daybook.said($1, 'candidate_id')", body) == said
