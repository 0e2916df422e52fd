"""`daybook erase` and `daybook retention`."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from commands.handling import Writer
from commands.hire_candidate import HireCandidate
from commands.reject_candidate import RejectCandidate
from daybook import erasure_ledger
from daybook.erasure_ledger import Erased
from events.postgres import open_keys, open_log
from events.sealed import SealedLog
from tests.cli.test_commands import daybook
from tests.events.postgres.looking import owner
from tests.projections.running import at_work, caught_up, runner
from tests.support.deciding import ADMIN
from tests.support.keys import MASTER_KEY, settings_of
from tests.support.writing import World, submit
from workers.erasing import Erasing
from workers.retention import Retention


async def written(url: str, people: int) -> list[UUID]:
    """Register people, sealed as the service does it."""
    async with open_log(url) as log, open_keys(settings_of(url)) as keys, Writer(SealedLog(log, keys)) as writer:
        world = await World.make(writer)
        return [await world.candidate() for _ in range(people)]


async def ended_long_ago(url: str) -> list[UUID]:
    """Register three people: one hired and one rejected 40 days ago, one still there; and show them."""
    async with open_log(url) as log, open_keys(settings_of(url)) as keys:
        sealed = SealedLog(log, keys)
        async with Writer(sealed, clock=lambda: datetime.now(UTC) - timedelta(days=40)) as writer:
            world = await World.make(writer)
            hired, rejected, there = [await world.candidate() for _ in range(3)]
            await submit(writer, HireCandidate(hired))
            await submit(writer, RejectCandidate(rejected, "no"))
        async with at_work(runner(sealed, url)):
            assert await caught_up(sealed, url)
    return [hired, rejected, there]


async def tombstones(url: str) -> set[UUID]:
    """Whose keys were destroyed."""
    async with owner(url) as connection:
        return {row[0] for row in await connection.fetch("select person_id from keys.person where wrapped is null")}


async def erasures(url: str) -> list[str]:
    """Who was erased, by the log."""
    async with owner(url) as connection:
        rows = await connection.fetch("select data from daybook.event where type = 'CandidateErased' order by position")
        return [row[0].decode() for row in rows]


def test_somebody_is_erased(database_url: str, tmp_path: Path) -> None:
    """The log says so, the key is gone, and the ledger has a line; an unknown candidate is refused in one."""
    anna, _ = asyncio.run(written(database_url, 2))
    place = {"DATABASE_URL": database_url, "DAYBOOK_MASTER_KEY": MASTER_KEY}
    ledger = tmp_path / "ledger"

    done = daybook("erase", str(anna), "--reason", "asked", DAYBOOK_ERASURE_LEDGER=str(ledger), **place)
    unknown = daybook("erase", str(uuid4()), "--reason", "asked", DAYBOOK_ERASURE_LEDGER=str(ledger), **place)

    assert (done.returncode, done.stdout) == (0, f"{anna} erased\n")
    assert asyncio.run(tombstones(database_url)) == {anna}
    assert len(asyncio.run(erasures(database_url))) == 1
    assert [each.candidate_id for each in erasure_ledger.read(ledger)] == [anna]
    assert (unknown.returncode, unknown.stderr) == (1, "daybook: There is no such candidate.\n")


def test_the_ledger_is_replayed(database_url: str, tmp_path: Path) -> None:
    """As after a restore: keys are destroyed anew, and what the log has forgotten is appended again, once."""
    anna, _ = asyncio.run(written(database_url, 2))
    stranger = uuid4()
    ledger = tmp_path / "ledger"
    erasure_ledger.append(ledger, [Erased(each, each, datetime.now(UTC), 1) for each in (anna, stranger)])
    place = {"DATABASE_URL": database_url, "DAYBOOK_MASTER_KEY": MASTER_KEY, "DAYBOOK_ERASURE_LEDGER": str(ledger)}

    first, second = (daybook("erase", "--replay-ledger", **place) for _ in range(2))

    told = "1 candidates erased anew; of 1 this log does not know, the key is destroyed\n"
    assert (first.stdout, second.stdout) == (told, told)
    assert asyncio.run(tombstones(database_url)) == {anna, stranger}
    assert [str(anna) in each for each in asyncio.run(erasures(database_url))] == [True]


@pytest.mark.parametrize(
    "arguments", [(), (str(uuid4()),), ("--replay-ledger", str(uuid4()), "--reason", "x"), ("nobody", "--reason", "x")]
)
def test_wrong_usage_of_erase_is_one_line(arguments: tuple[str, ...], database_url: str) -> None:
    """A candidate with a reason, or the ledger."""
    done = daybook("erase", *arguments, DATABASE_URL=database_url, DAYBOOK_MASTER_KEY=MASTER_KEY)

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_a_ledger_that_cannot_be_read_is_said_in_one_line(database_url: str, tmp_path: Path) -> None:
    """Nobody is erased on a guess."""
    place = {"DATABASE_URL": database_url, "DAYBOOK_MASTER_KEY": MASTER_KEY}

    done = daybook("erase", "--replay-ledger", DAYBOOK_ERASURE_LEDGER=str(tmp_path / "none"), **place)

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "the ledger cannot be read" in done.stderr


def test_who_ended_long_ago_is_erased_by_rule(database_url: str) -> None:
    """First listed, then erased; who is in the process, or was erased already, is not among them."""
    hired, rejected, _ = asyncio.run(ended_long_ago(database_url))
    place = {"DATABASE_URL": database_url, "DAYBOOK_MASTER_KEY": MASTER_KEY}

    none = daybook("retention", "--days", "60", "--dry-run", **place)
    listed = daybook("retention", "--days", "30", "--dry-run", **place)
    assert asyncio.run(tombstones(database_url)) == set()
    done = daybook("retention", "--days", "30", **place)

    assert none.stdout == ""
    assert set(listed.stdout.split()) == set(done.stdout.split()) == {str(hired), str(rejected)}
    assert asyncio.run(tombstones(database_url)) == {hired, rejected}


async def test_the_worker_erases_daily_who_is_due(database_url: str) -> None:
    """Each of them once, however often it looks."""
    hired, rejected, _ = await ended_long_ago(database_url)
    settings = settings_of(database_url)
    async with (
        open_log(database_url) as log,
        open_keys(settings) as keys,
        Writer(SealedLog(log, keys)) as writer,
        owner(database_url) as connection,
    ):
        retention = Retention(Erasing(writer, keys, ADMIN), database_url, 30)
        working = asyncio.create_task(retention.run())
        async with asyncio.timeout(30):
            while len(await erasures(database_url)) < 2:  # noqa: ASYNC110  it tells nobody
                await asyncio.sleep(0.01)
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working
        again = await retention.erase_due(connection)

    assert again == 2  # the read models do not know yet; the same commands, settled before
    assert len(await erasures(database_url)) == 2
    assert await tombstones(database_url) == {hired, rejected}
