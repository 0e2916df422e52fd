"""An event of the log in the form of CloudEvents 1.0, JSON event format and JSON batch format.

https://github.com/cloudevents/spec/tree/v1.0.2/cloudevents
"""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from api.sse import message
from api.tail import Entry
from events.log import Recorded
from queries.feed_event import is_json_line

MEDIA_TYPE: Final = "application/cloudevents+json"
BATCH_MEDIA_TYPE: Final = "application/cloudevents-batch+json"

SOURCE: Final = "/v1/events"

# Positions as text that sorts as they do, as the extension `sequence` asks for.
_SEQUENCE: Final = "{:019d}"

encode = msgspec.json.Encoder().encode


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event as CloudEvents have it; `source` is relative to the server that was asked.

    `subject` is the first tag. `sequence`, `correlationid`, `causationid` and `traceparent` are extensions that the
    project documents; `actor`, `commandid` and `typeversion` are ours.
    """

    specversion: str = "1.0"
    id: str
    source: str = SOURCE
    type: str
    subject: str | msgspec.UnsetType
    time: datetime
    datacontenttype: str
    sequence: str
    typeversion: int
    actor: str
    commandid: UUID
    correlationid: UUID
    causationid: UUID | msgspec.UnsetType
    traceparent: str | msgspec.UnsetType
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    data_base64: str | msgspec.UnsetType = msgspec.UNSET


def cloud_event(event: Recorded) -> CloudEvent:
    """Show an event. What is not there is left out; what is no JSON is bytes."""
    is_json = is_json_line(event.data)
    return CloudEvent(
        id=str(event.position),
        type=event.type,
        subject=event.tags[0] if event.tags else msgspec.UNSET,
        time=event.recorded_at,
        datacontenttype="application/json" if is_json else "application/octet-stream",
        sequence=_SEQUENCE.format(event.position),
        typeversion=event.version,
        actor=event.actor,
        commandid=event.command_id,
        correlationid=event.correlation_id,
        causationid=event.causation_id or msgspec.UNSET,
        traceparent=event.trace or msgspec.UNSET,
        data=msgspec.Raw(event.data) if is_json else msgspec.UNSET,
        data_base64=msgspec.UNSET if is_json else b64encode(event.data).decode(),
    )


def cloud_entry(event: Recorded) -> Entry:
    """Compose the message of an event for a stream."""
    data = encode(cloud_event(event))
    return Entry(event.position, event.type, event.tags, message(event.type, event.position, data))
