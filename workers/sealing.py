"""What a checkpoint says of the events after the one before it, and why it must not be said.

Nothing here reads the log or signs; see `workers.sealer` for who does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from events.log import BEGINNING, Block, Hashed, link_hash
from events.proofs.checkpoint import FORMAT, NOTHING_BEFORE, Checkpoint, Sealed
from events.proofs.merkle import leaf_hash, root_hash
from workers.chain import Fault


def follows(before: Sealed | None, after: Sealed) -> bool:
    """Tell whether a checkpoint is the one after another, or the first of a log."""
    checkpoint = after.checkpoint
    ends = _ends(before)
    if (checkpoint.first, checkpoint.previous) != (ends.last + 1, before.hash if before else NOTHING_BEFORE):
        return False
    if before is None:
        return checkpoint.number == 1
    known = before.checkpoint
    return (checkpoint.number, checkpoint.key, checkpoint.log) == (known.number + 1, known.successor, known.log)


class Stretch(NamedTuple):
    """The log behind a checkpoint: its blocks, none or some, and the events that they hold."""

    blocks: Sequence[Block]
    events: Sequence[Hashed]


def draw_up(before: Sealed | None, stretch: Stretch, *, log: UUID, key: str, signed_at: datetime) -> Checkpoint | Fault:
    """Return the next checkpoint, not signed yet; a Fault if the log does not go on from the one before it."""
    ends = _ends(before)
    broken = _break_of(ends, stretch)
    if broken is not None:
        return broken
    last = stretch.blocks[-1] if stretch.blocks else ends
    return Checkpoint(
        format=FORMAT,
        log=log,
        number=before.checkpoint.number + 1 if before else 1,
        first=ends.last + 1,
        last=last.last,
        chain=last.hash.hex(),
        root=root_hash([leaf_hash(event) for event in stretch.events]).hex(),
        previous=before.hash if before else NOTHING_BEFORE,
        signed_at=signed_at,
        key=key,
    )


class _End(NamedTuple):
    """Where what is sealed ends: the last position, and the hash of the block that ends there."""

    last: int
    hash: bytes


def _ends(before: Sealed | None) -> _End:
    if before is None:
        return _End(BEGINNING.last, BEGINNING.hash)
    return _End(before.checkpoint.last, bytes.fromhex(before.checkpoint.chain))


def _break_of(before: _End, stretch: Stretch) -> Fault | None:
    """Check that each block follows from the one before it; what the events say is the patrol's to check."""
    unread = iter(stretch.events)
    for block in stretch.blocks:
        events = list(islice(unread, max(0, block.last - block.first + 1)))
        if block.first != before.last + 1 or block.hash != _link(before.hash, block, events):
            return Fault(before.last + 1, "the block that begins here does not follow from what was signed before")
        before = _End(block.last, block.hash)
    return None


def _link(previous: bytes, block: Block, events: Sequence[Hashed]) -> bytes | None:
    """Link a block anew; None if these are not its events."""
    for position, event in enumerate(events, block.first):
        if event.position != position or event.recorded_at != block.recorded_at:
            return None
    if len(events) != block.last - block.first + 1:
        return None
    contents = [event.content_hash for event in events]
    return link_hash(previous, block.first, block.last, block.recorded_at, contents)
