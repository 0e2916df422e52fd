"""Server-sent events in the form that the HTML standard defines (section 9.2)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

MEDIA_TYPE: Final = "text/event-stream"
LAST_EVENT_ID: Final = "Last-Event-ID"
HEARTBEAT_SECONDS: Final = 15.0

Messages = AsyncGenerator[bytes, None]


def message(event: str, position: int, data: bytes) -> bytes:
    """Compose a message; `data` is JSON without line breaks. A client that comes back names the position."""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (position, event.encode(), data)


def heartbeat(position: int) -> bytes:
    """Compose a sign of life, which no listener sees: a comment, and a position for the client to come back with."""
    return b":\nid: %d\n\n" % position
