"""The patrol on PostgreSQL: it passes what is whole, stands still at what is not, and remembers how far it came."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import asyncpg
import pytest

from commands.cancel_booking import CancelBooking
from commands.handling import Writer
from daybook.metrics import Metrics
from events.log import Recorded
from events.postgres import PostgresLog
from tests.events.attempts import fact, write
from tests.events.postgres.looking import PATIENCE, backends, owner, until
from tests.support.writing import World
from tests.workers.patrolling import Noted, at_work, fault, forge, noted, reached, three_blocks
from workers import checkpoint
from workers import patrol as patrol_module

# For every column something else that could stand there, at position 2, and what is then said of which position.
FORGED_EVENT = {
    "position": ("100", "position 2: the event is missing"),
    "type": ("'Forged'", "position 2: the event does not say"),
    "version": ("version + 1", "position 2: the event does not say"),
    "tags": ("array['a', 'forged']", "position 2: the event does not say"),
    "data": ("'{\"forged\":true}'", "position 2: the event does not say"),
    "recorded_at": ("recorded_at + interval '1 microsecond'", "position 2: the event was not recorded when"),
    "decided_at": ("'infinity'", "position 2: the event does not say"),
    "command_id": ("gen_random_uuid()", "position 2: the event does not say"),
    "actor": ("'admin:eve'", "position 2: the event does not say"),
    "correlation_id": ("gen_random_uuid()", "position 2: the event does not say"),
    "causation_id": ("gen_random_uuid()", "position 2: the event does not say"),
    "trace": ("''", "position 2: the event does not say"),
    "content_hash": ("sha256('forged')", "position 2: the event does not say"),
}
FORGED_BLOCK = {
    "last_position": ("4", "position 4: the event was not recorded when"),
    "first_position": ("first_position - 1", "position 2: no block begins here"),
    "recorded_at": ("recorded_at + interval '1 microsecond'", "position 2: the event was not recorded when"),
    "hash": ("sha256('forged')", "position 2: the block that begins here and ends at 3 does not follow"),
}
OTHER_FORGERIES = {
    "delete from daybook.event where position = 3": "position 3: the event is missing",
    "delete from daybook.event where position = 5": "position 5: the event is missing",
    "delete from daybook.block where last_position = 3": "position 2: no block begins here",
    "delete from daybook.block where last_position = 5": "position 4: the event stands in no block",
    "delete from daybook.block where last_position = 0": "position 0: the block that ended here was removed",
    "update daybook.block set hash = sha256('forged') where last_position = 0": "position 0: the block that ended here",
    "delete from daybook.event_tag where position = 3 and tag_key = daybook.tag_key('c')": "position 3: a tag",
    "delete from daybook.event_tag where position >= 2": "position 2: a tag of the event does not lead to it",
    "update daybook.event_tag set position = 9 where position = 5": "position 5: a tag of the event does not lead",
}


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else is in need of the database."""
    monkeypatch.setattr(patrol_module, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(patrol_module, "REST_SECONDS", 0.01)
    monkeypatch.setattr(patrol_module, "IDLE_SECONDS", 0.05)
    monkeypatch.setattr(patrol_module, "STANDBY_SECONDS", 0.01)


@pytest.mark.parametrize("size", [1, 7, 1_000])
async def test_a_real_history_is_whole(
    database_url: str, log: PostgresLog, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the writer writes passes, however it is cut into pages."""
    monkeypatch.setattr(patrol_module, "PAGE_EVENTS", size)
    async with Writer(log) as writer:
        world = await World.make(writer)
        for _ in range(40):
            booking_id = await world.booking(await world.slot(), await world.candidate())
            await world.accepted(CancelBooking(booking_id, "changed-plans"))
    head = await log.head()
    metrics = Metrics()

    async with at_work(log, database_url, metrics):
        await reached(database_url, head)

    assert head > 150
    assert metrics.registry.get_sample_value("daybook_patrol_position") == head
    assert metrics.registry.get_sample_value("daybook_patrol_faults") == 0


async def test_news_are_checked_when_they_come(database_url: str, log: PostgresLog) -> None:
    """The patrol follows the log."""
    async with at_work(log, database_url):
        await reached(database_url, 0)
        await three_blocks(log)

        await reached(database_url, 5)


async def check_forged(database_url: str, log: PostgresLog, statement: str, said: str) -> None:
    """Forge what was not yet checked; see what the patrol says."""
    await three_blocks(log)
    await forge(database_url, statement)
    metrics = Metrics()

    async with at_work(log, database_url, metrics):
        found = await fault(database_url)

        assert found.fault is not None
        assert found.fault.startswith(said)
        assert metrics.registry.get_sample_value("daybook_patrol_faults") == 1


@pytest.mark.parametrize("column", FORGED_EVENT)
async def test_a_forged_event_is_found(database_url: str, log: PostgresLog, column: str) -> None:
    """Whatever is altered of an event."""
    value, said = FORGED_EVENT[column]
    statement = f"update daybook.event set {column} = {value} where position = 2"  # noqa: S608  both are ours

    await check_forged(database_url, log, statement, said)


@pytest.mark.parametrize("column", FORGED_BLOCK)
async def test_a_forged_block_is_found(database_url: str, log: PostgresLog, column: str) -> None:
    """Whatever is altered of a block."""
    value, said = FORGED_BLOCK[column]
    statement = f"update daybook.block set {column} = {value} where last_position = 3"  # noqa: S608  both are ours

    await check_forged(database_url, log, statement, said)


@pytest.mark.parametrize("statement", OTHER_FORGERIES)
async def test_any_other_forgery_is_found(database_url: str, log: PostgresLog, statement: str) -> None:
    """Rows that were taken out or moved."""
    await check_forged(database_url, log, statement, OTHER_FORGERIES[statement])


async def test_every_column_is_tried(database_url: str) -> None:
    """A column that is added to the chain's tables has to be added to the forgeries."""
    async with owner(database_url) as connection:
        rows = await connection.fetch(
            "select table_name, column_name from information_schema.columns where table_schema = 'daybook'"
            " and table_name in ('event', 'block')"
        )

    columns = {tuple(row) for row in rows}
    assert columns == {("event", column) for column in FORGED_EVENT} | {("block", column) for column in FORGED_BLOCK}


@pytest.mark.parametrize(
    "statements",
    [
        ["delete from daybook.event where position > 3", "delete from daybook.block where last_position = 5"],
        ["update daybook.block set recorded_at = recorded_at + interval '1 microsecond' where last_position = 5"],
    ],
)
async def test_an_end_that_was_cut_off_or_altered_is_missed(
    database_url: str, log: PostgresLog, statements: list[str]
) -> None:
    """The patrol remembers the end it has seen, and needs no news to look for it."""
    await three_blocks(log)
    async with at_work(log, database_url):
        await reached(database_url, 5)

        for statement in statements:
            await forge(database_url, statement)

        said = "position 5: the block that ended here was removed or altered after it was checked"
        assert await fault(database_url) == Noted(5, said)


async def test_it_stands_still_at_a_fault(database_url: str, log: PostgresLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was whole before the fault is noted; what comes after it moves nothing, and a restart finds it again."""
    monkeypatch.setattr(patrol_module, "PAGE_EVENTS", 1)
    await three_blocks(log)
    await forge(database_url, "update daybook.event set actor = 'admin:eve' where position = 4")
    async with at_work(log, database_url):
        found = await fault(database_url)
        await write(log, fact("f"))
        assert await noted(database_url) == found

    metrics = Metrics()
    async with at_work(log, database_url, metrics):
        await until(lambda: _stands_still(metrics))

    assert await noted(database_url) == found
    assert found == Noted(3, "position 4: the event does not say what its hash was made of")


async def test_a_repaired_log_is_patrolled_again(database_url: str, log: PostgresLog) -> None:
    """It is a restart that goes on from where the fault was, not the patrol that stands still."""
    await three_blocks(log)
    await forge(database_url, "update daybook.event set actor = 'admin:eve' where position = 4")
    async with at_work(log, database_url):
        found = await fault(database_url)

        await forge(database_url, "update daybook.event set actor = 'admin:ann' where position = 4")

        assert [await noted(database_url) for _ in range(10)] == [found] * 10
    async with at_work(log, database_url):
        await reached(database_url, 5)


async def test_what_was_checked_is_not_read_again(
    database_url: str, log: PostgresLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restart begins behind the checkpoint."""
    await three_blocks(log)
    async with at_work(log, database_url):
        await reached(database_url, 5)
    await write(log, fact("f"))
    read: list[int] = []
    reading = log.read

    async def overheard(*, after: int, limit: int) -> AsyncIterator[Recorded]:
        async for event in reading(after=after, limit=limit):
            read.append(event.position)
            yield event

    monkeypatch.setattr(log, "read", overheard)

    async with at_work(log, database_url):
        await reached(database_url, 6)

    assert set(read) == {6}


async def test_one_patrols_and_another_stands_by(
    database_url: str, log: PostgresLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one takes over when the first is gone."""
    refused = asyncio.Event()
    taking = checkpoint.take_turn

    async def overheard(connection: asyncpg.Connection) -> bool:
        taken = await taking(connection)
        if not taken:
            refused.set()
        return taken

    monkeypatch.setattr(checkpoint, "take_turn", overheard)
    second = Metrics()
    async with AsyncExitStack() as others:
        await others.enter_async_context(at_work(log, database_url))
        await reached(database_url, 0)
        async with at_work(log, database_url, second):
            await asyncio.wait_for(refused.wait(), PATIENCE)
            await three_blocks(log)
            await reached(database_url, 5)
            assert second.registry.get_sample_value("daybook_patrol_position") == 0

            await others.aclose()

            await write(log, fact("f"))
            await reached(database_url, 6)
    assert second.registry.get_sample_value("daybook_patrol_position") == 6


async def test_a_lost_connection_is_made_again(database_url: str, log: PostgresLog) -> None:
    """The patrol goes on where it was."""
    async with at_work(log, database_url), owner(database_url) as connection:
        await reached(database_url, 0)
        for pid in await backends(connection, "daybook patrol"):
            await connection.execute("select pg_terminate_backend($1)", pid)

        await three_blocks(log)

        await reached(database_url, 5)


async def test_the_checkpoint_says_when_it_was_looked(database_url: str, log: PostgresLog) -> None:
    """A patrol that has died shows by the age of its checkpoint, even where nothing happens."""
    started = datetime.now(UTC)
    await three_blocks(log)

    async with at_work(log, database_url), owner(database_url) as connection:
        await reached(database_url, 5)
        first = await connection.fetchval("select checked_at from workers.patrol")
        await until(lambda: connection.fetchval("select checked_at > $1 from workers.patrol", first))

    assert first > started


async def _stands_still(metrics: Metrics) -> bool:
    return metrics.registry.get_sample_value("daybook_patrol_faults") == 1
