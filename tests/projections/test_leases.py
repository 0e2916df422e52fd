"""Projectors share the read models out, and take over from one that falls silent."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec
import pytest

from projections.catalogue import PROJECTIONS
from projections.checkpoint import Held
from projections.leases import Leases
from projections.projection import Projection
from projections.schema import create_missing
from projections.slots import SLOTS
from tests.events.postgres.looking import owner
from tests.projections.running import at_work, booked_seats, caught_up, log_of, rows_of, runner, story, taken_seats

SHARDED = [
    msgspec.structs.replace(each.at(f"{each.name}_v9"), version=9, shards=3)
    for each in PROJECTIONS
    if each.name in {"slots", "bookings"}
]


@asynccontextmanager
async def _projectors(url: str, count: int) -> AsyncIterator[list[Leases]]:
    """Some of them, whose hearts beat only when a test says so."""
    async with owner(url) as connection, AsyncExitStack() as stack:
        await create_missing(connection, PROJECTIONS)
        yield [await stack.enter_async_context(Leases(url, PROJECTIONS)) for _ in range(count)]


@pytest.fixture(autouse=True)
def _no_heartbeat(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "projectors" not in request.node.name:
        monkeypatch.setattr(Leases, "_beat_until_cancelled", _silence)


async def _silence(_: Leases) -> None:
    """Do not beat."""


def _names(held: list[Held]) -> set[str]:
    return {each.name for each in held}


async def test_lone_one_holds_everything(database_url: str) -> None:
    """Nobody else does it."""
    async with _projectors(database_url, 1) as (one,):
        await one.renew()

        assert _names(list(one.held)) == {each.name for each in PROJECTIONS}


async def test_two_share_evenly_and_nothing_is_held_twice(database_url: str) -> None:
    """Who came first lets go of what is more than half; the other takes it, with a new epoch."""
    async with _projectors(database_url, 2) as (one, other):
        await one.renew()
        before = {each.name: each.epoch for each in one.held}
        for each in (other, one, other):
            await each.renew()

        counted = Counter([each.name for each in (*one.held, *other.held)])
        assert counted == Counter(each.name for each in PROJECTIONS)
        assert abs(len(one.held) - len(other.held)) <= 1
        assert all(each.epoch > before[each.name] for each in other.held)


async def test_silent_one_loses_its_share(database_url: str) -> None:
    """As soon as its time is over; and when it comes back it knows that it has nothing."""
    async with _projectors(database_url, 2) as (silent, other):
        await silent.renew()
        async with owner(database_url) as connection:
            await connection.execute(
                "update projections.checkpoint set held_until = now() - interval '1 s';"
                "update projections.projector set seen_at = now() - interval '1 h'"
            )

        await other.renew()

        assert _names(list(other.held)) == {each.name for each in PROJECTIONS}
        await silent.renew()
        assert not silent.held


async def test_one_that_ends_lets_go_at_once(database_url: str) -> None:
    """Nobody has to wait for its time to be over."""
    async with _projectors(database_url, 1) as (other,):
        async with Leases(database_url, PROJECTIONS) as ending:
            for each in (ending, other, ending):
                await each.renew()
            assert ending.held

        await other.renew()

        assert len(other.held) == len(PROJECTIONS)


async def test_shards_of_a_read_model_add_up_to_the_whole(database_url: str) -> None:
    """Three projectors share the keys out; together they make the very rows that one makes."""
    log = await log_of(story(seed=11))
    whole = [each for each in PROJECTIONS if each.name in {"slots", "bookings"}]

    async with at_work(runner(log, database_url)), at_work(*(runner(log, database_url, SHARDED) for _ in range(3))):
        assert await caught_up(log, database_url)
        assert await caught_up(log, database_url, SHARDED)

    assert list((await rows_of(database_url, SHARDED)).values()) == list((await rows_of(database_url, whole)).values())


async def test_projectors_of_two_programs_do_not_share(database_url: str) -> None:
    """During an upgrade each keeps what only it knows, and what both know is kept by one of them."""
    newer: list[Projection] = [each for each in PROJECTIONS if each is not SLOTS] + SHARDED
    log = await log_of(story(seed=12))

    async with at_work(runner(log, database_url), runner(log, database_url, newer)):
        assert await caught_up(log, database_url)
        assert await caught_up(log, database_url, newer)

    assert await booked_seats(database_url) == await taken_seats(database_url)
