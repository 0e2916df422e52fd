"""What every log answers to an append."""

from datetime import UTC, datetime
from uuid import uuid4

import msgspec
import pytest
from eventsourcing.dcb.api import DCBAppendCondition, DCBQueryItem

from events.log import Conflict, Duplicate, Fact, Log, Recorded, Written, content_hash
from tests.events.attempts import NOW, attempt, condition, fact, settle, whole, write


async def test_positions_are_dense(log: Log) -> None:
    """Positions count 1, 2, 3, ... over all the events of a batch and over batches."""
    await settle(log, attempt(fact("a"), fact("b")), attempt(fact("c")))
    verdicts = await settle(log, attempt(fact("a")), attempt(), attempt(fact("b"), fact("c")))

    events = await whole(log)

    assert [event.position for event in events] == [1, 2, 3, 4, 5, 6]
    assert verdicts == [Written(4, 4), Written(None, 4), Written(5, 6)]


async def test_an_event_keeps_all_that_was_said(log: Log) -> None:
    """What is read back is what was handed in, with a position and a time of recording; the order of tags is kept."""
    command_id, correlation_id, causation_id = uuid4(), uuid4(), uuid4()
    said = msgspec.structs.replace(
        attempt(fact("z", "a", "m", type_="Said", data=b'{"word":"\xc3\xa9"}'), command_id=command_id),
        correlation_id=correlation_id,
        causation_id=causation_id,
        trace="00-aa-bb-01",
    )
    before = datetime.now(UTC)

    await settle(log, said)

    [event] = await whole(log)
    assert before <= event.recorded_at <= datetime.now(UTC)
    assert event == Recorded(
        1,
        "Said",
        1,
        ("z", "a", "m"),
        b'{"word":"\xc3\xa9"}',
        event.recorded_at,
        NOW,
        command_id,
        "admin:ann",
        correlation_id,
        causation_id,
        "00-aa-bb-01",
        content_hash(said.facts[0], said, NOW),
    )


async def test_an_event_may_have_no_tag(log: Log) -> None:
    """A fact without tags is written, and is nobody's history."""
    await write(log, fact())

    [event] = await whole(log)

    assert event.tags == ()


async def test_a_tag_named_twice_is_kept_and_indexed_once(log: Log) -> None:
    """A fact that names a tag twice stands under it once."""
    await write(log, fact("a", "a"))

    under = await log.read_tags({"a": 0})

    assert [event.tags for event in under["a"].events] == [("a", "a")]


async def test_an_empty_batch_is_settled(log: Log) -> None:
    """Nothing to settle gets no verdict and writes nothing."""
    verdicts = await settle(log)

    assert verdicts == []
    assert await log.head() == 0


async def test_a_known_command_id_is_a_duplicate(log: Log) -> None:
    """A command id settled before is answered with what was kept, whatever comes with it now."""
    command_id = uuid4()
    await write(log, fact("a"))
    await settle(log, attempt(fact("b"), fact("b"), command_id=command_id, reply=b"first"))

    verdicts = await settle(log, attempt(fact("c"), command_id=command_id, outcome="slot-full", reply=b"second"))

    assert verdicts == [Duplicate(command_id.bytes, "accepted", b"first", 2, 3)]
    assert await log.head() == 3


async def test_a_refusal_is_kept_for_its_duplicate(log: Log) -> None:
    """A command that wrote no event is answered from what was kept, too."""
    command_id = uuid4()
    await write(log, fact("a"))
    await settle(log, attempt(command_id=command_id, outcome="slot-full", reply=b"\x00full"))
    await write(log, fact("a"))

    verdicts = await settle(log, attempt(command_id=command_id))

    assert verdicts == [Duplicate(command_id.bytes, "slot-full", b"\x00full", None, 1)]


async def test_something_newer_under_a_boundary_is_a_conflict(log: Log) -> None:
    """An attempt decided on less than what stands under one of its tags is not written."""
    await write(log, fact("a"))
    await write(log, fact("b"))

    verdicts = await settle(log, attempt(fact("a", "b"), boundaries=[("a", 1), ("b", 0)]))

    assert verdicts == [Conflict()]
    assert await log.head() == 2


async def test_boundaries_that_still_hold_are_no_conflict(log: Log) -> None:
    """An attempt that knew all under its tags stands, whatever has happened elsewhere."""
    await write(log, fact("a"))
    await write(log, fact("b"))

    verdicts = await settle(log, attempt(fact("a"), boundaries=[("a", 1), ("never", 0)]))

    assert verdicts == [Written(3, 3)]


async def test_a_refusal_with_stale_boundaries_is_a_conflict(log: Log) -> None:
    """A refusal depends on what it knew as an acceptance does, and is not settled on less."""
    command_id = uuid4()
    await write(log, fact("a"))

    stale = await settle(log, attempt(command_id=command_id, outcome="slot-full", boundaries=[("a", 0)]))
    fresh = await settle(log, attempt(command_id=command_id, outcome="slot-full", boundaries=[("a", 1)]))

    assert stale == [Conflict()]
    assert fresh == [Written(None, 1)]


async def test_a_group_falls_together(log: Log) -> None:
    """One conflict takes its whole group along, in front of it and behind; other groups stand."""
    await write(log, fact("a"))

    verdicts = await settle(
        log,
        attempt(fact("b"), group=1),
        attempt(fact("c"), group=2),
        attempt(fact("a"), group=1, boundaries=[("a", 0)]),
        attempt(outcome="slot-full", group=1),
        attempt(fact("d"), group=2),
    )

    assert verdicts == [Conflict(), Written(2, 2), Conflict(), Conflict(), Written(3, 3)]
    assert [event.tags for event in await whole(log)] == [("a",), ("c",), ("d",)]


async def test_a_duplicate_takes_its_group_along(log: Log) -> None:
    """Who was decided on a command's events falls when that command turns out to have been settled before."""
    command_id = uuid4()
    await settle(log, attempt(fact("a"), command_id=command_id))

    verdicts = await settle(log, attempt(fact("a"), command_id=command_id), attempt(fact("a")))

    assert verdicts == [Duplicate(command_id.bytes, "accepted", b"done", 1, 1), Conflict()]
    assert await log.head() == 1


async def test_a_group_that_stands_writes_under_one_tag(log: Log) -> None:
    """Attempts of one group may all write under a tag they all knew up to the same position."""
    await write(log, fact("a"))

    verdicts = await settle(log, attempt(fact("a"), boundaries=[("a", 1)]), attempt(fact("a"), boundaries=[("a", 1)]))

    assert verdicts == [Written(2, 2), Written(3, 3)]


async def test_a_losing_command_burns_no_number(log: Log) -> None:
    """Between two that stand a loser leaves no gap, and its id is free to be tried again."""
    await write(log, fact("a"))
    loser = attempt(fact("a"), group=2, boundaries=[("a", 0)])

    verdicts = await settle(log, attempt(fact("b"), group=1), loser, attempt(fact("c"), group=3))
    again = await settle(log, attempt(*loser.facts, command_id=loser.command_id, boundaries=[("a", 1)]))

    assert verdicts == [Written(2, 2), Conflict(), Written(3, 3)]
    assert again == [Written(4, 4)]


async def test_a_command_without_events_has_the_running_position(log: Log) -> None:
    """What wrote nothing is settled at the last position of the log by then, earlier ones of its batch included."""
    await write(log, fact("a"))

    verdicts = await settle(log, attempt(), attempt(fact("b"), fact("b")), attempt(), attempt(fact("c")), attempt())

    assert verdicts == [Written(None, 1), Written(2, 3), Written(None, 3), Written(4, 4), Written(None, 4)]


@pytest.mark.parametrize(
    "failing",
    [
        DCBAppendCondition(),
        condition(after=1),
        condition(DCBQueryItem()),
        condition(DCBQueryItem(types=["Opened"])),
        condition(DCBQueryItem(types=["Never", "Closed"]), after=1),
        condition(DCBQueryItem(tags=["a"])),
        condition(DCBQueryItem(tags=["c", "a"]), after=1),
        condition(DCBQueryItem(types=["Opened"], tags=["b"])),
        condition(DCBQueryItem(tags=["never"]), DCBQueryItem(types=["Closed"], tags=["a", "c"]), after=1),
    ],
)
async def test_a_condition_that_an_event_matches_is_a_conflict(log: Log, failing: DCBAppendCondition) -> None:
    """A condition of any shape fails where an event after its position matches one of its items."""
    await write(log, fact("a", "b", type_="Opened"), fact("a", "c", type_="Closed"))

    verdicts = await settle(log, attempt(fact("d"), condition=failing), attempt(fact("e"), group=1))

    assert verdicts == [Conflict(), Written(3, 3)]


@pytest.mark.parametrize(
    "holding",
    [
        condition(after=2),
        condition(DCBQueryItem(), after=2),
        condition(DCBQueryItem(types=["Never"])),
        condition(DCBQueryItem(types=["Opened"]), after=1),
        condition(DCBQueryItem(tags=["never"])),
        condition(DCBQueryItem(tags=["b"]), after=1),
        condition(DCBQueryItem(tags=["b", "c"])),
        condition(DCBQueryItem(types=["Closed"], tags=["b"])),
        condition(DCBQueryItem(types=["Opened"], tags=["c"]), DCBQueryItem(types=["Closed"], tags=["b"])),
    ],
)
async def test_a_condition_that_no_event_matches_holds(log: Log, holding: DCBAppendCondition) -> None:
    """A condition of any shape holds where no later event has both the type and all the tags of an item."""
    await write(log, fact("a", "b", type_="Opened"), fact("a", "c", type_="Closed"))

    verdicts = await settle(log, attempt(fact("d"), condition=holding))

    assert verdicts == [Written(3, 3)]


def test_what_an_event_says_has_one_hash() -> None:
    """Two events whose parts run together to the same text have different hashes."""
    said = attempt()
    facts = [
        Fact("ab", 1, ("c",), b"d"),
        Fact("a", 1, ("bc",), b"d"),
        Fact("ab", 1, (), b"cd"),
        Fact("ab", 1, ("c", ""), b"d"),
        Fact("ab", 11, ("c",), b"d"),
    ]

    hashes = {content_hash(each, said, NOW) for each in facts}

    assert len(hashes) == len(facts)
