"""The tables of read models that are built anew are filled in parts, by several processes, to the same rows."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from typing import Any

import pytest

from cli import filling as filling_module
from cli.filling import NICE, deal, filling, work_of
from events.log import Log
from events.postgres import open_log
from projections.building import BuildFailed, build_missing, rebuild, verify
from projections.catalogue import PROJECTIONS
from projections.folding import Unfoldable
from tests.projections.running import rows_of, story, write_all
from tests.support.deciding import booked, slot, some_id
from tests.support.keys import settings_of
from tests.support.processes import descendants, eventually

NOWHERE = "postgresql://nobody@/nothing?host=/nowhere"


@pytest.fixture
async def log(database_url: str) -> AsyncIterator[Log]:
    """The log of a database in which nothing has happened yet."""
    async with open_log(database_url) as opened:
        yield opened


@pytest.fixture
def _every_log_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that processes are worth their while."""
    monkeypatch.setattr(filling_module, "SMALL", 0)


async def _built(log: Log, url: str, history: Sequence[Any]) -> None:
    """Build in this process, in one go."""
    await write_all(log, history)
    await build_missing(log, url, PROJECTIONS)


@pytest.mark.usefixtures("_every_log_is_long")
async def test_several_processes_make_the_rows_of_one(log: Log, database_url: str) -> None:
    """Row by row, and as a whole; how far they are is told on the way."""
    await _built(log, database_url, story(seed=61))
    before, told = await rows_of(database_url), list[float]()

    built = await rebuild(log, database_url, PROJECTIONS, filling(settings_of(database_url), 2, told.append))

    assert [each.differences for each in built] == [[]] * len(PROJECTIONS)
    assert await rows_of(database_url) == before
    assert all(earlier <= later for earlier, later in pairwise(told))
    assert told[-1] == 1.0


async def test_a_log_too_long_for_the_memory_is_taken_in_parts(
    log: Log, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part has the rows of its own keys, and all of them."""
    await _built(log, database_url, story(seed=62))
    monkeypatch.setattr(filling_module, "MOST_EVENTS", 40)
    told = list[float]()

    verified = await verify(log, database_url, PROJECTIONS, filling(settings_of(database_url), 1, told.append))

    assert [each.differences for each in verified] == [[]] * len(PROJECTIONS)
    assert len(told) > 3
    assert told[-1] == 1.0


@pytest.mark.usefixtures("_every_log_is_long")
async def test_what_a_process_cannot_take_in_is_known_to_the_others(log: Log, database_url: str) -> None:
    """It ends the whole."""
    await write_all(log, [booked(slot(some_id("unheard of")))])

    with pytest.raises(Unfoldable):
        await rebuild(log, database_url, PROJECTIONS[:2], filling(settings_of(database_url), 2))


@pytest.mark.usefixtures("_every_log_is_long")
async def test_a_process_that_fails_ends_the_whole(log: Log, database_url: str) -> None:
    """For whatever reason: here it does not reach the database."""
    await write_all(log, story(seed=63, length=10))

    with pytest.raises(BuildFailed):
        await rebuild(log, database_url, PROJECTIONS[:1], filling(settings_of(NOWHERE), 2))


@pytest.mark.usefixtures("_every_log_is_long")
async def test_processes_end_with_whoever_has_started_them(log: Log, database_url: str) -> None:
    """Nothing goes on filling tables that nobody waits for."""
    await write_all(log, story(seed=64, length=10))

    rebuilding = asyncio.create_task(rebuild(log, database_url, PROJECTIONS[:1], filling(settings_of(database_url), 2)))
    await eventually(filling_ones, "a process that fills tables")
    rebuilding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await rebuilding

    assert not filling_ones()


@pytest.mark.usefixtures("_every_log_is_long")
async def test_who_fills_tables_gives_way_to_live_traffic(log: Log, database_url: str) -> None:
    """Whoever else wants the processor has it at once."""
    await write_all(log, story(seed=65, length=10))

    rebuilding = asyncio.create_task(rebuild(log, database_url, PROJECTIONS[:1], filling(settings_of(database_url), 2)))
    await eventually(
        lambda: [pid for pid in filling_ones() if os.sched_getscheduler(pid) == os.SCHED_IDLE and _is_nice(pid)],
        "a process that fills tables and gives way",
    )
    await rebuilding


def _is_nice(pid: int) -> bool:
    return os.getpriority(os.PRIO_PROCESS, pid) >= NICE


def filling_ones() -> list[int]:
    """Name the processes of ours that fill tables; the server may be one of ours, too, if tests run one by one."""
    return [pid for pid, command in descendants(os.getpid()).items() if "cli.filling" in command]


def test_read_models_are_dealt_out_evenly() -> None:
    """Each to one, and none has much more to do than another."""
    hands = deal(PROJECTIONS, 2)

    work = [sum(map(work_of, hand)) for hand in hands]
    assert Counter(each.name for hand in hands for each in hand) == Counter(each.name for each in PROJECTIONS)
    assert max(work) < 1.2 * min(work)
