"""What the chain of hashes proves: that a stretch of the log follows, event by event, from what came before it.

Nothing here reads the log; see `workers.patrol` for who does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice, zip_longest
from typing import NamedTuple

from events.log import Block, Recorded, content_hash, link_hash


class Fault(NamedTuple):
    """The first position at which the log is not what it was, and in words what is wrong there."""

    position: int
    what: str

    def __str__(self) -> str:
        """Say both; no value of the event is told: it may be a person's."""
        return f"position {self.position}: {self.what}"


def first_fault(previous: Block, blocks: Iterable[Block], events: Iterable[Recorded]) -> Fault | None:
    """Check the blocks that come after a checked one, in the order of their last positions, and the events they cover.

    `events` are those after the checked block, in order and as many as the blocks should hold. None if all is whole.
    """
    unread = iter(events)
    for block in blocks:
        if block.first != previous.last + 1:
            return Fault(previous.last + 1, "no block begins here")
        covered = list(islice(unread, block.last - block.first + 1))
        fault = _fault_of_block(previous, block, covered)
        if fault is not None:
            return fault
        previous = block
    return None


def _fault_of_block(previous: Block, block: Block, events: Sequence[Recorded]) -> Fault | None:
    if block.recorded_at < previous.recorded_at:
        return Fault(block.first, "the block was recorded earlier than the one before it")
    for position, event in zip_longest(range(block.first, block.last + 1), events):
        if event is None or event.position != position:
            return Fault(position, "the event is missing")
        if event.recorded_at != block.recorded_at:
            return Fault(position, "the event was not recorded when its block was")
        if event.content_hash != content_hash(event, event, event.decided_at):
            return Fault(position, "the event does not say what its hash was made of")
    contents = [event.content_hash for event in events]
    if block.hash != link_hash(previous.hash, block.first, block.last, block.recorded_at, contents):
        return Fault(block.first, f"the block that begins here and ends at {block.last} does not follow from the chain")
    return None
