"""Connections to PostgreSQL: how they are set, kept and given up."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from daybook.database import UNREACHABLE, Session, connect
from tests.events.postgres.looking import owner, until

NAME = "daybook test"
EXPECTED = {
    "application_name": NAME,
    "role": "daybook_app",
    "timezone": "UTC",
    "statement_timeout": "1500ms",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "5s",
}


@pytest.fixture
async def session(database_url: str) -> AsyncIterator[Session]:
    """A session nobody has used yet."""
    session = Session(database_url, NAME)
    yield session
    await session.close()


async def backend(session: Session) -> int:
    """Use a session; return the process id of its connection."""
    async with session.use() as connection:
        return int(await connection.fetchval("select pg_backend_pid()"))


async def test_a_connection_is_bounded(database_url: str) -> None:
    """A connection acts in the application's role, counts in UTC and waits for nothing without end."""
    connection = await connect(database_url, NAME, statement_seconds=1.5)

    settings = {name: await connection.fetchval("select current_setting($1)", name) for name in EXPECTED}

    assert settings == EXPECTED
    await connection.close()


async def test_nothing_is_opened_before_it_is_needed() -> None:
    """A session of a server that is not there can be made and closed."""
    session = Session("postgresql://nobody@/nowhere?host=/nowhere", NAME)

    await session.close()

    with pytest.raises(UNREACHABLE):
        await backend(session)


async def test_the_connection_is_kept(session: Session) -> None:
    """One use after another has the same connection."""
    assert await backend(session) == await backend(session)


async def test_one_use_at_a_time(session: Session) -> None:
    """Who comes while the connection is lent waits for it."""
    order: list[str] = []

    async def second() -> None:
        async with session.use():
            order.append("second")

    async with session.use() as connection:
        waiting = asyncio.create_task(second())
        await connection.fetchval("select pg_sleep(0)")
        order.append("first")
    await waiting

    assert order == ["first", "second"]


async def test_a_mistake_costs_no_connection(session: Session) -> None:
    """A statement the server refuses leaves the connection as it was."""
    before = await backend(session)

    with pytest.raises(asyncpg.UndefinedTableError):
        async with session.use() as connection:
            await connection.execute("select from nowhere")

    assert await backend(session) == before


async def test_a_lost_connection_is_replaced(database_url: str, session: Session) -> None:
    """A connection that the server closes while it is lent is given up; the next use has a new one."""
    before = await backend(session)

    async def lose_it() -> None:
        async with owner(database_url) as killer, session.use() as connection:
            await killer.execute("select pg_terminate_backend($1, 10000)", before)
            await connection.execute("select 1")

    with pytest.raises(UNREACHABLE):
        await lose_it()

    assert await backend(session) != before


async def test_a_connection_known_to_be_lost_is_not_lent(database_url: str, session: Session) -> None:
    """Whoever comes after a connection was closed at rest is not the one to suffer from it."""
    async with session.use() as lent:
        before = await lent.fetchval("select pg_backend_pid()")
    async with owner(database_url) as killer:
        await killer.execute("select pg_terminate_backend($1, 10000)", before)

    async def noticed() -> bool:
        return lent.is_closed()

    await until(noticed)

    assert await backend(session) != before


async def test_a_statement_that_takes_too_long_is_given_up(database_url: str) -> None:
    """The server ends a statement at its timeout, which counts as the server giving up."""
    session = Session(database_url, NAME, statement_seconds=0.05)

    with pytest.raises(UNREACHABLE):
        async with session.use() as connection:
            await connection.execute("select pg_sleep(60)")

    await session.close()


async def test_a_closed_session_can_be_used_again(session: Session) -> None:
    """Closing gives back the connection, no more."""
    before = await backend(session)

    await session.close()

    assert await backend(session) != before
