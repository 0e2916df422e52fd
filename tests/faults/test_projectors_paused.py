"""A projector that is stopped loses its share to another; what it does when it wakes is too late, and refused."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from signal import SIGSTOP

import asyncpg
import pytest
from eventsourcing.dcb.api import DCBQuery

from events.log import Log, Recorded
from events.memory import MemoryLog
from projections import parking
from projections.building import build_missing
from projections.catalogue import PROJECTIONS
from projections.comparing import Difference
from projections.projection import key_text
from projections.slots import SLOTS
from tests.events.postgres.looking import owner, until
from tests.projections.running import at_work, runner, write_all
from tests.support.checking import bound
from tests.support.crashing import Accident, forget_the_epoch, take_the_fence_down
from tests.support.deciding import SLOT, booked, candidate, slot, some_id
from tests.support.projectors import Place, Sabotage, place
from tests.support.traffic import Traffic

PAUSES = 8
POINTS = ["batch in hand", "checkpoint moved", "rows written", "committed"]
VISITS_PER_SECOND = 50.0  # each is four events or so
VISITS_BETWEEN = 10
PUBLISHED = slot(SLOT, capacity=3)


class Behind(MemoryLog):
    """A log as it was at an earlier position."""

    def __init__(self, log: Log, last: int) -> None:
        """Nothing after `last` is known."""
        super().__init__()
        self._log = log
        self._last = last

    async def read(
        self, query: DCBQuery | None = None, *, after: int = 0, limit: int | None = None
    ) -> AsyncIterator[Recorded]:
        """Read what is known."""
        async for event in self._log.read(query, after=after, limit=limit):
            if event.position <= self._last:
                yield event

    async def head(self) -> int:
        """Tell the last position that is known."""
        return self._last


async def _differences_after_a_pause(
    url: str, folder: Path, sabotage: Sabotage | None = None
) -> tuple[list[Difference], float]:
    """Stop a projector with a batch in hand until another has done that and more; return how long that took, too."""
    async with place(url, folder, [candidate(), PUBLISHED]) as here:
        await build_missing(here.log, url, PROJECTIONS)
        await write_all(here.log, [candidate(some_id("another"))])
        paused = here.projector(Accident("batch in hand", 1, SIGSTOP), sabotage)
        await paused.stopped()

        stopped_at = asyncio.get_running_loop().time()
        here.projector()
        await write_all(here.log, [booked(PUBLISHED)])
        assert await here.caught_up()
        seconds = asyncio.get_running_loop().time() - stopped_at
        paused.go_on()
        await here.shared_by(2)

        await write_all(here.log, [booked(PUBLISHED, some_id("second"))])
        assert await here.caught_up()
        return list(await here.differences()), seconds


async def test_paused_with_a_batch_in_hand_it_writes_nothing_late(
    database_url: str, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    """Another has taken over before it wakes; then they share the work again."""
    differences, seconds = await _differences_after_a_pause(database_url, tmp_path)

    tell(f"taken over after {seconds:.2f} s")
    assert differences == []


async def test_without_the_fence_a_late_write_does_harm(database_url: str, tmp_path: Path) -> None:
    """Sabotage: it turns the checkpoint back, and what was counted since is counted twice."""
    differences, _ = await _differences_after_a_pause(database_url, tmp_path, take_the_fence_down)

    assert any("booked" in each.what for each in differences)


@pytest.mark.nightly
async def test_paused_again_and_again_while_people_book(
    database_url: str, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    """Before a transaction, in the middle of it and after it; in the middle the database has to end it first."""
    async with place(database_url, tmp_path) as here:
        async with Traffic(database_url, 2, VISITS_PER_SECOND) as traffic:
            for number in range(PAUSES):
                accident = Accident(POINTS[number % len(POINTS)], 2 + number % 5, SIGSTOP)
                tell(f"{accident.point}: taken over after {await _pause(here, traffic, accident):.2f} s")
        here.projector()
        assert await here.caught_up()

        assert await here.differences() == [], bound(PAUSES)


async def _pause(here: Place, traffic: Traffic, accident: Accident) -> float:
    paused = here.projector(accident)
    await paused.stopped()
    stopped_at = asyncio.get_running_loop().time()
    here.projector()
    assert await here.caught_up()
    seconds = asyncio.get_running_loop().time() - stopped_at
    paused.go_on()
    await here.shared_by(2)
    await traffic.progress(VISITS_BETWEEN)
    assert await here.caught_up()
    here.end()
    await here.free()
    return seconds


async def _differences_after_a_wish(url: str, folder: Path, sabotage: Sabotage | None) -> list[Difference]:
    """Stop a projector that knows of events set aside; another takes them in, and comes no further than that."""
    async with place(url, folder, [candidate(), PUBLISHED]) as here:
        await build_missing(here.log, url, PROJECTIONS)
        await write_all(here.log, [booked(PUBLISHED, some_id("first")), booked(PUBLISHED, some_id("second"))])
        async with owner(url) as connection:
            await connection.execute(
                "insert into projections.parked values ('slots', 3, 'live', $1, 3, 'SlotBooked', 'ZeroDivisionError')",
                key_text(SLOT),
            )
            async with at_work(runner(Behind(here.log, 3), url)):
                await until(lambda: _stands_at(connection, 3))

            paused = here.projector(Accident("batch in hand", 1, SIGSTOP), sabotage)
            await paused.stopped()
            await here.free()
            async with at_work(runner(Behind(here.log, 3), url)):
                await parking.ask(connection, SLOTS, None, "retry")
                await until(lambda: _is_granted(connection))
            paused.go_on()

        assert await here.caught_up()
        return list(await here.differences())


async def test_moved_no_further_but_changed_by_another_is_not_ours_either(database_url: str, tmp_path: Path) -> None:
    """The checkpoint is where the one that slept left it; the epoch tells that the rows are not."""
    assert await _differences_after_a_wish(database_url, tmp_path, None) == []


async def test_without_the_epoch_it_goes_on_with_what_it_knew(database_url: str, tmp_path: Path) -> None:
    """Sabotage: it sets an event aside behind others that are not there any more."""
    assert await _differences_after_a_wish(database_url, tmp_path, forget_the_epoch) != []


async def _stands_at(connection: asyncpg.Connection, position: int) -> bool:
    return bool(await connection.fetchval("select min(position) = $1 from projections.checkpoint", position))


async def _is_granted(connection: asyncpg.Connection) -> bool:
    return not await parking.ungranted(connection, SLOTS)
