"""The pure check: whatever is altered in a stretch of the log is found, and named by its position."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from events.log import BEGINNING, Block, Recorded, content_hash
from events.memory import MemoryLog
from tests.events.attempts import NOW, attempt, fact, settle, whole, write
from workers.chain import first_fault

MICROSECOND = timedelta(microseconds=1)
FORGED_EVENT = {
    "type": "Forged",
    "version": 2,
    "tags": ("a", "forged"),
    "data": b'{"forged":true}',
    "decided_at": NOW - MICROSECOND,
    "command_id": UUID(int=9),
    "actor": "admin:eve",
    "correlation_id": UUID(int=9),
    "causation_id": UUID(int=9),
    "trace": "",
    "content_hash": bytes(32),
}


class History:
    """A log of three blocks, that end at 1, 3 and 5; to be tampered with."""

    def __init__(self, blocks: list[Block], events: list[Recorded]) -> None:
        """`blocks` are without the one that every log begins with."""
        self.blocks = blocks
        self.events = events

    def forge_event(self, number: int, /, **changes: Any) -> None:
        """Alter an event: 1 is the first."""
        self.events[number - 1] = msgspec.structs.replace(self.events[number - 1], **changes)

    def forge_block(self, number: int, /, **changes: Any) -> None:
        """Alter a block: 1 is the first."""
        self.blocks[number - 1] = self.blocks[number - 1]._replace(**changes)

    def fault(self, previous: Block = BEGINNING) -> tuple[int, str] | None:
        """Check all of it."""
        return first_fault(previous, self.blocks, self.events)


@pytest.fixture
async def history() -> History:
    """An honest one."""
    log = MemoryLog()
    await write(log, fact("a"))
    await settle(log, attempt(fact("a", data=b'{"n":2}')), attempt(fact("b", data=b'{"n":3}')))
    await write(log, fact("c"), fact("d"))
    return History([block async for block in log.blocks()][1:], await whole(log))


def test_an_honest_history_is_whole(history: History) -> None:
    """Every block follows from the one before it and from the events it covers."""
    assert history.fault() is None


def test_an_honest_history_is_whole_from_any_block_on(history: History) -> None:
    """What was checked need not be read again."""
    first = history.blocks.pop(0)
    history.events.pop(0)

    assert history.fault(first) is None


def test_every_field_of_an_event_is_tried() -> None:
    """A field that is added to events has to be added to the forgeries."""
    elsewhere = {"position", "recorded_at"}

    assert FORGED_EVENT.keys() | elsewhere == set(Recorded.__struct_fields__)


@pytest.mark.parametrize("field", FORGED_EVENT)
def test_an_event_that_was_altered(history: History, field: str) -> None:
    """Whatever an event says now that it did not say then."""
    history.forge_event(3, **{field: FORGED_EVENT[field]})

    assert history.fault() == (3, "the event does not say what its hash was made of")


def test_an_event_that_was_altered_together_with_its_hash(history: History) -> None:
    """Then it is the block that does not follow."""
    history.forge_event(3, data=b'{"forged":true}')
    forged = history.events[2]
    history.forge_event(3, content_hash=content_hash(forged, forged, forged.decided_at))

    assert history.fault() == (2, "the block that begins here and ends at 3 does not follow from the chain")


def test_an_event_that_was_recorded_at_another_time(history: History) -> None:
    """All events of an append are recorded at one moment."""
    history.forge_event(3, recorded_at=history.events[2].recorded_at + MICROSECOND)

    assert history.fault() == (3, "the event was not recorded when its block was")


@pytest.mark.parametrize("position", [1, 3, 4, 5])
def test_an_event_that_was_removed(history: History, position: int) -> None:
    """A missing number is proof of loss."""
    del history.events[position - 1]

    assert history.fault() == (position, "the event is missing")


def test_an_event_that_was_moved(history: History) -> None:
    """The number it had is missing."""
    history.forge_event(5, position=6)

    assert history.fault() == (5, "the event is missing")


def test_events_that_changed_places(history: History) -> None:
    """The order is part of what happened."""
    history.events[1], history.events[2] = history.events[2], history.events[1]
    history.forge_event(2, position=2)
    history.forge_event(3, position=3)

    assert history.fault() == (2, "the block that begins here and ends at 3 does not follow from the chain")


def test_a_block_that_was_removed(history: History) -> None:
    """Its events stand outside the chain."""
    del history.blocks[1]

    assert history.fault() == (2, "no block begins here")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"first": 1}, (2, "no block begins here")),
        ({"first": 3}, (2, "no block begins here")),
        ({"last": 2}, (2, "the block that begins here and ends at 2 does not follow from the chain")),
        ({"last": 4}, (4, "the event was not recorded when its block was")),
        ({"hash": bytes(32)}, (2, "the block that begins here and ends at 3 does not follow from the chain")),
    ],
)
def test_a_block_that_was_altered(history: History, changes: dict[str, Any], fault: tuple[int, str]) -> None:
    """A block covers the events it covered, and no others."""
    history.forge_block(2, **changes)

    assert history.fault() == fault


def test_a_block_and_its_events_that_were_recorded_later(history: History) -> None:
    """The time of recording is linked into the chain."""
    later = history.blocks[2].recorded_at + MICROSECOND
    history.forge_block(3, recorded_at=later)
    history.forge_event(4, recorded_at=later)
    history.forge_event(5, recorded_at=later)

    assert history.fault() == (4, "the block that begins here and ends at 5 does not follow from the chain")


def test_a_time_that_runs_backwards(history: History) -> None:
    """No block was recorded before the one in front of it."""
    history.forge_block(2, recorded_at=history.blocks[0].recorded_at - MICROSECOND)

    assert history.fault() == (2, "the block was recorded earlier than the one before it")


def test_a_history_that_begins_otherwise(history: History) -> None:
    """The first block follows from the one that every log begins with."""
    assert history.fault(BEGINNING._replace(hash=bytes(32))) == (
        1,
        "the block that begins here and ends at 1 does not follow from the chain",
    )
