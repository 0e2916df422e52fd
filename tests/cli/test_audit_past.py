"""`daybook audit as-of | diff | what-if`: as commands, for people and for programs."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from cli.main import main
from commands.book_slot import BookSlot
from commands.handling import Writer
from events.postgres import open_keys, open_log
from events.sealed import SealedLog
from tests.events.postgres.looking import owner
from tests.support.deciding import BOT
from tests.support.keys import MASTER_KEY, settings_of
from tests.support.writing import World, submit

# What is written: 1 city, 2 stage, 3 recruiter, 4 slot, 5 and 6 people, 7 a booking; then a refusal.
LAST = 7
CANARY = "Kim"


async def _a_seat_that_two_wanted(url: str) -> str:
    """Let two ask for one seat; return the slot."""
    async with open_log(url) as log, open_keys(settings_of(url)) as keys, Writer(SealedLog(log, keys)) as writer:
        world = await World.make(writer)
        slot_id, people = await world.slot(), [await world.candidate() for _ in range(2)]
        await world.booking(slot_id, people[0])
        assert (await submit(writer, BookSlot(slot_id, people[1]), BOT)).outcome == "slot-full"
        return str(slot_id)


@pytest.fixture
def slot_id(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A slot in a database that the commands find in the environment."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DAYBOOK_MASTER_KEY", MASTER_KEY)
    return asyncio.run(_a_seat_that_two_wanted(database_url))


def audit(*arguments: str) -> Result:
    """Run a command of `daybook audit`."""
    return CliRunner().invoke(main, ["audit", *arguments])


def test_read_models_of_then_are_laid_out_listed_and_dropped(slot_id: str) -> None:
    """Under a name of their position or another; what is not there cannot be dropped."""
    laid_out = audit("as-of", "4"), audit("as-of", str(LAST), "--schema", "as_of_trial")
    listed = msgspec.json.decode(audit("as-of", "--list", "--json").stdout)
    at_last = listed[1]["recorded_at"]
    dropped = audit("as-of", "4", "--drop"), audit("as-of", "--drop", "--schema", "as_of_trial")
    by_time = audit("as-of", at_last, "--json")

    assert slot_id
    assert [each.exit_code for each in (*laid_out, *dropped)] == [0] * 4, [
        each.output for each in (*laid_out, *dropped)
    ]
    assert laid_out[0].stdout.splitlines()[-1].startswith("as_of_4\tposition 4\t")
    assert [(each["schema"], each["position"]) for each in listed] == [("as_of_4", 4), ("as_of_trial", LAST)]
    assert [each.stdout for each in dropped] == ["as_of_4 is gone\n", "as_of_trial is gone\n"]
    assert msgspec.json.decode(by_time.stdout.splitlines()[-1])[0]["position"] == LAST
    assert audit("as-of", "4", "--drop").exit_code == 1


def test_what_is_laid_out_is_as_plain_as_the_read_models(slot_id: str, database_url: str) -> None:
    """People's names are sealed in the log, and opened in the tables; without a master key there are none."""
    laid_out = audit("as-of", str(LAST))

    assert slot_id
    assert laid_out.exit_code == 0, laid_out.output
    assert asyncio.run(_names(database_url)) == [CANARY, CANARY]


async def _names(url: str) -> list[str]:
    async with owner(url) as connection:
        return [name for (name,) in await connection.fetch(f"select name from as_of_{LAST}.candidate")]  # noqa: S608


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (("as-of",), 2),
        (("as-of", "--drop"), 2),
        (("as-of", "4", "--schema", "public"), 2),
        (("as-of", "4", "--schema", "as_of_x_next"), 2),
        (("as-of", "tomorrow"), 2),
        (("as-of", "8"), 1),
        (("as-of", "2199-01-01T00:00:00Z"), 1),
        (("diff", "1", "8"), 1),
        (("what-if",), 2),
        (("what-if", "--set", "approval=required"), 2),
        (("what-if", "--set", 'approval="required"'), 2),
        (("what-if", "--set", "max_active=0"), 2),
        (("what-if", "--set", "max_active"), 2),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(slot_id: str, arguments: tuple[str, ...], exit_code: int) -> None:
    """Wrong usage is 2, what cannot be had is 1."""
    result = audit(*arguments)

    assert slot_id
    assert (result.exit_code, result.stderr.count("\n"), result.stderr[:9]) == (exit_code, 1, "daybook: ")


def test_what_differs_is_told_by_column(slot_id: str) -> None:
    """For one thing alone, and for all; nobody's name is in it."""
    one = audit("diff", "4", str(LAST), "--key", slot_id, "--model", "slots")
    everything = audit("diff", "4", str(LAST), "--json")

    assert one.stdout.splitlines()[-1] == (
        f"~\tslots.slot\tslot_id {slot_id}\tbooked 0 -> 1, status open -> full, changed_at_position 4 -> {LAST}"
    )
    assert one.stderr.splitlines()[-1] == "0 added, 0 removed, 1 changed rows"
    rows = [msgspec.json.decode(line) for line in everything.stdout.splitlines() if line.startswith("{")]
    assert {(each["table"], each["kind"]) for each in rows} >= {("booking", "added"), ("slot", "changed")}
    assert CANARY not in everything.stdout


def test_another_policy_is_judged_and_nothing_is_predicted(slot_id: str, tmp_path: Path) -> None:
    """Counted by stage, command and outcome, listed on demand; the same from a file, and none of another stage."""
    file = tmp_path / "policy.json"
    file.write_text('{"min_notice_minutes": 525600}')

    told = audit("what-if", "--set", "min_notice_minutes=525600", "--list")
    report = msgspec.json.decode(audit("what-if", "--policy", str(file), "--json").stdout)
    elsewhere = msgspec.json.decode(audit("what-if", "--policy", str(file), "--stage", "offer", "--json").stdout)

    lines = told.stdout.splitlines()
    assert slot_id
    assert lines[1].startswith("This replays what was asked for, and predicts nothing")
    assert lines[3] == "1 commands would have come out otherwise, 7 the same;"
    assert lines[5] == "screening\t1 x book-slot: accepted, would be too-soon"
    assert lines[6].startswith(f"position {LAST}\t")
    assert (report["predicts"], report["same"]) == (False, 7)
    assert [tuple(each.values()) for each in report["otherwise"]] == [
        ("screening", "book-slot", "accepted", "too-soon", 1)
    ]
    assert (elsewhere["same"], elsewhere["otherwise"]) == (8, [])
