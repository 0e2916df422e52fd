"""A projector that loses its connections, or some of what it holds, goes on with the rest from where that stands."""

from collections.abc import Sequence
from pathlib import Path

import asyncpg
import pytest

import projections.runner
from events.log import Log
from projections.building import BuildFailed, fill_here
from projections.projection import Projection
from tests.events.postgres.looking import owner, until
from tests.projections.running import at_work, caught_up, checkpoints, log_of, runner, story, write_all
from tests.support.checking import bound
from tests.support.projectors import place
from tests.support.traffic import Traffic

LOSSES = [3, pytest.param(1_000, marks=pytest.mark.nightly)]
VISITS_PER_SECOND = 50.0  # each is four events or so
VISITS_BETWEEN = 3

_END_READERS = """
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name like 'daybook %'
        and application_name not in ('daybook append', 'daybook load')"""
_GIVE_AWAY = """
    update projections.checkpoint set holder = 'another', epoch = epoch + 1, held_until = 'infinity'
    where name = 'slots'"""


@pytest.mark.parametrize("losses", LOSSES)
async def test_connections_that_break_do_not_stop_it(database_url: str, tmp_path: Path, losses: int) -> None:
    """All of them at once, again and again, while people book."""
    async with place(database_url, tmp_path) as here, owner(database_url) as connection:
        here.projector()
        async with Traffic(database_url, 2, VISITS_PER_SECOND) as traffic:
            for _ in range(losses):
                await traffic.progress(VISITS_BETWEEN)
                await connection.execute(_END_READERS)
        assert await here.caught_up()

        assert await here.differences() == [], bound(losses)


async def test_what_it_has_lost_does_not_hold_up_what_it_has(database_url: str) -> None:
    """One read model is another's by now: it finds out in the middle of a batch, and goes on with the others."""
    events = story(seed=43)
    log = await log_of(events[:50])

    async with at_work(runner(log, database_url)), owner(database_url) as connection:
        assert await caught_up(log, database_url)
        await connection.execute(_GIVE_AWAY)
        await write_all(log, events[50:])

        await until(lambda: _have_come(connection, log))

    reached = await checkpoints(database_url)
    assert reached["slots"] == (50, None)


async def _have_come(connection: asyncpg.Connection, log: Log) -> bool:
    others = "select min(position) from projections.checkpoint where name <> 'slots'"
    return bool(await connection.fetchval(others) == await log.head())


async def test_build_whose_processes_were_killed_is_begun_anew(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was there of it is dropped first."""
    monkeypatch.setattr(projections.runner, "BUILD_AGAIN_SECONDS", 0.0)
    failures = [BuildFailed(), ConnectionResetError()]

    async with place(database_url, tmp_path, story(seed=44)) as here:

        async def fill(wanted: Sequence[Projection], until_position: int) -> None:
            await fill_here(here.log, database_url, wanted, until_position)
            if failures:
                raise failures.pop()

        async with at_work(runner(here.log, database_url, fill=fill)):
            assert await here.caught_up()

        assert failures == []
        assert await here.differences() == []
