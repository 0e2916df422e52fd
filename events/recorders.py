"""Recorders of the library `eventsourcing` over the log.

Notification ids are positions, and the sequence of notifications is the whole log: an application sees what others
wrote too, and follows what it likes by topic.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    IntegrityError,
    Notification,
    ProcessRecorder,
    StoredEvent,
    Subscription,
    Tracking,
    TrackingRecorder,
)

from events.dcb import LogRecorder
from events.log import Conflict, Recorded
from events.stored import Naming
from events.tracking import Processed, ProcessedBefore, TrackingLog

PAGE: Final = 500


class _Bridged:
    """What all recorders stand on; they may be shared by threads."""

    def __init__(self, bridge: LogRecorder[TrackingLog], naming: Naming) -> None:
        """`bridge` leads to the log, `naming` is that of the application."""
        self.bridge = bridge
        self.naming = naming


class LogAggregateRecorder(_Bridged, AggregateRecorder):
    """Writes and reads aggregates. IntegrityError where something stands already; OperationalError without the log."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:  # noqa: ANN401  the library's own signature
        """Append all or none."""
        self._insert(stored_events)
        return None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Read an aggregate, or a part of it, by version."""
        query = DCBQuery([DCBQueryItem(tags=[self.naming.tag(originator_id)])])
        found = (self.naming.stored(event) for event in self.bridge.call(self._read(query)))
        wanted = [
            stored
            for stored in found
            if (gt is None or stored.originator_version > gt) and (lte is None or stored.originator_version <= lte)
        ]
        wanted.sort(key=lambda stored: stored.originator_version, reverse=desc)
        return wanted[:limit]

    def _insert(self, stored_events: Sequence[StoredEvent], processed: Processed | None = None) -> Sequence[int]:
        places = [self.naming.place(stored) for stored in stored_events]
        if len({*places}) < len(places):
            raise IntegrityError("two events for one place")
        attempt = self.bridge.attempt([self.naming.fact(stored) for stored in stored_events], boundaries=places)
        try:
            [verdict] = self.bridge.call(self.bridge.log.append([attempt], datetime.now(UTC), processed))
        except ProcessedBefore as error:
            raise IntegrityError("it was processed before") from error
        if isinstance(verdict, Conflict):
            raise IntegrityError("there is an event in that place")
        return [*range(verdict.position - len(places) + 1, verdict.position + 1)]

    async def _read(self, query: DCBQuery) -> list[Recorded]:
        return [event async for event in self.bridge.log.read(query)]


class LogApplicationRecorder(LogAggregateRecorder, ApplicationRecorder):
    """Tells the positions of what it writes, and reads the log as notifications."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:  # noqa: ANN401  as above
        """Append all or none; return their positions."""
        return self._insert(stored_events) if stored_events else []

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Read notifications in order."""
        after = max((start or 0) - inclusive_of_start, 0)
        page = self.bridge.page(_of_topics(topics), after, limit)
        return [self.naming.notification(event) for event in page.events if stop is None or event.position <= stop]

    def max_notification_id(self) -> int | None:
        """Return the last position of the log; None while it is empty."""
        return self.bridge.head() or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> LogFollowing:
        """Read on for ever, from after a position."""
        return LogFollowing(self, gt, topics)


class LogTrackingRecorder(_Bridged, TrackingRecorder):
    """Keeps how far the application is with what it follows."""

    def insert_tracking(self, tracking: Tracking) -> None:
        """Move on. IntegrityError if it was there already."""
        try:
            self.bridge.call(self.bridge.log.track(self._processed(tracking)))
        except ProcessedBefore as error:
            raise IntegrityError("it was processed before") from error

    def max_tracking_id(self, application_name: str) -> int | None:
        """Return how far the application is with another; None before the first notification."""
        return self.bridge.call(self.bridge.log.tracked(self.naming.application, application_name))

    def _processed(self, tracking: Tracking) -> Processed:
        return Processed(self.naming.application, tracking.application_name, tracking.notification_id)


class LogProcessRecorder(LogTrackingRecorder, LogApplicationRecorder, ProcessRecorder):
    """Writes what an application makes of a notification, and that it was processed, in one transaction."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:  # noqa: ANN401  as above
        """Append all or none, with the `tracking` if there is one; return the positions."""
        tracking: Tracking | None = kwargs.get("tracking")
        if tracking is not None and not stored_events:
            self.insert_tracking(tracking)
        if not stored_events:
            return []
        return self._insert(stored_events, None if tracking is None else self._processed(tracking))


class LogFollowing(Subscription[LogApplicationRecorder]):
    """Notifications as they come: blocks at the end of the log until there are more."""

    def __init__(self, recorder: LogApplicationRecorder, gt: int | None, topics: Sequence[str]) -> None:
        """Start after a position, at the beginning without one."""
        super().__init__(recorder, gt, topics)
        self._query = _of_topics(topics)
        self._after = gt or 0
        self._fetched = deque[Recorded]()

    def __next__(self) -> Notification:
        """Return the next one; StopIteration once stopped, soon after that."""
        while not self._has_been_stopped:
            if self._fetched:
                return self._recorder.naming.notification(self._fetched.popleft())
            page = self._recorder.bridge.page(self._query, self._after, PAGE)
            self._after = page.searched
            self._fetched.extend(page.events)
            if not page.events:
                self._recorder.bridge.wait(page.searched)
        raise StopIteration


def _of_topics(topics: Sequence[str]) -> DCBQuery | None:
    return DCBQuery([DCBQueryItem(types=[*topics])]) if topics else None
