"""The lines of an export: a header, then each block of the chain followed by its events, exactly as they were hashed.

Members have a fixed order and there is no white space, so that a reader cuts out the bytes that were hashed without
parsing them. Moments are in microseconds since 1970.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from events.log import Block, microseconds

FORMAT: Final = "daybook-bundle-1"


def header_line(log: UUID, first: int, last: int, previous: bytes) -> bytes:
    """Open a bundle of the events `first` to `last`; `previous` is the link hash that the first block follows from."""
    return b'{"format":"%b","log":"%b","first":%d,"last":%d,"previous":"%b"}\n' % (
        FORMAT.encode(),
        str(log).encode(),
        first,
        last,
        previous.hex().encode(),
    )


def block_line(block: Block) -> bytes:
    """Write a block, before its events."""
    first, last, recorded_at, link = block
    return b'{"block":[%d,%d],"recorded":%d,"hash":"%b"}\n' % (
        first,
        last,
        microseconds(recorded_at),
        link.hex().encode(),
    )


def event_line(position: int, recorded: int, envelope: bytes, data: bytes, stored: bytes | None) -> bytes:
    """Write an event, recorded so many microseconds after 1970.

    `envelope` and `data` joined by a line feed are what its hash is made of. `stored` is None where the content hash
    that is kept with the event is just that; else it stands before the content.
    """
    if stored is None:
        return b'{"at":%d,"recorded":%d,"envelope":%b,"data":%b}\n' % (position, recorded, envelope, data)
    astray = stored.hex().encode()
    return b'{"at":%d,"recorded":%d,"stored":"%b","envelope":%b,"data":%b}\n' % (
        position,
        recorded,
        astray,
        envelope,
        data,
    )
