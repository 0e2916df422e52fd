"""`daybook projections`: how the read models are, building them anew, and events they could not take in."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest
from click.testing import Result

from cli import read_models
from events.postgres import open_log
from projections.catalogue import PROJECTIONS
from projections.projection import key_text
from tests.cli.projecting import build, execute, fetch, projections, write_history
from tests.projections.running import at_work, caught_up, runner
from tests.support.deciding import SLOT, booked, candidate, slot, some_id

NAMES = [each.name for each in PROJECTIONS]
HISTORY = [candidate(), slot(SLOT, capacity=3), booked(slot(SLOT, capacity=3)), booked(slot(SLOT, capacity=3), SLOT)]


@pytest.fixture
def url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with a history and its read models, and no projector; the command finds it in the environment."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    write_history(database_url, HISTORY)
    build(database_url)
    return database_url


@pytest.fixture
def waiting(url: str) -> str:
    """The same, but the slots could not take in the first booking, and what came after it waits."""
    add = "insert into projections.parked values ('slots', 3, 'live', $1, $2, 'SlotBooked', $3)"
    execute(url, add, key_text(SLOT), 3, "ZeroDivisionError")
    execute(url, add, key_text(SLOT), 4, None)
    execute(url, "update slots_v3.slot set booked = 0, status = 'open'")
    return url


def test_status_tells_how_far_each_is(url: str) -> None:
    """For people and for programs."""
    write_history(url, [candidate(some_id("another"))])

    told, report = projections("status"), msgspec.json.decode(projections("status", "--json").stdout)

    assert told.exit_code == 0, told.output
    assert f"slots\tv3\tlive\tposition {len(HISTORY)}\t1 events and " in told.stdout
    assert {each["name"] for each in report} == set(NAMES)
    assert {(each["home"], each["lag_events"], each["error"]) for each in report} == {("live", 1, None)}


def test_status_tells_what_was_set_aside_and_what_stands_still(waiting: str) -> None:
    """It is there that somebody looks first."""
    execute(waiting, "update projections.checkpoint set error = 'Odd' where name = 'series'")

    lines = projections("status").stdout.splitlines()

    assert [line.rpartition("\t")[2] for line in lines if line.startswith("slots\t")] == ["2 parked"]
    assert [line.rpartition("\t")[2] for line in lines if "stands still" in line] == ["stands still: Odd"]


def test_verifying_what_is_right_is_exit_code_0(url: str) -> None:
    """All of them, where none is named."""
    result = projections("verify")

    assert (url, result.exit_code) == (url, 0), result.output
    told = {f"{name}: verified at position {len(HISTORY)}; the live one has the same rows" for name in NAMES}
    assert set(result.stdout.splitlines()) == told


def test_verifying_the_slots_compares_the_pages_in_redis(
    url: str, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as there are; a Redis that is away is told, for nothing is known of its pages then."""
    monkeypatch.setenv("REDIS_URL", valkey_url)
    compared = projections("verify", "slots")
    monkeypatch.setenv("REDIS_URL", "unix:///nowhere/valkey.sock")
    away = projections("verify", "slots")

    assert (url, compared.exit_code) == (url, 0), compared.output
    assert compared.stdout.splitlines()[-1] == "pages in Redis: 0 compared"
    assert (away.exit_code, away.stderr.splitlines()[-1]) == (
        1,
        "daybook: Redis cannot be reached: its pages were not compared",
    )


def test_verifying_what_is_wrong_is_exit_code_1(url: str) -> None:
    """With the first row that differs, and no value of it."""
    execute(url, "update slots_v3.slot set booked = 7")

    result = projections("verify", "slots", "series")

    assert result.exit_code == 1
    assert f'  slot, first at ["{SLOT}"]: differs in booked' in result.stdout.splitlines()
    assert f"series: verified at position {len(HISTORY)}; the live one has the same rows" in result.stdout


def test_rebuilding_mends_and_the_way_back_leads_to_what_was(url: str) -> None:
    """What it took the place of is kept until the next time."""
    execute(url, "update slots_v3.slot set booked = 7")

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
        f"slots\tv3\t{key}\tposition 3\tSlotBooked\tZeroDivisionError\n"
        f"slots\tv3\t{key}\tposition 4\tSlotBooked\twaits for those before it\n"
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


@pytest.mark.parametrize("asked", [("retry", "slots"), ("drop", "slots", "--yes"), ("retry", "slots", "--key", "7")])
def test_what_an_old_version_has_set_aside_is_refused_at_once(url: str, asked: Sequence[str]) -> None:
    """No projector of this program keeps that version: nobody waits for one, and nothing is wished."""
    execute(url, "insert into projections.parked values ('slots', 1, 'live', '7', 3, 'SlotBooked', 'Odd')")

    result = projections(*asked)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "daybook: what is parked is of slots v1; only a projector of a program that keeps that version can do it\n"
    )
    assert fetch(url, "select count(*) from projections.wish") == 0


def test_an_old_version_holds_up_no_wish_for_the_present_one(waiting: str) -> None:
    """Neither what it has set aside nor what was wished of it is waited for."""
    execute(waiting, "insert into projections.parked values ('slots', 1, 'live', '7', 3, 'SlotBooked', 'Odd')")
    execute(waiting, "insert into projections.wish values ('slots', 1, '7', 'retry')")

    result = asyncio.run(_with_a_projector(waiting, "retry", "slots"))

    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "0 parked"), result.output
