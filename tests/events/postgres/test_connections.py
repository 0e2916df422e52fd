"""Connections: bounded in time, and replaced when they are lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from events.log import LogUnavailable, Verdict, Written
from events.postgres import PostgresLog, open_log
from tests.events.attempts import attempt, fact, settle, whole, write
from tests.events.postgres.looking import APPEND_ONE, backends, owner, until, waits_for_the_lane

APPEND, LOAD, READ = "daybook append", "daybook load", "daybook read"


@pytest.fixture
async def watching(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A look at the sessions from outside."""
    async with owner(database_url) as connection:
        yield connection


async def blocked_append(log: PostgresLog, watching: asyncpg.Connection) -> asyncio.Task[list[Verdict]]:
    """Start an append that waits for the lane."""
    appending = asyncio.create_task(settle(log, attempt(fact("a"))))
    await until(lambda: waits_for_the_lane(watching, APPEND))
    return appending


@pytest.mark.parametrize(
    ("name", "use"),
    [
        (APPEND, lambda log: write(log, fact("a"))),
        (LOAD, lambda log: log.read_tags({"a": 0})),
        (READ, whole),
    ],
)
async def test_a_connection_lost_at_rest_is_replaced(
    postgres_log: PostgresLog,
    watching: asyncpg.Connection,
    name: str,
    use: Callable[[PostgresLog], Awaitable[object]],
) -> None:
    """Where the server closed an idle connection, the call after the one that notices it works."""
    await use(postgres_log)
    [lost] = await backends(watching, name)

    await watching.execute("select pg_terminate_backend($1, 10000)", lost)
    try:
        await use(postgres_log)
    except LogUnavailable:
        await use(postgres_log)

    assert lost not in await backends(watching, name)


async def test_a_reading_is_one_round_trip(postgres_log: PostgresLog, watching: asyncpg.Connection) -> None:
    """Nothing is asked of the server after a reading: the session is left as it is."""
    await whole(postgres_log)

    last = await watching.fetchval(
        "select query from pg_stat_activity where pid = any($1)", await backends(watching, READ)
    )

    assert last.startswith("select position, ")


async def test_a_connection_lost_in_an_append_is_an_unknown_outcome(
    database_url: str, postgres_log: PostgresLog, watching: asyncpg.Connection
) -> None:
    """An append whose connection dies is answered with LogUnavailable, and the next one works."""
    async with owner(database_url) as holding, holding.transaction():
        await holding.fetch(APPEND_ONE)
        appending = await blocked_append(postgres_log, watching)

        [pid] = await backends(watching, APPEND)
        await watching.execute("select pg_terminate_backend($1)", pid)

        with pytest.raises(LogUnavailable):
            await appending
    assert await write(postgres_log, fact("a")) == 2


async def test_an_append_that_the_server_gives_up_is_an_unknown_outcome(
    database_url: str, postgres_log: PostgresLog, watching: asyncpg.Connection
) -> None:
    """A statement cancelled on the server, as its timeout does, is answered with LogUnavailable; the next one works."""
    async with owner(database_url) as holding, holding.transaction():
        await holding.fetch(APPEND_ONE)
        appending = await blocked_append(postgres_log, watching)

        [pid] = await backends(watching, APPEND)
        await watching.execute("select pg_cancel_backend($1)", pid)

        with pytest.raises(LogUnavailable):
            await appending
    assert await write(postgres_log, fact("a")) == 2


async def test_an_append_does_not_wait_for_ever(database_url: str, postgres_log: PostgresLog) -> None:
    """Where the lane stays taken, the append gives up at the timeout for locks."""
    async with owner(database_url) as holding, holding.transaction():
        await holding.fetch(APPEND_ONE)

        with pytest.raises(LogUnavailable):
            await settle(postgres_log, attempt(fact("a")))


async def test_a_caller_who_goes_away_leaves_the_connection_usable(
    database_url: str, postgres_log: PostgresLog, watching: asyncpg.Connection
) -> None:
    """An append whose task is cancelled is cancelled on the server, and its connection serves the next one."""

    async def nobody_waits() -> bool:
        return not await waits_for_the_lane(watching, APPEND)

    async with owner(database_url) as holding, holding.transaction():
        await holding.fetch(APPEND_ONE)
        appending = await blocked_append(postgres_log, watching)
        before = await backends(watching, APPEND)

        appending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await appending
        await until(nobody_waits)  # the server has heard of it while the lane was still taken

    assert await settle(postgres_log, attempt(fact("a"))) == [Written(2, 2)]
    assert await backends(watching, APPEND) == before


async def test_a_server_out_of_reach_is_told_as_such(database_url: str) -> None:
    """Every call to a log whose server is not there raises LogUnavailable."""
    nobody_listens = database_url.replace("port=", "port=1")
    async with open_log(nobody_listens) as log:
        for call in (settle(log, attempt()), log.read_tags({"a": 0}), log.head(), whole(log), log.wait(0, 5.0)):
            with pytest.raises(LogUnavailable):
                await call


async def test_every_session_is_bounded(database_url: str, watching: asyncpg.Connection) -> None:
    """Each session of an open log has the application's role and all three timeouts from its first moment on."""
    await watching.execute(
        """
        create table public.session (application_name text, role text, statement text, lock text, idle text);
        create function public.note_session() returns event_trigger language plpgsql security definer as $$
        begin
            insert into public.session
            select current_setting('application_name'), current_setting('role'), current_setting('statement_timeout'),
                   current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout');
        end $$;
        create event trigger note_session on login execute function public.note_session()"""
    )

    async with open_log(database_url) as log:
        await write(log, fact("a"))
        await log.read_tags({"a": 0})
        await whole(log)
        await until(lambda: watching.fetchval("select count(distinct application_name) = 5 from public.session"))

    rows = await watching.fetch("select distinct application_name, statement, role, lock, idle from public.session")
    sessions = {row[0]: row[1] for row in rows}
    assert sessions == {
        APPEND: "10s",
        LOAD: "2s",
        READ: "10s",
        "daybook listen": "2s",
        "daybook announce daybook_log": "2s",
    }
    assert {tuple(row[2:]) for row in rows} == {("daybook_app", "2s", "5s")}
