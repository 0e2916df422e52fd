"""Waiting for a read model to show what was written."""

import asyncio
from itertools import count

import pytest

from daybook.notifications import Announcer
from events.catalogue import CODEC
from events.log import Log
from events.postgres import open_log
from projections import generation, positions
from projections.positions import Positions
from tests.events.attempts import write
from tests.events.postgres.looking import owner, until
from tests.projections.running import at_work, log_of, runner
from tests.support.deciding import city

PATIENCE = 30.0


async def _hears_of_every_write(log: Log, waiting: Positions) -> None:
    """From when it listens on: what was announced before is not heard."""
    numbers = count()
    async with asyncio.timeout(PATIENCE):
        while not await waiting.reach(await write(log, CODEC.encode(city(f"city-{next(numbers)}"))), 0.1):
            pass

    for number in range(5):
        position = await write(log, CODEC.encode(city(f"heard-{number}")))

        assert await waiting.reach(position, PATIENCE)


async def test_who_waits_is_woken_by_the_announcement(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No poll is needed: the next one would come in an hour."""
    monkeypatch.setattr(positions, "POLL_SECONDS", 3_600)
    log = await log_of([])

    async with at_work(runner(log, database_url)), Positions(database_url) as waiting:
        await _hears_of_every_write(log, waiting)


async def test_who_waits_is_woken_by_projectors_that_share_the_work(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of them knows how far all read models are: whoever moves says so, and who wants to know looks."""
    monkeypatch.setattr(positions, "POLL_SECONDS", 3_600)
    log = await log_of([])

    async with at_work(runner(log, database_url), runner(log, database_url)), Positions(database_url) as waiting:
        await until(lambda: _is_shared_by_two(database_url))
        await _hears_of_every_write(log, waiting)


async def _is_shared_by_two(url: str) -> bool:
    async with owner(url) as connection:
        return bool(await connection.fetchval("select count(distinct holder) = 2 from projections.checkpoint"))


async def test_generation_is_heard_of_when_it_begins(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No poll is needed for that either."""
    monkeypatch.setattr(positions, "POLL_SECONDS", 3_600)

    async with Positions(database_url) as waiting, owner(database_url) as connection:
        begun = 0
        async with asyncio.timeout(PATIENCE):
            while await waiting.generation_beyond(0, 0.1) == 0:  # from when it listens on
                begun = await connection.fetchval("select projections.begin_generation()")

        assert await waiting.generation_beyond(begun - 1, PATIENCE) == begun


async def test_generation_that_was_not_heard_of_is_seen(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the poll."""
    monkeypatch.setattr(generation, "CHANNEL", "nothing_is_told_here")

    async with Positions(database_url) as waiting, owner(database_url) as connection:
        begun = await connection.fetchval("select projections.begin_generation()")

        assert await waiting.generation_beyond(begun - 1, PATIENCE) == begun


async def test_who_was_told_of_a_later_position_knows_the_generation(database_url: str) -> None:
    """Its number is above every position there was when it began, and above that of the generation before."""
    async with open_log(database_url) as log, owner(database_url) as connection:
        last = await write(log, CODEC.encode(city()))
        begun = [await connection.fetchval("select projections.begin_generation()") for _ in range(2)]

    assert begun == [last + 1, last + 2]


async def test_lost_announcement_is_made_up_for_by_the_poll(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An announcement is a hint and no more."""
    monkeypatch.setattr(Announcer, "announce", lambda *_: None)
    log = await log_of([city()])

    async with at_work(runner(log, database_url)), Positions(database_url) as waiting:
        assert await waiting.reach(1, PATIENCE)


async def test_wait_ends_when_the_time_is_up(database_url: str) -> None:
    """Without a projector nothing is reached."""
    async with Positions(database_url) as waiting:
        assert not await waiting.reach(1, 0.01)
        assert (await waiting.reach(0, 0.01), waiting.position) == (True, 0)


async def test_position_is_the_lowest_of_those_that_run(database_url: str) -> None:
    """One that lags holds all back; one that stands still with an error does not, nor one that nobody asks here."""
    async with Positions(database_url), owner(database_url) as connection:
        await connection.execute("update projections.checkpoint set position = 9")
        await connection.execute("update projections.checkpoint set position = 7 where name = 'slots'")
        await connection.execute("update projections.checkpoint set position = 3 where name = 'analytics'")
        await connection.execute(
            "update projections.checkpoint set position = 2, error = '...' where name = 'bookings'"
        )

    async with Positions(database_url) as looking:
        assert looking.position == 7
