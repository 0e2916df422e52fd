"""Dense positions and an unbroken chain of hashes, worked out anew from what the events say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from cli.checking.breach import Breach
from events.log import Recorded

GENESIS = hashlib.sha256(b"daybook").digest()


class Block(NamedTuple):
    """One link of the chain, as stored."""

    first: int
    last: int
    recorded_at: datetime
    hash: bytes


class Chain:
    """Dense positions and an unbroken chain of hashes, worked out anew from what the events say."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        """Take the blocks in order, without the one that the chain begins with."""
        self._blocks = iter(blocks)
        self._block: Block | None = None
        self._previous = GENESIS
        self._contents: list[bytes] = []
        self._position = 0

    def take(self, event: Recorded) -> Iterator[Breach]:
        """Check the next event."""
        if event.position != self._position + 1:
            yield Breach(event.position, "dense positions", f"the one before is {self._position}")
        self._position = event.position
        content = _content_hash(event)
        if content != event.content_hash:
            yield Breach(event.position, "content hash", "the event does not say what was hashed")
        self._contents.append(content)
        block = self._block = self._block or next(self._blocks, None)
        if block is None or event.recorded_at != block.recorded_at:
            yield Breach(event.position, "chain of hashes", "no block holds the event")
        elif event.position >= block.last:
            yield from self._close(block, event.position)

    def end(self) -> Iterator[Breach]:
        """Check that the log ends where the chain does."""
        if self._contents or next(self._blocks, None) is not None:
            yield Breach(self._position, "chain of hashes", "the log and its chain do not end together")

    def _close(self, block: Block, position: int) -> Iterator[Breach]:
        if _link_hash(self._previous, block, self._contents) != block.hash:
            yield Breach(position, "chain of hashes", f"block {block.first} to {block.last} does not follow")
        self._previous, self._contents, self._block = block.hash, [], None


def _content_hash(event: Recorded) -> bytes:
    envelope = [
        event.type,
        event.version,
        event.tags,
        event.decided_at.isoformat().replace("+00:00", "Z"),
        str(event.command_id),
        event.actor,
        str(event.correlation_id),
        None if event.causation_id is None else str(event.causation_id),
        event.trace,
    ]
    text = json.dumps(envelope, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode() + b"\n" + event.data).digest()


def _link_hash(previous: bytes, block: Block, contents: Iterable[bytes]) -> bytes:
    moment = round(block.recorded_at.timestamp() * 1_000_000)
    numbers = b"".join(number.to_bytes(8, "big", signed=True) for number in (block.first, block.last, moment))
    return hashlib.sha256(previous + numbers + b"".join(contents)).digest()
