"""One lane: whoever reads the log in order misses nothing, however many append to it."""

import asyncio
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from typing import NamedTuple

import pytest

from events.log import Recorded
from events.postgres import open_log
from tests.events.attempts import fact, whole, write
from tests.events.chain import faults
from tests.events.postgres.appending import TAGS, keep_appending
from tests.events.postgres.looking import APPEND_ONE, owner, until, waits_for_the_lane
from tests.events.postgres.two_lanes import tear_down_the_lane
from tests.support.tailing import tail

PROCESSES = 4
APPENDERS = 4  # per process, each with a connection of its own
SIZES = [10, pytest.param(12_500, marks=pytest.mark.nightly)]


class Load(NamedTuple):
    """What a load left behind: the log, the faults of its chain, and the positions that a tailing reader saw."""

    events: list[Recorded]
    faults: list[str]
    seen: list[int]

    @property
    def missed(self) -> set[int]:
        """Positions the reader went past before they were there."""
        return {event.position for event in self.events} - set(self.seen)


async def under_load(url: str, appends: int, *, careless: bool = False) -> Load:
    """Let 16 appenders in 4 processes write while a reader follows."""
    finished = asyncio.Event()
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        async with open_log(url) as log:
            reading = asyncio.create_task(tail(log, 0, finished))
            await asyncio.gather(
                *(loop.run_in_executor(pool, _appending, url, appends, seed, careless) for seed in range(PROCESSES))
            )
            finished.set()
            return Load(await whole(log), await faults(log), await reading)


def _appending(url: str, appends: int, seed: int, careless: bool) -> None:  # noqa: FBT001  positional, for the executor
    keep_appending(url, APPENDERS, appends, seed, careless=careless)


def counts_in_order(events: list[Recorded]) -> bool:
    """Tell whether what stands under each shared tag counts 1, 2, 3, ..."""
    return all(
        [int(event.data) for event in events if tag in event.tags]
        == list(range(1, 1 + sum(tag in event.tags for event in events)))
        for tag in TAGS
    )


@pytest.mark.parametrize("appends", SIZES)
async def test_a_reader_under_load_misses_nothing(database_url: str, appends: int) -> None:
    """16 appenders in 4 processes; the reader sees 1 to n in order, tags are in order, the chain is unbroken."""
    load = await under_load(database_url, appends)

    assert len({event.command_id for event in load.events}) == PROCESSES * APPENDERS * appends
    assert load.seen == list(range(1, len(load.events) + 1))
    assert counts_in_order(load.events)
    assert all(before.recorded_at <= after.recorded_at for before, after in pairwise(load.events))
    assert load.faults == []


async def test_with_two_lanes_the_same_reader_misses_events(database_url: str) -> None:
    """The load is one under which a log without the lane does lose events for its readers, and its chain."""
    await tear_down_the_lane(database_url)

    load = await under_load(database_url, 10)

    assert load.missed
    assert load.faults != []


async def test_without_boundaries_tags_are_not_in_order(database_url: str) -> None:
    """The load is one under which appenders that name no boundaries do overwrite one another's counts."""
    load = await under_load(database_url, 10, careless=True)

    assert not counts_in_order(load.events)


async def seen_past_a_held_transaction(url: str, ending: str) -> tuple[list[int], list[int]]:
    """Read while one append is held before its end and another is on its way; end it, and read on."""
    async with owner(url) as holding, owner(url) as watching, open_log(url) as log:
        await holding.execute("begin")
        await holding.fetch(APPEND_ONE)
        other = asyncio.create_task(write(log, fact("other")))

        async def other_is_stopped_or_through() -> bool:
            return other.done() or await waits_for_the_lane(watching, "daybook append")

        await until(other_is_stopped_or_through)
        first_look = [event.position for event in await whole(log)]
        await holding.execute(ending)
        await other
        return first_look, [event.position for event in await whole(log, after=max(first_look, default=0))]


async def test_nobody_gets_ahead_of_a_held_transaction(database_url: str) -> None:
    """While an append is not committed no later one is to be seen; then both are, in order."""
    assert await seen_past_a_held_transaction(database_url, "commit") == ([], [1, 2])


async def test_a_rolled_back_transaction_leaves_no_gap(database_url: str) -> None:
    """An append that is rolled back gives its position to the next one."""
    assert await seen_past_a_held_transaction(database_url, "rollback") == ([], [1])


async def test_with_two_lanes_a_held_transaction_is_overtaken(database_url: str) -> None:
    """Without the lane the same reader sees the later one first, and never the earlier one."""
    await tear_down_the_lane(database_url)

    first_look, second_look = await seen_past_a_held_transaction(database_url, "commit")

    assert first_look != []
    assert second_look == []
