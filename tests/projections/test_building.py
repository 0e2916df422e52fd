"""Read models are built anew beside those that are read, and take their place in one instant."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import asyncpg
import msgspec
import pytest

from daybook.database import READ_MODEL_COMPLETION_LOCK
from events.log import Log
from projections import building, homes
from projections.analytics import ANALYTICS
from projections.bookings import BOOKINGS
from projections.building import (
    Built,
    NoOldBuild,
    NothingToCompare,
    bring_back,
    build_missing,
    fill_here,
    rebuild,
    verify,
)
from projections.catalogue import PROJECTIONS
from projections.comparing import Difference
from projections.folding import Unfoldable
from projections.positions import Positions
from projections.projection import Projection
from projections.slots import SLOTS
from tests.events.postgres.looking import owner, until
from tests.projections.running import (
    at_work,
    booked_seats,
    caught_up,
    checkpoints,
    log_of,
    rows_of,
    runner,
    story,
    taken_seats,
    write_all,
)
from tests.support.deciding import SLOT, booked, slot

NEWER = msgspec.structs.replace(SLOTS.at("slots_v9"), version=9)


async def _kept(url: str, events: Sequence[Any]) -> Log:
    """A history that all read models show, with no projector at work."""
    log = await log_of(events)
    async with at_work(runner(log, url)):
        assert await caught_up(log, url)
    return log


async def _execute(url: str, statement: str) -> None:
    async with owner(url) as connection:
        await connection.execute(statement)


async def _exists(url: str, schema: str) -> bool:
    async with owner(url) as connection:
        return bool(await connection.fetchval("select to_regnamespace($1) is not null", schema))


def _found(built: Sequence[Built]) -> list[Difference]:
    return [difference for each in built for difference in each.differences or ()]


async def _laid_out_next(url: str) -> tuple[int, int]:
    """Count the rows of slots and bookings that are built, and the indexes of all that is built."""
    async with owner(url) as connection:
        row = await connection.fetchrow("""
            select (select count(*) from slots_v3_next.slot) * (select count(*) from bookings_v2_next.booking),
                   (select count(*) from pg_indexes where schemaname like '%\\_next')""")
        assert row is not None
        return tuple(row)


async def _are_filled(url: str) -> bool:
    try:
        return (await _laid_out_next(url))[0] > 0
    except asyncpg.UndefinedTableError:
        return False


async def test_indexes_are_made_one_read_model_at_a_time(database_url: str) -> None:
    """While another process makes some, rows are put in, and nothing else."""
    log = await _kept(database_url, story(seed=23))
    models = (SLOTS, BOOKINGS)

    async with owner(database_url) as another:
        await another.execute("select pg_advisory_lock($1)", READ_MODEL_COMPLETION_LOCK)
        rebuilding = asyncio.create_task(rebuild(log, database_url, models))
        await until(lambda: _are_filled(database_url))
        rows, indexes = await _laid_out_next(database_url)
        await another.execute("select pg_advisory_unlock($1)", READ_MODEL_COMPLETION_LOCK)

    assert rows
    assert indexes == 0
    assert _found(await rebuilding) == []


async def test_rebuilt_read_models_have_the_rows_of_the_live_ones(database_url: str) -> None:
    """Made by COPY from a fold of the whole log, not by one batch after the other; what was read before is kept."""
    log = await _kept(database_url, story(seed=21))
    before = await rows_of(database_url)

    built = await rebuild(log, database_url, PROJECTIONS)

    assert _found(built) == []
    assert await rows_of(database_url) == before
    assert await _exists(database_url, "slots_v3_old")
    assert set((await checkpoints(database_url)).values()) == {(await log.head(), None)}


async def test_projector_goes_on_with_what_was_rebuilt_under_its_hands(database_url: str) -> None:
    """It is fenced off, takes the new build over, and writes no event twice and none into the old one."""
    events = story(seed=22, length=300)
    log = await log_of(events[:100])

    async with at_work(runner(log, database_url), runner(log, database_url)):
        assert await caught_up(log, database_url)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(write_all(log, events[100:]))
            for _ in range(3):
                assert _found(await rebuild(log, database_url, PROJECTIONS)) == []
        assert await caught_up(log, database_url)

    assert _found(await verify(log, database_url, PROJECTIONS)) == []
    assert await booked_seats(database_url) == await taken_seats(database_url)


async def test_what_happens_during_the_rebuild_is_in_it(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a build would lose what was written between its fold and its taking over: so it does without catching up."""
    events = story(seed=23)
    log = await _kept(database_url, events[:100])

    async def fill_late(projections: Sequence[Projection], until: int) -> None:
        await fill_here(log, database_url, projections, until)
        await write_all(log, events[100:])

    async def never(*_: Any) -> None:
        """Do not catch up."""

    whole = await rebuild(log, database_url, [SLOTS], fill_late)
    found = _found(await verify(log, database_url, [SLOTS]))
    await write_all(log, [booked(slot(SLOT, capacity=3))])
    async with at_work(runner(log, database_url)):
        assert await caught_up(log, database_url)
    monkeypatch.setattr(building, "catch_up", never)
    monkeypatch.setattr(homes, "lowest", lambda *_: _position(50))

    assert whole[0].position < await log.head()
    assert found == []
    assert _found(await verify(log, database_url, [SLOTS]))


async def _position(position: int) -> int:
    return position


@pytest.mark.parametrize(
    ("tampering", "what"),
    [
        ("update slots_v3.slot set booked = booked + 1", "differs in booked"),
        ("delete from slots_v3.slot", "missing"),
        ("update slots_v3.slot set slot_id = '00000000-0000-0000-0000-000000000000'", "not in the rebuild"),
    ],
)
async def test_verifying_names_the_first_row_that_differs(database_url: str, tampering: str, what: str) -> None:
    """By table, key and column, never by value; nothing is left behind."""
    log = await _kept(database_url, [slot(SLOT)])
    await _execute(database_url, tampering)

    (found,) = _found(await verify(log, database_url, PROJECTIONS))

    assert (found.table, found.what) == ("slot", what)
    assert not await _exists(database_url, "slots_v3_next")


async def test_what_is_not_there_is_built_and_not_compared(database_url: str) -> None:
    """Before a projector has been at work, or of a version that is new."""
    log = await _kept(database_url, story(seed=28))

    with pytest.raises(NothingToCompare):
        await verify(log, database_url, [NEWER])
    (built,) = await rebuild(log, database_url, [NEWER])

    assert (built.position, built.differences) == (await log.head(), None)


async def test_rebuild_mends_and_tells_what_was_wrong(database_url: str) -> None:
    """That is what it is for."""
    log = await _kept(database_url, story(seed=24))
    before = await rows_of(database_url)
    await _execute(database_url, "update bookings_v2.booking set status = 'attended'")

    built = await rebuild(log, database_url, PROJECTIONS)

    assert [(each.table, each.what) for each in _found(built)] == [("booking", "differs in status")]
    assert await rows_of(database_url) == before


async def test_way_back_leads_to_the_earlier_build_caught_up(database_url: str) -> None:
    """It shows what has happened since, before anybody reads it again."""
    events = story(seed=25)
    log = await _kept(database_url, events[:100])
    await rebuild(log, database_url, [SLOTS])
    await _execute(database_url, "comment on table slots_v3_old.slot is 'the earlier one'")
    await write_all(log, events[100:])
    async with at_work(runner(log, database_url)):
        assert await caught_up(log, database_url)

        position = await bring_back(log, database_url, SLOTS)
        assert await caught_up(log, database_url)

    assert position == await log.head()
    assert _found(await verify(log, database_url, PROJECTIONS)) == []
    async with owner(database_url) as connection:
        assert await connection.fetchval("select obj_description('slots_v3.slot'::regclass)") == "the earlier one"


async def test_only_what_queries_see_change_is_a_new_generation(database_url: str) -> None:
    """Rows that were read are others now; nobody has read a new version yet, and no query asks what analysts do."""
    log = await _kept(database_url, story(seed=29))
    generations = [await _generation(database_url)]

    for change in (
        build_missing(log, database_url, [NEWER]),
        rebuild(log, database_url, [ANALYTICS]),
        verify(log, database_url, [SLOTS]),
        rebuild(log, database_url, [SLOTS, BOOKINGS]),
        bring_back(log, database_url, SLOTS),
    ):
        await change
        generations.append(await _generation(database_url))

    assert [later - earlier for earlier, later in pairwise(generations)] == [0, 0, 0, 1, 1]


async def _generation(url: str) -> int:
    async with owner(url) as connection:
        return int(await connection.fetchval("select number from projections.generation"))


async def test_without_an_earlier_build_there_is_no_way_back(database_url: str) -> None:
    """It says so, and changes nothing."""
    log = await _kept(database_url, [slot()])

    with pytest.raises(NoOldBuild):
        await bring_back(log, database_url, SLOTS)


async def test_rebuild_stops_at_an_event_it_cannot_take_in(database_url: str) -> None:
    """Nothing is parked in a build that nobody reads; the live one stays as it is."""
    log = await _kept(database_url, story(seed=26))
    before = await rows_of(database_url)

    def fail(*_: Any) -> Any:
        raise ZeroDivisionError

    for broken in ({"project": fail}, {"keys": fail}):
        with pytest.raises(Unfoldable) as stopped:
            await rebuild(log, database_url, [msgspec.structs.replace(SLOTS, **broken)])

        assert str(stopped.value) == "slots: ZeroDivisionError at position 6 (SlotPublished)"
    assert await rows_of(database_url) == before


async def test_new_version_is_not_there_until_it_is_whole(database_url: str) -> None:
    """Whoever asks for it meanwhile is told so; it never shows a part."""
    log = await _kept(database_url, story(seed=27))
    await _execute(database_url, "insert into daybook.block values (1, 1, now(), sha256('x'))")  # the log is not empty
    gate, filling = asyncio.Event(), asyncio.Event()

    async def fill(projections: Sequence[Projection], until: int) -> None:
        filling.set()
        await gate.wait()
        await fill_here(log, database_url, projections, until)

    async with Positions(database_url, [NEWER]) as positions:
        building_it = asyncio.create_task(build_missing(log, database_url, [NEWER], fill))
        await filling.wait()
        seen = (positions.complete, await _exists(database_url, "slots_v9"))
        gate.set()
        await building_it
        assert await positions.reach(await log.head(), 10.0)
        assert positions.complete

    assert seen == (False, False)
    newer, live = await rows_of(database_url, [NEWER]), await rows_of(database_url, [SLOTS])
    assert list(newer.values()) == list(live.values())
