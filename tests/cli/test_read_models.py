"""`daybook projections`: how the read models are, building them anew, and events they could not take in."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
import pytest
from click.testing import CliRunner, Result

from cli import read_models
from cli.main import main
from events.candidate import CandidateRegistered
from events.postgres import open_log
from projections.building import build_missing
from projections.catalogue import PROJECTIONS
from projections.projection import key_text
from tests.events.attempts import fact, write
from tests.events.postgres.looking import owner
from tests.projections.running import at_work, caught_up, runner, write_all
from tests.support.deciding import SLOT, booked, candidate, slot, some_id

NAMES = [each.name for each in PROJECTIONS]
NOWHERE = "postgresql://nobody@/nothing?host=/nowhere"
HISTORY = [candidate(), slot(SLOT, capacity=3), booked(slot(SLOT, capacity=3)), booked(slot(SLOT, capacity=3), SLOT)]


def projections(*arguments: str) -> Result:
    """Run a command of the group."""
    return CliRunner().invoke(main, ["projections", *arguments])


async def _write(url: str, history: Sequence[Any]) -> None:
    async with open_log(url) as log:
        await write_all(log, history)


async def _build(url: str) -> None:
    async with open_log(url) as log:
        await build_missing(log, url, PROJECTIONS)


async def _execute(url: str, statement: str, *values: Any) -> None:
    async with owner(url) as connection:
        await connection.execute(statement, *values)


@pytest.fixture
def empty(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database without any event, which the command finds in the environment."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    return database_url


@pytest.fixture
def url(empty: str) -> str:
    """A database with a history and its read models, and no projector."""
    asyncio.run(_write(empty, HISTORY))
    asyncio.run(_build(empty))
    return empty


@pytest.fixture
def waiting(url: str) -> str:
    """The same, but the slots could not take in the first booking, and what came after it waits."""

    async def set_aside() -> None:
        add = "insert into projections.parked values ('slots', 2, 'live', $1, $2, 'SlotBooked', $3)"
        await _execute(url, add, key_text(SLOT), 3, "ZeroDivisionError")
        await _execute(url, add, key_text(SLOT), 4, None)
        await _execute(url, "update slots_v2.slot set booked = 0, status = 'open'")

    asyncio.run(set_aside())
    return url


def test_status_tells_how_far_each_is(url: str) -> None:
    """For people and for programs."""
    asyncio.run(_write(url, [candidate(some_id("another"))]))

    told, report = projections("status"), msgspec.json.decode(projections("status", "--json").stdout)

    assert told.exit_code == 0, told.output
    assert f"slots\tv2\tlive\tposition {len(HISTORY)}\t1 events and " in told.stdout
    assert {each["name"] for each in report} == set(NAMES)
    assert {(each["home"], each["lag_events"], each["error"]) for each in report} == {("live", 1, None)}


def test_status_tells_what_was_set_aside_and_what_stands_still(waiting: str) -> None:
    """It is there that somebody looks first."""
    asyncio.run(_execute(waiting, "update projections.checkpoint set error = 'Odd' where name = 'series'"))

    lines = projections("status").stdout.splitlines()

    assert [line.rpartition("\t")[2] for line in lines if line.startswith("slots\t")] == ["2 parked"]
    assert [line.rpartition("\t")[2] for line in lines if "stands still" in line] == ["stands still: Odd"]


def test_verifying_what_is_right_is_exit_code_0(url: str) -> None:
    """All of them, where none is named."""
    result = projections("verify")

    assert (url, result.exit_code) == (url, 0), result.output
    told = {f"{name}: verified at position {len(HISTORY)}; the live one has the same rows" for name in NAMES}
    assert set(result.stdout.splitlines()) == told


def test_verifying_what_is_wrong_is_exit_code_1(url: str) -> None:
    """With the first row that differs, and no value of it."""
    asyncio.run(_execute(url, "update slots_v2.slot set booked = 7"))

    result = projections("verify", "slots", "series")

    assert result.exit_code == 1
    assert f'  slot, first at ["{SLOT}"]: differs in booked' in result.stdout.splitlines()
    assert f"series: verified at position {len(HISTORY)}; the live one has the same rows" in result.stdout


def test_rebuilding_mends_and_the_way_back_leads_to_what_was(url: str) -> None:
    """What it took the place of is kept until the next time."""
    asyncio.run(_execute(url, "update slots_v2.slot set booked = 7"))

    rebuilt, right = projections("rebuild", "slots"), projections("verify", "slots")
    returned, wrong = projections("return", "slots"), projections("verify", "slots")

    assert [each.exit_code for each in (rebuilt, right, returned, wrong)] == [0, 0, 0, 1]
    assert "differs in booked" in rebuilt.stdout
    assert returned.stdout == f"slots: the earlier build is live again, at position {len(HISTORY)}\n"


def test_all_are_rebuilt_in_one_go(url: str) -> None:
    """Each is told of, and has an earlier build after that."""
    result = projections("rebuild", "--all")

    homes = [(each["name"], each["home"]) for each in msgspec.json.decode(projections("status", "--json").stdout)]
    assert (url, result.exit_code, result.stdout.count("rebuilt at position")) == (url, 0, len(NAMES)), result.output
    assert sorted(homes) == sorted((name, home) for name in NAMES for home in ("live", "old"))


def test_what_waits_is_listed(waiting: str) -> None:
    """With its key and why, for people and for programs."""
    assert waiting

    told, nothing = projections("parked"), projections("parked", "series")

    report = msgspec.json.decode(projections("parked", "slots", "--json").stdout)
    key = key_text(SLOT)
    assert told.stdout == (
        f"slots\tv2\t{key}\tposition 3\tSlotBooked\tZeroDivisionError\n"
        f"slots\tv2\t{key}\tposition 4\tSlotBooked\twaits for those before it\n"
    )
    assert [(each["key"], each["position"]) for each in report] == [(key, 3), (key, 4)]
    assert (nothing.stdout, nothing.stderr) == ("", "0 parked\n")


async def _with_a_projector(url: str, *arguments: str) -> Result:
    """Run a command while a projector is at work."""
    async with open_log(url) as log, at_work(runner(log, url)):
        assert await caught_up(log, url)
        return await asyncio.to_thread(projections, *arguments)


def test_what_waits_is_taken_in_on_demand(waiting: str) -> None:
    """By the projector; then the read model is as if nothing had been."""
    result = asyncio.run(_with_a_projector(waiting, "retry", "slots"))

    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "0 parked"), result.output
    assert projections("verify", "slots").exit_code == 0


def test_what_is_dropped_makes_the_read_model_differ(waiting: str) -> None:
    """It was said so, and asked for twice."""
    refused = projections("drop", "slots")
    result = asyncio.run(_with_a_projector(waiting, "drop", "slots", "--key", key_text(SLOT), "--yes"))

    assert refused.exit_code == 130
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "0 parked"), result.output
    assert projections("verify", "slots").exit_code == 1


def test_without_a_projector_a_wish_stays_a_wish(waiting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever wished is told so, and nothing is lost."""
    monkeypatch.setattr(read_models, "GRANT_SECONDS", 0.1)

    result = projections("retry", "slots")

    assert (waiting, result.exit_code) == (waiting, 1)
    assert result.stderr == "daybook: no projector has done it yet: it will when one runs\n"
    assert projections("parked").stdout.count("\n") == 2


WRONG = [
    ("rebuild",),
    ("rebuild", "slots", "--all"),
    ("rebuild", "no-such-one"),
    ("verify", "no-such-one"),
    ("verify", "--processes", "0"),
    ("return",),
    ("retry",),
    ("drop", "--yes"),
    ("parked", "no-such-one"),
]


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_usage_is_one_line_and_exit_code_2(arguments: Sequence[str]) -> None:
    """Before any database is asked."""
    result = projections(*arguments)

    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)


COMMANDS = [
    ("status",),
    ("rebuild", "--all"),
    ("verify",),
    ("return", "slots"),
    ("parked",),
    ("retry", "slots"),
    ("drop", "slots", "--yes"),
]


def _is_one_line(result: Result) -> bool:
    """What a progress bar has drawn before it does not count."""
    return result.exit_code == 1 and result.stderr.rpartition("daybook: ")[2].count("\n") == 1 and not result.stdout


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_database_that_is_not_there_is_one_line(arguments: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """And exit code 1."""
    monkeypatch.setenv("DATABASE_URL", NOWHERE)

    result = projections(*arguments)

    assert _is_one_line(result), result.output


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_database_that_is_not_a_daybooks_is_one_line(
    arguments: Sequence[str], empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was not migrated, or is the wrong one."""
    monkeypatch.setenv("DATABASE_URL", empty_database_url)

    result = projections(*arguments)

    assert _is_one_line(result), result.output


def test_what_was_never_built_has_nothing_to_be_compared_with(empty: str) -> None:
    """But it can be built."""
    asyncio.run(_write(empty, HISTORY))

    verified, rebuilt = projections("verify"), projections("rebuild", "--all")

    assert _is_one_line(verified), verified.output
    assert rebuilt.exit_code == 0, rebuilt.output
    assert projections("verify").exit_code == 0


def test_there_is_no_way_back_to_nothing(url: str) -> None:
    """It says so."""
    result = projections("return", "slots")

    assert (url, _is_one_line(result)) == (url, True), result.output


async def _write_what_cannot_be_read(url: str) -> None:
    async with open_log(url) as log:
        await write(log, fact("candidate:none", type_="CandidateRegistered", data=b'{"candidate_id":7}'))


async def _write_what_no_table_takes(url: str) -> None:
    nul = msgspec.structs.replace(candidate(UUID(int=7)), name="K\0m")
    assert isinstance(nul, CandidateRegistered)
    await _write(url, [nul])


async def _write_what_makes_no_sense(url: str) -> None:
    await _write(url, [booked(slot(some_id("unheard of")))])


@pytest.mark.parametrize("command", ["verify", "rebuild"])
@pytest.mark.parametrize(
    "write_it", [_write_what_cannot_be_read, _write_what_no_table_takes, _write_what_makes_no_sense]
)
def test_a_log_that_cannot_be_taken_in_is_one_line(empty: str, command: str, write_it: Any) -> None:
    """Where it is, never what is in it; nothing is left behind."""
    asyncio.run(_build(empty))
    asyncio.run(write_it(empty))
    asyncio.run(_execute(empty, "update projections.checkpoint set position = 1"))

    result = projections(command, "candidates", "slots")

    assert _is_one_line(result), (result.output, result.exception)
    assert asyncio.run(_schemas_in_the_making(empty)) == []


async def _schemas_in_the_making(url: str) -> list[str]:
    async with owner(url) as connection:
        rows = await connection.fetch("select nspname from pg_namespace where nspname like '%\\_next'")
    return [row[0] for row in rows]
