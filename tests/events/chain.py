"""The chain of hashes, verified with nothing but what the port says about it."""

from itertools import pairwise

from events.log import BEGINNING, Log, content_hash, link_hash
from tests.events.attempts import whole


async def faults(log: Log) -> list[str]:
    """Walk the whole log; name everything that does not follow from what came before it."""
    blocks = [block async for block in log.blocks()]
    events = {event.position: event for event in await whole(log)}
    found = [] if blocks[0] == BEGINNING else ["the first block is not the one all logs begin with"]
    for before, block in pairwise(blocks):
        covered = [events.pop(position) for position in range(block.first, block.last + 1) if position in events]
        contents = [event.content_hash for event in covered]
        if block.first != before.last + 1 or len(covered) != block.last - block.first + 1:
            found.append(f"block {block.last}: positions are missing")
        if block.recorded_at < before.recorded_at:
            found.append(f"block {block.last}: time runs backwards")
        if block.hash != link_hash(before.hash, block.first, block.last, block.recorded_at, contents):
            found.append(f"block {block.last}: does not follow from the one before and its events")
        for event in covered:
            if event.recorded_at != block.recorded_at:
                found.append(f"event {event.position}: recorded at another time")
            if event.content_hash != content_hash(event, event, event.decided_at):
                found.append(f"event {event.position}: says something else")
    return found + [f"event {position}: in no block" for position in events]
