"""`daybook audit invariants`: the whole log against every rule, as a command."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
import pytest
from click.testing import CliRunner, Result

from cli.audit import audit
from cli.checking import auditing
from commands.handling import Writer
from events.log import Attempt, Fact
from events.postgres import open_log
from tests.support.writing import World

NOTHING_READ = b""


async def write_a_booking(url: str) -> None:
    """Write all that one booking needs: six events."""
    async with open_log(url) as log, Writer(log) as writer:
        world = await World.make(writer)
        await world.booking(await world.slot(), await world.candidate())


async def close_an_unknown_slot(url: str) -> None:
    """Write, behind the back of every decision, what no decision allows."""
    fact = Fact("SlotClosed", 1, ("slot:none",), b'{"slot_id":"none","reason":"because"}')
    said = (NOTHING_READ, NOTHING_READ, "admin:root", "accepted", NOTHING_READ)
    async with open_log(url) as log:
        await log.append([Attempt(uuid4(), "close-slot", *said, uuid4(), 0, facts=[fact])], datetime.now(UTC))


@pytest.fixture
def url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with one booking, which the command finds in the environment."""
    asyncio.run(write_a_booking(database_url))
    monkeypatch.setenv("DATABASE_URL", database_url)
    return database_url


def audited(*options: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(audit, ["invariants", *options])


def test_a_log_that_breaks_no_rule_is_exit_code_0(url: str) -> None:
    """How much was looked at, and how fast, is told."""
    assert url

    result = audited()

    assert result.exit_code == 0, result.output
    first, rates, last = result.stdout.splitlines()
    assert first == "6 events checked against every rule, from position 0"
    assert "events/s on one core" in rates
    assert last == "no rule is broken"


def test_the_first_breach_is_named_and_exit_code_1(url: str) -> None:
    """With its position, for people and for programs."""
    asyncio.run(close_an_unknown_slot(url))

    result, report = audited(), msgspec.json.decode(audited("--json").stdout)

    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "what is named is known broken at position 7: there is no slot none"
    breach = {"position": 7, "rule": "what is named is known", "detail": "there is no slot none"}
    assert (report["events"], report["breach"]) == (7, breach)


def test_nothing_is_left_out_where_a_page_ends(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of one, two and three events come to the same."""
    asyncio.run(close_an_unknown_slot(url))

    found = []
    for size in (1, 2, 3, 7):
        monkeypatch.setattr(auditing, "PAGE_SIZE", size)
        found.append(asyncio.run(auditing.audit_rules(url)))

    assert {(each.events, each.breach and each.breach.position) for each in found} == {(7, 7)}
