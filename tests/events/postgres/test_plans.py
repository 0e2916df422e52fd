"""Plans that were made while the log was empty do no harm when it has grown."""

import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

from daybook import embedded
from events.postgres import open_log
from migrations.scripts import SQL
from tests.events.attempts import attempt, condition, fact, settle, whole
from tests.events.postgres.looking import backends, owner, until
from tests.support.clusters import lay_migrated_cluster

# Many small steps over code that other tests cover: measuring that would take as long again.
pytestmark = pytest.mark.unmeasured

# PostgreSQL settles on a plan for good after five executions.
WARMING = 8
CALLS = 10
ENOUGH = 20_000
PINNED = ["05_append.sql", "07_under.sql"]
PIN = "set enable_seqscan = off"


def growth(rows: int) -> str:
    """Compose the SQL that grows the log to a number of rows, with nothing in it that has plans made anew."""
    return f"""
    insert into daybook.event
    select n, 'Noted', 1, array['slot:' || n, 'candidate:' || n % 20000], '{{}}', now(), now(), gen_random_uuid(),
           'admin:ann', gen_random_uuid(), null, null, sha256('')
    from generate_series(101, {rows}) n;
    insert into daybook.event_tag
    select daybook.tag_key(tag), n from generate_series(101, {rows}) n,
           unnest(array['slot:' || n, 'candidate:' || n % 20000]) tag;
    insert into daybook.command
    select gen_random_uuid(), 'note', '{{}}', '', 'admin:ann', now(), 'accepted', '', n, n, 1
    from generate_series(101, {rows}) n;
    insert into daybook.block select n, n, now(), sha256('') from generate_series(101, {rows}) n"""  # noqa: S608


QUERIES = [
    None,
    DCBQuery([DCBQueryItem(["Noted"])]),
    DCBQuery([DCBQueryItem(["Rare"])]),
    DCBQuery([DCBQueryItem(tags=["candidate:7"])]),
    DCBQuery([DCBQueryItem(["Rare"], ["candidate:7"]), DCBQueryItem(tags=["slot:7", "candidate:7"])]),
]
READ = """
    select (select sum(coalesce(seq_tup_read, 0)) from pg_stat_user_tables where schemaname = 'daybook')::bigint
         + (select sum(coalesce(idx_tup_read, 0)) from pg_stat_user_indexes where schemaname = 'daybook')::bigint"""


async def rows_read(url: str, rows: int) -> int:
    """Count the rows and index entries read by appends and reads of a grown log, in sessions that knew it empty."""
    async with owner(url) as connection, AsyncExitStack() as stack:
        await connection.execute(
            "alter table daybook.event set (autovacuum_enabled = off);"
            "alter table daybook.event_tag set (autovacuum_enabled = off);"
            "alter table daybook.command set (autovacuum_enabled = off);"
            "alter table daybook.block set (autovacuum_enabled = off);"
            "analyze daybook.event, daybook.event_tag, daybook.command, daybook.block"
        )
        log = await stack.enter_async_context(open_log(url))

        async def append_and_read(number: int) -> None:
            tag = f"slot:{number}"
            await settle(
                log,
                attempt(fact(tag), boundaries=[(tag, rows * 2)]),
                attempt(fact("other"), condition=condition(DCBQueryItem(["Never"], [tag]), after=0), group=1),
            )
            await log.read_tags({tag: 0, "candidate:7": rows - 1})
            for query in QUERIES:
                await whole(log, query, after=number, limit=5)
            await log.head()
            await log.unfindable(number, number + 5)
            await anext(aiter(log.commands()))

        for number in range(WARMING):
            await append_and_read(number)
        await connection.execute(growth(rows))
        for number in range(CALLS):
            await append_and_read(1_000 + number)
        await stack.aclose()
        for name in ("daybook append", "daybook load", "daybook read"):

            async def gone(name: str = name) -> bool:
                return not await backends(connection, name)

            await until(gone)
        return int(await connection.fetchval(READ))


@pytest.fixture
def lonely_url() -> Iterator[str]:
    """The URL of a migrated database with a server of its own.

    What is changed in any catalogue of a server has its sessions make their plans anew, if it is much at a time.
    """
    with tempfile.TemporaryDirectory(prefix="daybook-") as name:
        lay_migrated_cluster(Path(name))
        with embedded.postgres(Path(name), options={"fsync": "off"}) as server:
            yield server.url


async def test_a_log_grown_big_is_searched_by_index(lonely_url: str) -> None:
    """Appending to and reading from 200,000 events touches what is asked for, in sessions that knew the log empty."""
    assert await rows_read(lonely_url, 200_000) < ENOUGH


@pytest.mark.parametrize("file", PINNED)
async def test_without_the_pin_a_table_is_scanned(lonely_url: str, file: str) -> None:
    """The same calls of a function that leaves the choice to the planner read whole tables."""
    function = (SQL / "log" / file).read_text()
    assert function.count(PIN) == 1
    async with owner(lonely_url) as connection:
        await connection.execute(function.replace(PIN, "").replace("create function", "create or replace function", 1))

    assert await rows_read(lonely_url, 20_000) > ENOUGH
