"""The chain as it is read back: block by block, from any position on."""

from itertools import pairwise

import pytest

from events.log import BEGINNING, Log, link_hash
from events.postgres import log as postgres_log_module
from tests.events.attempts import attempt, fact, settle, whole, write


async def a_little_history(log: Log) -> None:
    """Write blocks that end at 1, 3 and 5, and a command without an event behind the second."""
    await write(log, fact("a"))
    await settle(log, attempt(fact("a", "b")), attempt(fact("c")))
    await settle(log, attempt(outcome="slot-full"))
    await write(log, fact(), fact("a"))


async def test_every_log_begins_alike(log: Log) -> None:
    """An empty log has one block, which holds no event."""
    blocks = [block async for block in log.blocks()]

    assert blocks == [BEGINNING]


async def test_a_block_is_an_append(log: Log) -> None:
    """Each covers the events of one append, at their moment, and follows from the one before it."""
    await a_little_history(log)

    blocks = [block async for block in log.blocks()]

    assert [(block.first, block.last) for block in blocks] == [(0, 0), (1, 1), (2, 3), (4, 5)]
    events = await whole(log)
    for previous, block in pairwise(blocks):
        covered = events[block.first - 1 : block.last]
        contents = [event.content_hash for event in covered]
        assert {event.recorded_at for event in covered} == {block.recorded_at}
        assert block.hash == link_hash(previous.hash, block.first, block.last, block.recorded_at, contents)


@pytest.mark.parametrize(("after", "lasts"), [(0, [1, 3, 5]), (1, [3, 5]), (2, [3, 5]), (5, []), (9, [])])
async def test_a_reading_of_blocks_has_a_beginning(log: Log, after: int, lasts: list[int]) -> None:
    """The first that is read is the first that ends after the position."""
    await a_little_history(log)

    blocks = [block async for block in log.blocks(after=after)]

    assert [block.last for block in blocks] == lasts


@pytest.mark.parametrize("size", [1, 2, 3, 4])
async def test_many_blocks_are_read_page_by_page(log: Log, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a page ends is not to be seen in what is read."""
    monkeypatch.setattr(postgres_log_module, "PAGE", size)
    await a_little_history(log)

    blocks = [block async for block in log.blocks()]

    assert [block.last for block in blocks] == [0, 1, 3, 5]


@pytest.mark.parametrize(
    ("after", "last", "positions"), [(0, 5, [1, 2, 3, 4, 5]), (1, 3, [2, 3]), (5, 9, []), (3, 3, [])]
)
async def test_the_hashes_of_events_are_read(log: Log, after: int, last: int, positions: list[int]) -> None:
    """With their positions and moments, as the events have them."""
    await a_little_history(log)

    hashed = await log.hashes(after, last)

    assert [each.position for each in hashed] == positions
    events = {event.position: event for event in await whole(log)}
    for each in hashed:
        event = events[each.position]
        assert each == (event.position, event.recorded_at, event.content_hash)


async def test_every_tag_leads_to_its_events(log: Log) -> None:
    """Nothing that was written is missed by a query."""
    await a_little_history(log)

    assert await log.unfindable(0, 5) is None
