"""Stored events of the library `eventsourcing` as events of the log, and events of the log as its notifications.

A stored event has two tags: that of its aggregate, and that of its place in it. Nobody may write where something stands
already: its append depends on the log knowing nothing under the second.
"""

from __future__ import annotations

from typing import Final, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.persistence import Notification, ProgrammingError, StoredEvent

from events.log import TAG_SEPARATOR, Boundary, Fact, Recorded

_KIND: Final = "aggregate:"
_VERSION: Final = 1


class _Place(NamedTuple):
    """Where a stored event stands: the id of its aggregate as text, and its version."""

    originator_id: str
    originator_version: int


class Naming(NamedTuple):
    """How an application names what it writes: aggregates of two applications never meet.

    `originator_ids` is the type that the application uses: UUID or str.
    """

    application: str
    originator_ids: type[UUID | str] = UUID

    def tag(self, originator_id: UUID | str) -> str:
        """Name an aggregate."""
        return f"{_KIND}{self.application}/{originator_id}"

    def place(self, stored: StoredEvent) -> Boundary:
        """Name the place of a stored event, of which nothing is known yet."""
        return Boundary(_place(self.tag(stored.originator_id), stored.originator_version), 0)

    def fact(self, stored: StoredEvent) -> Fact:
        """Turn a stored event into the form of the log: topic and state stay as they are. Raises ProgrammingError."""
        tag = self.tag(stored.originator_id)
        if any(mark in text for mark in (TAG_SEPARATOR, "\0") for text in (tag, stored.topic)):
            raise ProgrammingError("neither a topic nor an id holds the characters U+0000 and U+001F")
        return Fact(stored.topic, _VERSION, (tag, _place(tag, stored.originator_version)), stored.state)

    def stored(self, event: Recorded) -> StoredEvent:
        """Turn an event of the log back."""
        return StoredEvent(*self._origin(event), event.type, event.data)

    def notification(self, event: Recorded) -> Notification:
        """Show any event of the log as a notification."""
        return Notification(*self._origin(event), event.type, event.data, event.position)

    def _origin(self, event: Recorded) -> tuple[UUID | str, int]:
        """Tell whose event it is. One that no application of the library wrote is its first tag's, at its position."""
        place = _place_of(event)
        if place is not None:
            return self._id(place.originator_id, place.originator_id), place.originator_version
        tag = event.tags[0] if event.tags else f"command:{event.command_id}"
        return self._id(tag, tag.partition(":")[2]), event.position

    def _id(self, text: str, named: str) -> UUID | str:
        """An application with ids of text gets the text; else a UUID: the one that is named, or made of the text."""
        if self.originator_ids is str:
            return text
        try:
            return UUID(named)
        except ValueError:
            return uuid5(NAMESPACE_URL, f"urn:daybook:{text}")


def _place(tag: str, version: int) -> str:
    return f"{tag}#{version}"


def _place_of(event: Recorded) -> _Place | None:
    match event.tags:
        case (tag, place) if tag.startswith(_KIND) and place.startswith(f"{tag}#"):
            return _Place(tag.partition("/")[2], int(place.removeprefix(f"{tag}#")))
        case _:
            return None
