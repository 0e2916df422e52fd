"""What every log gives back, and to whom it is given when something new is there."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

from events.log import Log, StoredCommand, Under
from events.postgres import PostgresLog
from events.postgres import log as postgres_log_module
from tests.events.attempts import NOW, attempt, fact, settle, whole, write
from tests.events.chain import faults
from tests.events.postgres.looking import owner

PATIENCE = 30.0


async def a_little_history(log: Log) -> None:
    """Write five events: 1 Opened a b, 2 Closed a c, 3 Opened b, 4 Noted without a tag, 5 Closed a b."""
    await write(log, fact("a", "b", type_="Opened"), fact("a", "c", type_="Closed"))
    await write(log, fact("b", type_="Opened"), fact(), fact("a", "b", type_="Closed"))


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], [1, 2, 3, 4, 5]),
        ([DCBQueryItem()], [1, 2, 3, 4, 5]),
        ([DCBQueryItem(types=["Opened"])], [1, 3]),
        ([DCBQueryItem(types=["Opened", "Noted"])], [1, 3, 4]),
        ([DCBQueryItem(types=["Never"])], []),
        ([DCBQueryItem(tags=["a"])], [1, 2, 5]),
        ([DCBQueryItem(tags=["b", "a"])], [1, 5]),
        ([DCBQueryItem(tags=["b", "c"])], []),
        ([DCBQueryItem(types=["Closed"], tags=["a"])], [2, 5]),
        ([DCBQueryItem(types=["Closed", "Opened"], tags=["a", "b"])], [1, 5]),
        ([DCBQueryItem(tags=["c"]), DCBQueryItem(types=["Opened"])], [1, 2, 3]),
        ([DCBQueryItem(types=["Opened"]), DCBQueryItem(tags=["b"])], [1, 3, 5]),
        ([DCBQueryItem(tags=["never"]), DCBQueryItem(types=["Noted"])], [4]),
    ],
)
async def test_a_query_selects_by_types_and_tags(log: Log, items: list[DCBQueryItem], expected: list[int]) -> None:
    """An event is read once, and in order, if its type is among an item's types and it carries all the item's tags."""
    await a_little_history(log)

    events = await whole(log, DCBQuery(items))

    assert [event.position for event in events] == expected


@pytest.mark.parametrize(
    ("after", "limit", "everything", "under_a"),
    [
        (0, None, [1, 2, 3, 4, 5], [1, 2, 5]),
        (0, 2, [1, 2], [1, 2]),
        (1, 2, [2, 3], [2, 5]),
        (2, None, [3, 4, 5], [5]),
        (3, 9, [4, 5], [5]),
        (5, None, [], []),
        (9, 1, [], []),
        (0, 0, [], []),
    ],
)
async def test_a_reading_has_a_beginning_and_a_bound(
    log: Log, after: int, limit: int | None, everything: list[int], under_a: list[int]
) -> None:
    """A reading begins after a position and ends after a number of events."""
    await a_little_history(log)

    unfiltered = await whole(log, after=after, limit=limit)
    filtered = await whole(log, DCBQuery([DCBQueryItem(tags=["a"])]), after=after, limit=limit)

    assert [event.position for event in unfiltered] == everything
    assert [event.position for event in filtered] == under_a


@pytest.mark.parametrize("size", [1, 2, 5, 7])
async def test_a_long_reading_goes_page_by_page(log: Log, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a page ends is not to be seen in what is read."""
    monkeypatch.setattr(postgres_log_module, "PAGE", size)
    for number in range(7):
        await write(log, fact("even" if number % 2 else "odd"))

    everything = await whole(log)
    bounded = await whole(log, limit=4)
    filtered = await whole(log, DCBQuery([DCBQueryItem(tags=["odd"])]), after=1)

    assert [event.position for event in everything] == [1, 2, 3, 4, 5, 6, 7]
    assert [event.position for event in bounded] == [1, 2, 3, 4]
    assert [event.position for event in filtered] == [3, 5, 7]


async def test_each_tag_is_read_after_its_own_position(log: Log) -> None:
    """Every tag asked for is answered: what is under it after its position, and up to where that is known."""
    await a_little_history(log)
    events = await whole(log)

    under = await log.read_tags({"a": 1, "b": 0, "c": 2, "never": 0})

    assert under == {
        "a": Under([events[1], events[4]], 5),
        "b": Under([events[0], events[2], events[4]], 5),
        "c": Under([], 2),
        "never": Under([], 0),
    }


async def test_what_stood_under_a_tag_at_a_moment(log: Log) -> None:
    """Up to a position or a time of recording, or all of it; and how far the log was."""
    await a_little_history(log)
    events = await whole(log)
    first, last = events[0].recorded_at, events[-1].recorded_at
    untils: list[int | datetime | None] = [None, 5, 4, 2, 0, 10**15, last, first - timedelta(microseconds=1)]

    told = [await log.lived("a", until) for until in untils]
    never = await log.lived("never")

    assert [event.content_hash for event in told[0].events] == [events[at].content_hash for at in (0, 1, 4)]
    positions = [[event.position for event in each.events] for each in told]
    assert positions == [[1, 2, 5], [1, 2, 5], [1, 2], [1, 2], [], [1, 2, 5], [1, 2, 5], []]
    assert {each.head for each in (*told, never)} == {5}
    assert never.events == []


async def test_two_tags_with_one_key_do_not_mix(postgres_log: PostgresLog, database_url: str) -> None:
    """What the index leads to is looked at: a tag has its own history only."""
    await write(postgres_log, fact("a"), fact("b"))
    async with owner(database_url) as connection:
        await connection.execute("insert into daybook.event_tag values (daybook.tag_key('a'), 2)")

    told = await postgres_log.lived("a")

    assert [event.position for event in told.events] == [1]


async def test_settled_commands_are_found_by_their_ids(log: Log) -> None:
    """Accepted or refused; others are not among them."""
    written, refused = uuid4(), uuid4()
    await settle(log, attempt(fact("a"), command_id=written), attempt(command_id=refused, outcome="slot-full"))

    found = await log.settled([written, refused, uuid4()])

    assert found == {each.command_id: each for each in [command async for command in log.commands()]}
    assert {each.outcome for each in found.values()} == {"accepted", "slot-full"}


async def test_nothing_asked_is_nothing_read(log: Log) -> None:
    """No tags, no answer."""
    await a_little_history(log)

    under = await log.read_tags({})

    assert under == {}


async def test_commands_come_in_the_order_of_the_log(log: Log) -> None:
    """A command that wrote comes before those that were decided on its events, each with what was kept of it."""
    ids = [uuid4() for _ in range(6)]
    for number, batch in enumerate(
        [
            (attempt(command_id=ids[0], outcome="unknown-slot"), attempt(fact("a"), command_id=ids[1])),
            (attempt(fact("a"), fact("b"), command_id=ids[2]), attempt(command_id=ids[3], outcome="slot-full")),
            (attempt(command_id=ids[4]), attempt(fact("a"), command_id=ids[5])),
        ]
    ):
        await log.append(batch, NOW + timedelta(seconds=number))

    commands = [command async for command in log.commands()]

    later = NOW + timedelta(seconds=1)
    assert [command.command_id for command in commands] == ids
    assert commands[2:4] == [
        StoredCommand(ids[2], "note", b'{"text":"..."}', "admin:ann", later, "accepted", 2, 3),
        StoredCommand(ids[3], "note", b'{"text":"..."}', "admin:ann", later, "slot-full", None, 3),
    ]


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_no_command_is_lost_between_pages(log: Log, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands decided at the same moment, at the same position and in different batches are all there."""
    monkeypatch.setattr(postgres_log_module, "PAGE", size)
    ids = {UUID(int=number) for number in range(1, 8)}
    for command_id in ids:
        await log.append([attempt(command_id=command_id, outcome="unknown-slot")], NOW)
    await log.append([attempt(command_id=UUID(int=9))], NOW + timedelta(seconds=1))

    commands = [command.command_id async for command in log.commands()]

    assert len(commands) == len(ids) + 1
    assert set(commands[:-1]) == ids
    assert commands[-1] == UUID(int=9)


async def test_blocks_link_all_events_into_a_chain(log: Log) -> None:
    """There is a block for each append that wrote, after the one all logs begin with; each follows from the last."""
    await a_little_history(log)
    await settle(log, attempt(outcome="slot-full"))
    traced = msgspec.structs.replace(attempt(fact("f")), causation_id=uuid4(), trace="00-aa-bb-01")
    await settle(log, traced, attempt(outcome="slot-full"))

    blocks = [block async for block in log.blocks()]

    assert [(block.first, block.last) for block in blocks] == [(0, 0), (1, 2), (3, 5), (6, 6)]
    assert await faults(log) == []
    assert [block async for block in log.blocks(after=2)] == blocks[2:]


async def test_every_event_is_found_under_its_tags(log: Log) -> None:
    """In a log that nobody has tampered with no event is unfindable."""
    await a_little_history(log)

    assert await log.unfindable(0, 5) is None


async def test_the_head_is_the_last_position(log: Log) -> None:
    """The head is 0 at first, grows with every event, and not with commands that write none."""
    heads = [await log.head()]
    await a_little_history(log)
    heads.append(await log.head())
    await settle(log, attempt(outcome="slot-full"))
    heads.append(await log.head())

    assert heads == [0, 5, 5]


async def test_who_waits_is_woken_by_an_append(log: Log) -> None:
    """Waiting ends with the append that goes beyond the position, long before its time is up."""
    await write(log, fact("a"))
    waiting = asyncio.create_task(log.wait(1, PATIENCE * 2))
    await asyncio.sleep(0)

    await write(log, fact("a"), fact("b"))

    assert await asyncio.wait_for(waiting, PATIENCE) == 3


async def test_what_is_there_is_not_waited_for(log: Log) -> None:
    """Waiting for what has already happened ends at once."""
    await a_little_history(log)

    assert await asyncio.wait_for(log.wait(4, PATIENCE * 2), PATIENCE) == 5


async def test_waiting_ends_with_its_time(log: Log) -> None:
    """Where nothing happens, waiting ends with the position there is."""
    await a_little_history(log)

    assert await log.wait(5, 0.01) == 5
