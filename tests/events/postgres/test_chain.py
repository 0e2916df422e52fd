"""The chain: whoever alters the past, with every right there is, is found out."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.log import link_hash
from events.postgres import PostgresLog
from tests.events.attempts import attempt, fact, settle, whole, write
from tests.events.chain import faults
from tests.events.postgres.looking import owner

# For every column of an event something else that could stand there.
FORGED_EVENT = {
    "position": "100",
    "type": "'Forged'",
    "version": "version + 1",
    "tags": "array['a', 'forged']",
    "data": "'{\"forged\":true}'",
    "recorded_at": "recorded_at + interval '1 microsecond'",
    "decided_at": "decided_at - interval '1 microsecond'",
    "command_id": "gen_random_uuid()",
    "actor": "'admin:eve'",
    "correlation_id": "gen_random_uuid()",
    "causation_id": "gen_random_uuid()",
    "trace": "''",
    "content_hash": "sha256('forged')",
}
FORGED_BLOCK = {
    "last_position": "100",
    "first_position": "first_position - 1",
    "recorded_at": "recorded_at + interval '1 microsecond'",
    "hash": "sha256('forged')",
}
OTHER_FORGERIES = [
    "delete from daybook.event where position = 3",
    "delete from daybook.event where position = 5",
    "delete from daybook.block where last_position = 3",
    "delete from daybook.block where last_position = 5",
    """insert into daybook.event select 6, type, version, tags, data, recorded_at, decided_at, command_id, actor,
       correlation_id, causation_id, trace, content_hash from daybook.event where position = 5""",
    "update daybook.event set tags = array[array_to_string(tags, ',')] where position = 2",
    """update daybook.event mine set data = other.data, content_hash = other.content_hash, tags = other.tags
       from daybook.event other where mine.position + other.position = 5 and mine.position in (2, 3)""",
    "update daybook.block set hash = sha256('another beginning') where last_position = 0",
]


async def a_log_of_three_blocks(log: PostgresLog) -> None:
    """Write blocks that end at 1, 3 and 5; the second holds two commands."""
    await write(log, fact("a"))
    await settle(log, attempt(fact("a", "b", data=b'{"n":2}')), attempt(fact("a", "c", data=b'{"n":3}')))
    await write(log, fact("d"), fact("e"))


async def forge(url: str, statement: str) -> None:
    """Alter the log as a superuser who has switched off the triggers."""
    async with owner(url) as connection:
        await connection.execute("set session_replication_role = replica")
        assert (await connection.execute(statement)).endswith((" 1", " 2"))


@pytest.mark.parametrize("column", FORGED_EVENT)
async def test_a_forged_event_shows(database_url: str, postgres_log: PostgresLog, column: str) -> None:
    """Whatever is altered of an event, the chain says so."""
    await a_log_of_three_blocks(postgres_log)

    await forge(database_url, f"update daybook.event set {column} = {FORGED_EVENT[column]} where position = 2")  # noqa: S608

    assert await faults(postgres_log) != []


@pytest.mark.parametrize("column", FORGED_BLOCK)
async def test_a_forged_block_shows(database_url: str, postgres_log: PostgresLog, column: str) -> None:
    """Whatever is altered of a block, the chain says so."""
    await a_log_of_three_blocks(postgres_log)

    await forge(database_url, f"update daybook.block set {column} = {FORGED_BLOCK[column]} where last_position = 3")  # noqa: S608

    assert await faults(postgres_log) != []


@pytest.mark.parametrize("statement", OTHER_FORGERIES)
async def test_any_other_forgery_shows(database_url: str, postgres_log: PostgresLog, statement: str) -> None:
    """Events and blocks that are taken out, put in, exchanged or run together show."""
    await a_log_of_three_blocks(postgres_log)

    await forge(database_url, statement)

    assert await faults(postgres_log) != []


async def test_every_column_is_tried(database_url: str) -> None:
    """A column that is added to the chain's tables has to be added to the forgeries."""
    async with owner(database_url) as connection:
        rows = await connection.fetch(
            "select table_name, column_name from information_schema.columns where table_schema = 'daybook'"
            " and table_name in ('event', 'block')"
        )

    columns = {tuple(row) for row in rows}
    assert columns == {("event", column) for column in FORGED_EVENT} | {("block", column) for column in FORGED_BLOCK}


async def test_time_never_runs_backwards(database_url: str, postgres_log: PostgresLog) -> None:
    """Where the clock has been put back, events are recorded at the time of the last ones."""
    await write(postgres_log, fact("a"))
    await forge(
        database_url, "update daybook.block set recorded_at = now() + interval '1 hour' where last_position = 1"
    )
    async with owner(database_url) as connection:
        ahead = await connection.fetchval("select recorded_at from daybook.block where last_position = 1")

    await write(postgres_log, fact("a"))

    assert isinstance(ahead, datetime)
    assert (await whole(postgres_log))[1].recorded_at == ahead


@pytest.mark.parametrize(
    ("after", "last", "expected"), [(0, 5, 2), (2, 5, 4), (4, 5, None), (0, 1, None), (2, 3, None)]
)
async def test_an_event_taken_out_of_the_index_is_found(
    database_url: str, postgres_log: PostgresLog, after: int, last: int, expected: int | None
) -> None:
    """The index is in no hash: an event it no longer names under one of its tags is found by looking it up."""
    await a_log_of_three_blocks(postgres_log)

    await forge(
        database_url,
        "delete from daybook.event_tag where position = 2 and tag_key = daybook.tag_key('b') or position = 4",
    )

    assert await postgres_log.unfindable(after, last) == expected


@given(st.integers(0, 2**52))
def test_time_is_hashed_to_the_microsecond(microseconds: int) -> None:
    """A moment is hashed as the number of its microseconds since 1970, as PostgreSQL counts them."""
    moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)

    linked = link_hash(b"previous", 1, 2, moment, [b"content"])

    numbers = b"".join(number.to_bytes(8, "big") for number in (1, 2, microseconds))
    assert linked == hashlib.sha256(b"previous" + numbers + b"content").digest()
