"""The chain of hashes, verified from outside with nothing but what the port says about it."""

import hashlib
from itertools import pairwise

from events.log import Attempt, Fact, Recorded, content_hash, link_hash
from events.postgres import open_log
from tests.events.attempts import attempt, whole
from tests.events.postgres.looking import owner

GENESIS = (0, 0, hashlib.sha256(b"daybook").digest())


async def faults(url: str) -> list[str]:
    """Walk the whole log; name everything that does not follow from what came before it."""
    async with owner(url) as connection, open_log(url) as log:
        blocks = await connection.fetch(
            "select first_position, last_position, hash, recorded_at from daybook.block order by last_position"
        )
        events = {event.position: event for event in await whole(log)}
    found = [] if tuple(blocks[0])[:3] == GENESIS else ["the first block is not the one all logs begin with"]
    for before, block in pairwise(blocks):
        first, last, hash_, recorded_at = block
        covered = [events.pop(position) for position in range(first, last + 1) if position in events]
        if first != before["last_position"] + 1 or len(covered) != last - first + 1:
            found.append(f"block {last}: positions are missing")
        if before is not blocks[0] and recorded_at < before["recorded_at"]:
            found.append(f"block {last}: time runs backwards")
        if hash_ != link_hash(before["hash"], first, last, recorded_at, [event.content_hash for event in covered]):
            found.append(f"block {last}: does not follow from the one before and its events")
        for event in covered:
            if event.recorded_at != recorded_at:
                found.append(f"event {event.position}: recorded at another time")
            if not _says_what_it_said(event):
                found.append(f"event {event.position}: says something else")
    return found + [f"event {position}: in no block" for position in events]


def _says_what_it_said(event: Recorded) -> bool:
    fact = Fact(event.type, event.version, event.tags, event.data)
    return content_hash(fact, _author(event), event.decided_at) == event.content_hash


def _author(event: Recorded) -> Attempt:
    template = attempt(command_id=event.command_id)
    return Attempt(
        template.command_id,
        template.name,
        template.body,
        template.fingerprint,
        event.actor,
        template.outcome,
        template.reply,
        event.correlation_id,
        template.group,
        causation_id=event.causation_id,
        trace=event.trace,
    )
