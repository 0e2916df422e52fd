"""Whoever follows the log misses nothing, and every read model equals its rebuild, whatever appends do to each other.

That a reader of the log alone misses events without the lane is shown beside it: tests/events/postgres/test_order.py.
"""

import asyncio
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from events.catalogue import CODEC
from projections.changes import Change, Changes
from projections.comparing import Difference
from tests.events.attempts import whole
from tests.events.postgres.looking import APPEND_ONE, owner, until, waits_for_the_lane
from tests.events.postgres.two_lanes import tear_down_the_lane
from tests.projections.running import at_work, runner, write_all
from tests.support.checking import bound
from tests.support.deciding import candidate, city, recruiter
from tests.support.projectors import place
from tests.support.tailing import tail
from tests.support.traffic import Traffic

VISITS = [40, pytest.param(200_000, marks=pytest.mark.nightly)]
SECONDS = 4 * 3_600.0


async def _hold_again_and_again(url: str, enough: asyncio.Event) -> int:
    """Append in transactions that stay open until somebody waits behind them; every second one is rolled back."""
    held = 0
    async with owner(url) as holding, owner(url) as watching:

        async def is_in_the_way() -> bool:
            return enough.is_set() or await waits_for_the_lane(watching, "daybook append")

        for ending in cycle(("commit", "rollback")):
            await holding.execute("begin")
            await holding.fetch(APPEND_ONE)
            await until(is_in_the_way)
            await holding.execute(ending)
            if enough.is_set():
                return held
            held += 1
    raise AssertionError


@pytest.mark.parametrize("visits", VISITS)
async def test_behind_16_appenders_nothing_is_missed(database_url: str, tmp_path: Path, visits: int) -> None:
    """By two projectors, by a reader of the log, by one who hears of changes; and no position is left out."""
    enough, finished, told = asyncio.Event(), asyncio.Event(), list[int]()

    def hear(changes: Sequence[Change], _position: int) -> None:
        told.extend(each.position for each in changes)

    async with place(database_url, tmp_path, [candidate()]) as here:
        here.projector()
        here.projector()
        assert await here.caught_up()
        async with Changes(here.log, database_url, here.positions) as changes, asyncio.TaskGroup() as group:
            changes.subscribe(hear)
            reading = group.create_task(tail(here.log, 0, finished))
            holding = group.create_task(_hold_again_and_again(database_url, enough))
            async with Traffic(database_url) as traffic:
                await traffic.progress(visits, SECONDS)
            enough.set()
            await holding
            finished.set()  # the reader may stop at the end only once nobody appends any more
            assert await changes.reach(await here.log.head(), SECONDS)

        written = [event.position for event in await whole(here.log)]
        n = len(written)
        assert (written, reading.result()) == (list(range(1, n + 1)), written), bound(n)
        assert told == written[1:], bound(n)
        assert await here.differences() == [], bound(n)
        assert holding.result() > 1


async def _differences_past_a_held_transaction(url: str, folder: Path) -> list[Difference]:
    """Let another append come, and the read models follow as far as they may, while one is held; then end it."""
    async with (
        place(url, folder) as here,
        at_work(runner(here.log, url)),
        owner(url) as holding,
        owner(url) as watching,
    ):
        await write_all(here.log, [recruiter()])
        await holding.execute("begin")
        await holding.fetch(_appending(city()))
        other = asyncio.create_task(write_all(here.log, [candidate()]))

        async def other_is_stopped_or_through() -> bool:
            return other.done() or await waits_for_the_lane(watching, "daybook append")

        await until(other_is_stopped_or_through)
        assert await here.caught_up()
        await holding.execute("commit")
        await other
        await write_all(here.log, [city("hamburg")])
        assert await here.caught_up()
        return list(await here.differences())


def _appending(event: Any) -> str:
    fact = CODEC.encode(event)
    statement = APPEND_ONE.replace("'Noted'", f"'{fact.type}'").replace("'held'", f"'{fact.tags[0]}'")
    return statement.replace("e_data => array['{}'", f"e_data => array['\\x{fact.data.hex()}'")


async def test_what_is_committed_late_is_in_the_read_models(database_url: str, tmp_path: Path) -> None:
    """Nothing comes before it."""
    assert await _differences_past_a_held_transaction(database_url, tmp_path) == []


async def test_with_two_lanes_what_is_committed_late_is_missing(database_url: str, tmp_path: Path) -> None:
    """Sabotage: the read models have gone past it, and never come back."""
    await tear_down_the_lane(database_url)

    differences = await _differences_past_a_held_transaction(database_url, tmp_path)

    assert ("city", '["berlin"]', "missing") in differences
