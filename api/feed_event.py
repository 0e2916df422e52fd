"""An event as the feed and the histories show it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from events.log import Recorded


class FeedEvent(msgspec.Struct, frozen=True):
    """An event as it stands in the log; `data` is byte for byte what is stored."""

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


def feed_event(event: Recorded) -> FeedEvent:
    """Show an event."""
    return FeedEvent(
        event.position,
        event.type,
        event.version,
        event.tags,
        event.recorded_at,
        event.command_id,
        event.actor,
        event.correlation_id,
        event.causation_id,
        msgspec.Raw(event.data),
    )
