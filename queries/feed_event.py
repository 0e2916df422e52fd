"""An event as the feed and the histories show it."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from events.log import Recorded

NULL: Final = msgspec.Raw(b"null")


class FeedEvent(msgspec.Struct, frozen=True):
    """An event as it stands in the log; `data` is byte for byte what is stored.

    What other programs stored and JSON cannot show is null there, and stands in `data_base64`.
    """

    position: int
    type: str
    version: int
    tags: tuple[str, ...]
    recorded_at: datetime
    command_id: UUID
    actor: str
    correlation_id: UUID
    causation_id: UUID | None
    data: msgspec.Raw
    data_base64: str | msgspec.UnsetType = msgspec.UNSET


def feed_event(event: Recorded) -> FeedEvent:
    """Show an event."""
    return FeedEvent(*fields_of(event))


def fields_of(event: Recorded) -> tuple[Any, ...]:
    """Return what an event is shown with, in the order of FeedEvent."""
    in_line = is_json_line(event.data)
    return (
        event.position,
        event.type,
        event.version,
        event.tags,
        event.recorded_at,
        event.command_id,
        event.actor,
        event.correlation_id,
        event.causation_id,
        msgspec.Raw(event.data) if in_line else NULL,
        msgspec.UNSET if in_line else b64encode(event.data).decode(),
    )


def is_json_line(data: bytes) -> bool:
    """Whether stored bytes can stand inside JSON, and in a line of a stream, as they are."""
    if b"\n" in data or b"\r" in data:
        return False
    try:
        data.decode()
        msgspec.json.decode(data, type=msgspec.Raw)
    except (UnicodeDecodeError, msgspec.DecodeError):
        return False
    return True
