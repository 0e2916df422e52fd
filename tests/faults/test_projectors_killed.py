"""A projector may be killed at any point of its work: another goes on, and every read model equals its rebuild."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from events.log import Log
from projections import homes, parking
from projections.building import bring_back, build_missing, rebuild
from projections.catalogue import PROJECTIONS
from projections.projection import key_text
from projections.slots import SLOTS
from tests.events.postgres.looking import owner
from tests.projections.running import story, write_all
from tests.support.checking import bound
from tests.support.crashing import Accident, commit_in_pieces
from tests.support.deciding import SLOT, booked, candidate, slot
from tests.support.projectors import Place, place
from tests.support.traffic import Traffic

AT_WORK = ["batch in hand", "checkpoint moved", "rows written", "committed"]
BUILDING = ["laid out", "copied", "completed", "about to flip", "flipped", "built"]
GRANTING = ["wish settled", "wish granted"]

DEATHS = [4, pytest.param(400, marks=pytest.mark.nightly)]
REBUILDS = [1, pytest.param(50, marks=pytest.mark.nightly)]
VISITS_PER_SECOND = 50.0  # each is four events or so
VISITS_BETWEEN = 10


@pytest.mark.parametrize("deaths", DEATHS)
async def test_killed_in_a_batch_it_leaves_all_of_it_or_nothing(database_url: str, tmp_path: Path, deaths: int) -> None:
    """One projector after the other, each at another point, while people book."""
    async with place(database_url, tmp_path) as here:
        async with Traffic(database_url, 2, VISITS_PER_SECOND):
            for number in range(deaths):
                await here.dies(Accident(AT_WORK[number % len(AT_WORK)], 1 + number % 7))
        here.projector()
        assert await here.caught_up()

        assert await here.differences() == [], bound(deaths)


async def test_with_rows_and_checkpoint_apart_a_killed_projector_is_found_out(
    database_url: str, tmp_path: Path
) -> None:
    """Sabotage: what it had noted as done, and had not done, is missing for ever."""
    async with place(database_url, tmp_path) as here:
        async with Traffic(database_url, 2, VISITS_PER_SECOND):
            await here.dies(Accident("checkpoint moved", 3), commit_in_pieces)
        here.projector()
        assert await here.caught_up()

        assert await here.differences() != []


async def test_killed_while_it_builds_it_leaves_nothing_to_the_next(database_url: str, tmp_path: Path) -> None:
    """At each point in turn, among the tables of the second read model; nobody sees a part, nothing is left behind."""
    async with place(database_url, tmp_path, story(seed=41)) as here:
        for point in BUILDING:
            await here.dies(Accident(point, 1 if point == "built" else 2))
        here.projector()
        assert await here.caught_up()

        assert await here.differences() == []
        async with owner(database_url) as connection:
            assert not await connection.fetch("select from pg_namespace where nspname ~ '_(next|old)$'")


async def test_killed_over_a_wish_it_grants_it_once(database_url: str, tmp_path: Path) -> None:
    """What was set aside is taken in by the next projector, or was; never twice."""
    async with place(database_url, tmp_path, [candidate(), slot(SLOT, capacity=3)]) as here:
        await build_missing(here.log, database_url, PROJECTIONS)
        await _set_aside_what_comes(database_url, here.log)

        await _wished_until_killed(here)
        await here.dies(Accident("wish granted"))
        here.projector()
        assert await here.caught_up()

        assert await here.differences() == []
        async with owner(database_url) as connection:
            assert not await parking.listed(connection, None, 1)


async def _set_aside_what_comes(url: str, log: Log) -> None:
    """Two bookings, the first of which a projector that is gone could not take in."""
    await write_all(log, [booked(slot(SLOT, capacity=3)), booked(slot(SLOT, capacity=3), SLOT)])
    async with owner(url) as connection:
        await connection.execute(
            "insert into projections.parked values ('slots', 3, 'live', $1, 3, 'SlotBooked', 'ZeroDivisionError')",
            key_text(SLOT),
        )


async def _wished_until_killed(here: Place) -> None:
    projector = here.projector(Accident("wish settled"))
    assert await here.caught_up()
    async with owner(here.url) as connection:
        assert await parking.ask(connection, SLOTS, None, "retry") == 1
    await projector.killed()
    await here.free()


async def test_what_a_killed_projector_held_is_taken_over(
    database_url: str, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    """By the one that lives, long before anybody could look after it."""
    async with place(database_url, tmp_path) as here:
        doomed, _ = here.projector(), here.projector()
        await here.shared_by(2)

        doomed.kill()
        killed_at = asyncio.get_running_loop().time()
        await write_all(here.log, story(seed=42, length=20))

        assert await here.caught_up(10.0)
        tell(f"taken over after {asyncio.get_running_loop().time() - killed_at:.2f} s")


@pytest.mark.parametrize("rebuilds", REBUILDS)
async def test_rebuilt_under_load_while_a_projector_is_killed(database_url: str, tmp_path: Path, rebuilds: int) -> None:
    """All read models at once; what people do meanwhile is in them, and what they were compared with was right."""
    async with place(database_url, tmp_path) as here:
        here.projector()
        async with Traffic(database_url, 4, VISITS_PER_SECOND) as traffic:
            found = []
            for _ in range(rebuilds):
                doomed = here.projector()
                await here.shared_by(2)
                rebuilding = asyncio.create_task(rebuild(here.log, database_url, PROJECTIONS))
                await traffic.progress(VISITS_BETWEEN)
                doomed.kill()
                found += [each for built in await rebuilding for each in built.differences or ()]
        assert await here.caught_up()

        assert found == [], bound(rebuilds)
        assert await here.differences() == [], bound(rebuilds)


async def test_interrupted_on_the_way_back_it_leaves_the_old_build_as_it_was(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever goes back later takes in nothing twice."""
    async with place(database_url, tmp_path, [candidate(), slot(SLOT, capacity=3)]) as here:
        await build_missing(here.log, database_url, PROJECTIONS)
        await rebuild(here.log, database_url, [SLOTS])
        await write_all(here.log, [booked(slot(SLOT, capacity=3))])
        here.projector()
        assert await here.caught_up()

        with monkeypatch.context() as broken:
            broken.setattr(homes, "swap", _lose_the_connection)
            with pytest.raises(ConnectionResetError):
                await bring_back(here.log, database_url, SLOTS)
        await bring_back(here.log, database_url, SLOTS)

        assert await here.differences() == []


async def _lose_the_connection(*_: Any) -> None:
    raise ConnectionResetError
