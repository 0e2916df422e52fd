"""Ids that begin with the moment they were made at, so that what is made together lies together in every index.

Version 7 of RFC 9562: 48 bits of Unix time in milliseconds, then 74 that tell apart what is made in one.
"""

from __future__ import annotations

import hashlib
import os
import time
from typing import Final
from uuid import UUID, uuid5

_TIME_ORDERED: Final = 7
_TIME_SHIFT: Final = 80
_MILLISECOND: Final = 1_000_000
_TELLING: Final = (0xFFF << 64) | (1 << 62) - 1  # the 12 bits behind the version, and the 62 behind the variant
_MARKS: Final = (_TIME_ORDERED << 76) | (0b10 << 62)


def new_id() -> UUID:
    """Make an id that nobody else has."""
    return time_ordered(time.time_ns() // _MILLISECOND, os.urandom(16))


def derived_id(parent: UUID, name: str) -> UUID:
    """Return the id of what something has by that name: always the same, and as old as its parent.

    Of a parent that knows no time it is version 5 of RFC 9562.
    """
    if parent.version != _TIME_ORDERED:
        return uuid5(parent, name)
    return time_ordered(parent.int >> _TIME_SHIFT, hashlib.sha256(parent.bytes + name.encode()).digest())


def time_ordered(milliseconds: int, telling: bytes) -> UUID:
    """Compose an id of Unix time and of what tells it apart: 16 bytes at least, of which 74 bits are used."""
    return UUID(int=milliseconds << _TIME_SHIFT | _MARKS | int.from_bytes(telling[:16]) & _TELLING)
