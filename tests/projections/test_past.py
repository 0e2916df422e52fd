"""One question about the past leaves nothing to the next, holds nobody up, and comes to an end."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from daybook.database import UNREACHABLE
from daybook.engine import Connection
from daybook.metrics import Metrics
from daybook.watching import DatabaseWatch
from events import tags
from events.recruiter import AbsenceRecorded
from projections import past as past_module
from projections import replaying
from projections.directory import DIRECTORY
from projections.past import Busy, Past, open_past
from projections.replaying import Needed, TooLong, replay
from projections.slots import SLOT, SLOTS, SlotRow
from queries.slot_card import slot_card
from tests.events.postgres.looking import owner
from tests.projections.running import log_of
from tests.support.deciding import RECRUITER, booked, city, recruiter, slot, some_id, stage

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
THEIRS = [city(), recruiter(), stage()]
SLOT_IDS = [some_id(f"slot {number}") for number in range(40)]
EVENTS: list[Any] = [*THEIRS, *(slot(each) for each in SLOT_IDS)]

LIST = Needed((SLOTS, DIRECTORY))
CARD = Needed((SLOTS, DIRECTORY), tags.slot(SLOT_IDS[0]))


@pytest.fixture
async def past(database_url: str) -> AsyncIterator[Past]:
    """The past of a log of forty slots."""
    async with open_past(await log_of(EVENTS), database_url, DatabaseWatch(Metrics())) as opened:
        yield opened


async def count(connection: Connection) -> int:
    """Count the slots."""
    return int(await connection.fetchval(select(func.count()).select_from(SLOT)) or 0)


async def pages(connection: Connection) -> int:
    """Measure the table of slots."""
    return int(await connection.fetchval(select(func.pg_relation_size("pg_temp.slot"))) or 0)


async def fail(_: Connection) -> int:
    """Find a query wrong."""
    raise ZeroDivisionError


async def test_questions_do_not_see_each_other_s_rows(past: Past) -> None:
    """Each has the tables for itself, also after one that failed; at position 0 they are empty."""
    whole = await past.ask(LIST, len(EVENTS), count)
    with pytest.raises(ZeroDivisionError):
        await past.ask(LIST, len(EVENTS), fail)

    found = [await past.ask(LIST, until, count) for until in (0, len(THEIRS), len(THEIRS) + 7, len(EVENTS))]

    assert (whole, found) == (len(SLOT_IDS), [0, 0, 7, len(SLOT_IDS)])


async def test_card_is_made_of_what_it_shows(past: Past) -> None:
    """Of one slot's card nothing is put in but the slot and those it names."""
    found = await past.ask(CARD, len(EVENTS), lambda connection: slot_card(connection, SLOT_IDS[0], NOW))
    others = await past.ask(CARD, len(EVENTS), count)

    assert found is not None
    assert (found.answer.city.name, found.answer.stage.name) == ("Berlin", "Screening")
    assert others == 1


async def test_dead_rows_are_cleared_away(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    """Undone rows stay in the tables until there are too many; without a limit they would pile up."""
    monkeypatch.setattr(past_module, "MOST_DEAD", 10**9)
    piled = [await past.ask(LIST, len(EVENTS), pages) for _ in range(8)][-1]
    monkeypatch.setattr(past_module, "MOST_DEAD", 0)
    await past.ask(LIST, len(EVENTS), pages)

    cleared = await past.ask(LIST, len(EVENTS), pages)

    assert cleared < piled


async def test_one_list_at_a_time(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second one waits, but not for ever; a card does not wait for a list."""
    monkeypatch.setattr(past_module, "WAIT_SECONDS", 0.01)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def linger(connection: Connection) -> int:
        begun.set()
        await go_on.wait()
        return await count(connection)

    first = asyncio.create_task(past.ask(LIST, len(EVENTS), linger))
    await begun.wait()
    with pytest.raises(Busy):
        await past.ask(LIST, len(EVENTS), count)
    card = await past.ask(CARD, len(EVENTS), count)
    go_on.set()

    assert (card, await first, await past.ask(LIST, len(EVENTS), count)) == (1, len(SLOT_IDS), len(SLOT_IDS))


async def test_others_get_their_turn_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log is folded page by page; in one page nobody else would be heard until all is done."""
    log = await log_of(EVENTS)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def turns_during(page: int) -> int:
        monkeypatch.setattr(replaying, "PAGE", page)
        before = turns
        await replay(log, LIST, len(EVENTS))
        return turns - before

    waiting = asyncio.create_task(others())
    await asyncio.sleep(0)
    in_pages, at_once = await turns_during(10), await turns_during(1_000)
    waiting.cancel()

    assert at_once == 0
    assert in_pages >= len(EVENTS) // 10


async def test_rows_are_let_go_piece_by_piece() -> None:
    """To free them all at once would hold up everybody; in the end nothing is left."""
    [slots, _] = await replay(await log_of(EVENTS), LIST, len(EVENTS))
    before = len(slots.changed[SlotRow])

    more = [slots.let_go(15) for _ in range(3)]

    assert (before, len(slots.changed[SlotRow])) == (len(SLOT_IDS), 0)
    assert more == [True, True, False]


async def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list counts the whole log, unless it is one of the directory; a card counts what it is made of."""
    monkeypatch.setattr(replaying, "MOST_EVENTS", 5)
    away = [AbsenceRecorded(RECRUITER, NOW, NOW, None) for _ in range(6)]
    log = await log_of([*EVENTS[:10], booked(slot(SLOT_IDS[0])), *away])

    directory = await replay(log, Needed((DIRECTORY,)), 10)
    card = await replay(log, CARD, 11)
    with pytest.raises(TooLong) as of_list:
        await replay(log, LIST, 10)
    for needed in (Needed((DIRECTORY,)), Needed((DIRECTORY,), tags.recruiter(RECRUITER))):
        with pytest.raises(TooLong):
            await replay(log, needed, 17)

    assert (len(directory), len(card), of_list.value.events) == (1, 2, 10)


async def test_connection_that_was_lost_is_opened_again(past: Past, database_url: str) -> None:
    """The question that it was lost under fails as any other does; the next one is answered."""
    await past.ask(LIST, len(EVENTS), count)
    async with owner(database_url) as connection:
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'daybook past'"
        )

    with pytest.raises(UNREACHABLE):
        await past.ask(LIST, len(EVENTS), count)

    assert await past.ask(LIST, len(EVENTS), count) == len(SLOT_IDS)
