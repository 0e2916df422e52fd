"""`daybook audit history`: what happened under a tag, for people and for programs."""

import asyncio
from uuid import UUID, uuid4

import msgspec
import pytest
from click.testing import CliRunner, Result

from cli.main import main
from commands.cancel_slot import CancelSlot
from commands.handling import Writer
from commands.request import make_request
from events.postgres import open_log
from tests.support.deciding import ADMIN
from tests.support.keys import SECRET
from tests.support.writing import World

CAUSE = UUID("00000000-0000-4000-8000-00000000c0de")


async def _a_slot_that_was_withdrawn(url: str) -> str:
    """Publish a slot, book it, and withdraw it because of that; return its id."""
    async with open_log(url) as log, Writer(log) as writer:
        world = await World.make(writer)
        slot_id = await world.slot()
        await world.booking(slot_id, await world.candidate())
        booked = [event async for event in log.read()][-1]
        cancel = CancelSlot(slot_id, "ill [again]")
        withdrawn = make_request(uuid4(), ADMIN, cancel, secret=SECRET, causation_id=booked.command_id)
        assert (await writer.submit(withdrawn)).outcome == "accepted"
        return str(slot_id)


@pytest.fixture
def slot_id(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A slot in a database that the command finds in the environment."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    return asyncio.run(_a_slot_that_was_withdrawn(database_url))


def told(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["audit", "history", *arguments])


def test_each_event_is_told_with_who_and_why(slot_id: str) -> None:
    """A line each, with the command that wrote it and the one that brought that about."""
    result = told(f"slot:{slot_id}")

    lines = [line.split("\t") for line in result.stdout.splitlines()]
    assert (result.exit_code, result.stderr) == (0, "CancelledSlot as of position 8\n")
    assert [[line[0], *line[2:]] for line in lines] == [
        ["4", "SlotPublished", "admin:root", "publish-slot", "", ""],
        ["6", "SlotBooked", "bot:telegram", "book-slot", "", ""],
        ["7", "BookingCancelled", "admin:root", "cancel-slot", "ill [again]", "book-slot by bot:telegram, position 6"],
        ["8", "SlotCancelled", "admin:root", "cancel-slot", "ill [again]", "book-slot by bot:telegram, position 6"],
    ]


def test_programs_get_what_the_api_answers(slot_id: str) -> None:
    """As of a position, and as of the moment at which that was recorded."""
    now = msgspec.json.decode(told(f"slot:{slot_id}", "--json").stdout)
    recorded_at = now["events"][1]["recorded_at"]

    then = [
        msgspec.json.decode(told(f"slot:{slot_id}", "--json", "--as-of", each).stdout) for each in ("6", recorded_at)
    ]

    assert then[0] == then[1]
    assert (then[0]["state"]["status"], then[0]["events"]) == ("OpenSlot", now["events"][:2])


def test_what_never_was_has_no_history(slot_id: str) -> None:
    """Nor has what was not yet; a moment that is none is a wrong usage."""
    for arguments in ((f"slot:{CAUSE}",), ("planet:earth",), (f"slot:{slot_id}", "--as-of", "3")):
        result = told(*arguments)
        assert (result.exit_code, result.stderr[:8]) == (1, "daybook:"), arguments

    assert told(f"slot:{slot_id}", "--as-of", "yesterday").exit_code == 2
