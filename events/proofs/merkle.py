"""The tree of hashes over the events of a checkpoint, and the path by which one of them is proved: as in RFC 9162."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from events.log import Hashed, microseconds

LEAF: Final = b"\x00"
INTERIOR: Final = b"\x01"


def leaf_hash(event: Hashed) -> bytes:
    """Hash an event as a leaf: SHA-256(0x00, position, recorded_at in microseconds, content hash)."""
    numbers = (event.position, microseconds(event.recorded_at))
    place = b"".join(number.to_bytes(8, "big", signed=True) for number in numbers)
    return hashlib.sha256(LEAF + place + event.content_hash).digest()


def root_hash(leaves: Sequence[bytes]) -> bytes:
    """Hash a tree; one without leaves has a root as well."""
    if not leaves:
        return hashlib.sha256().digest()
    level = list(leaves)
    while len(level) > 1:
        level = _above(level)
    return level[0]


def path_to(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the hashes that lead from a leaf to the root: its sibling, that of its parent, and so on."""
    level, path = list(leaves), list[bytes]()
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        level, index = _above(level), index // 2
    return path


def _above(level: list[bytes]) -> list[bytes]:
    """Join neighbours; the last one of an odd number goes up as it is."""
    odd = level[len(level) & ~1 :]
    pairs = zip(level[0::2], level[1::2], strict=False)
    return [hashlib.sha256(INTERIOR + left + right).digest() for left, right in pairs] + odd
