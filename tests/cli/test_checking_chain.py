"""The independent checker works the chain out anew: whatever of the log was changed, it finds it."""

from uuid import UUID

import msgspec
import pytest

from cli.checking.chain import GENESIS, Block, Chain
from events.log import Recorded, link_hash
from tests.cli.histories import NOON, History


@pytest.fixture
def history() -> History:
    """Five events."""
    made = History()
    del made.events[5:]
    return made


def blocks_of(history: History, *sizes: int) -> list[Block]:
    """Link the events into blocks of these sizes."""
    blocks, previous, rest = [], GENESIS, history.events
    for size in sizes:
        inside, rest = rest[:size], rest[size:]
        first, last, moment = inside[0].position, inside[-1].position, inside[-1].recorded_at
        previous = link_hash(previous, first, last, moment, [event.content_hash for event in inside])
        blocks.append(Block(first, last, moment, previous))
    return blocks


def chain_rules(events: list[Recorded], blocks: list[Block]) -> list[str]:
    """Name the rules of the chain that are broken, and where."""
    chain = Chain(blocks)
    found = [breach for event in events for breach in chain.take(event)]
    return [f"{breach.rule}: {breach.position}" for breach in (*found, *chain.end())]


def test_the_log_s_own_hashes_are_those_worked_out_anew(history: History) -> None:
    """The checker and the service agree, though they share no code."""
    assert chain_rules(history.events, blocks_of(history, 2, 1, 2)) == []


@pytest.mark.parametrize(
    "change",
    [
        {"type": "SlotCancelled"},
        {"version": 2},
        {"tags": ("slot:2", "Zoë")},
        {"data": b"{}"},
        {"decided_at": NOON},
        {"command_id": UUID(int=9)},
        {"actor": "admin:somebody"},
        {"correlation_id": UUID(int=9)},
        {"causation_id": UUID(int=9)},
        {"trace": "00-0-0-00"},
        {"content_hash": bytes(32)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_of_any_field_is_found(history: History, change: dict[str, object]) -> None:
    """The event no longer says what was hashed."""
    events = [*history.events]
    events[3] = msgspec.structs.replace(events[3], **change)

    assert chain_rules(events, blocks_of(history, 2, 1, 2))[0] == "content hash: 4"


def test_a_change_with_its_hash_made_to_fit_is_found(history: History) -> None:
    """The content hash can be forged; the chain then breaks."""
    blocks = blocks_of(history, 2, 1, 2)
    forged = History()
    forged.add("SlotCancelled", slot_id="forged")
    events = [*history.events]
    events[3] = msgspec.structs.replace(forged.events[-1], position=4)

    assert chain_rules(events, blocks) == ["chain of hashes: 5"]


def test_a_moment_that_was_changed_is_found(history: History) -> None:
    """When an event was recorded is hashed with its block."""
    events = [*history.events]
    events[2] = msgspec.structs.replace(events[2], recorded_at=NOON)

    assert "chain of hashes: 3" in chain_rules(events, blocks_of(history, 2, 1, 2))


def test_a_missing_event_is_found(history: History) -> None:
    """Its number is missing."""
    events = [event for event in history.events if event.position != 4]

    assert "dense positions: 5" in chain_rules(events, blocks_of(history, 2, 1, 2))


def test_two_events_in_each_other_s_place_are_found(history: History) -> None:
    """Order is hashed."""
    events = [*history.events]
    events[3], events[4] = (
        msgspec.structs.replace(events[4], position=4),
        msgspec.structs.replace(events[3], position=5),
    )

    assert chain_rules(events, blocks_of(history, 2, 1, 2)) == ["chain of hashes: 5"]


@pytest.mark.parametrize(("blocks", "position"), [((2, 1), 4), ((2, 1, 1), 5)])
def test_an_event_that_no_block_holds_is_found(history: History, blocks: tuple[int, ...], position: int) -> None:
    """Somebody wrote behind the chain's back."""
    assert chain_rules(history.events, blocks_of(history, *blocks))[0] == f"chain of hashes: {position}"


def test_a_tail_cut_off_the_events_is_found(history: History) -> None:
    """The chain goes on where the events end."""
    assert "chain of hashes: 3" in chain_rules(history.events[:-2], blocks_of(history, 2, 1, 2))
