"""`daybook projections` says what it cannot do in one line: 2 for wrong usage, 1 for everything else."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest
from click.testing import Result

from events.catalogue import CODEC
from events.log import Fact
from events.postgres import open_log
from tests.cli.projecting import build, execute, projections, write_history
from tests.events.attempts import fact, write
from tests.events.postgres.looking import owner
from tests.support.deciding import booked, candidate, slot, some_id

NOWHERE = "postgresql://nobody@/nothing?host=/nowhere"


@pytest.fixture
def empty(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database without any event, which the command finds in the environment."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    return database_url


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
    write_history(empty, [candidate(), slot()])

    verified, rebuilt = projections("verify"), projections("rebuild", "--all")

    assert _is_one_line(verified), verified.output
    assert rebuilt.exit_code == 0, rebuilt.output
    assert projections("verify").exit_code == 0


def test_there_is_no_way_back_to_nothing(empty: str) -> None:
    """It says so."""
    build(empty)

    result = projections("return", "slots")

    assert _is_one_line(result), result.output


UNREADABLE = fact("candidate:none", type_="CandidateRegistered", data=b'{"candidate_id":7}')
UNSTORABLE = CODEC.encode(msgspec.structs.replace(candidate(), name="K\0m"))
SENSELESS = CODEC.encode(booked(slot(some_id("unheard of"))))


@pytest.mark.parametrize("command", ["verify", "rebuild"])
@pytest.mark.parametrize("bad", [UNREADABLE, UNSTORABLE, SENSELESS], ids=["unreadable", "unstorable", "senseless"])
def test_a_log_that_cannot_be_taken_in_is_one_line(empty: str, command: str, bad: Fact) -> None:
    """Where it is, never what is in it; nothing is left behind."""
    build(empty)
    asyncio.run(_write_as_it_is(empty, bad))
    execute(empty, "update projections.checkpoint set position = 1")

    result = projections(command, "candidates", "slots")

    assert _is_one_line(result), (result.output, result.exception)
    assert asyncio.run(_schemas_in_the_making(empty)) == []


async def _write_as_it_is(url: str, bad: Fact) -> None:
    async with open_log(url) as log:
        await write(log, bad)


async def _schemas_in_the_making(url: str) -> list[str]:
    async with owner(url) as connection:
        rows = await connection.fetch("select nspname from pg_namespace where nspname like '%\\_next'")
    return [row[0] for row in rows]
