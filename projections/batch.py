"""A stretch of the log on its way into read models, and the size it should have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from events.catalogue import CODEC
from events.codec import Event
from events.log import Recorded, Told

SMALLEST: Final = 100
LARGEST: Final = 10_000
QUICK_SECONDS: Final = 0.2
SLOW_SECONDS: Final = 0.5


class Poison(Exception):
    """A read model cannot take in an event. The text names no value: an event may hold a person's data."""

    def __init__(self, recorded: Told, error: Exception) -> None:
        """`error` is named by its type alone."""
        super().__init__(f"{type(error).__name__} at position {recorded.position} ({recorded.type})")


def decode(recorded: Told) -> Event:
    """Return an event as it was written, or what it is called today. Raises Poison."""
    try:
        return CODEC.decode(recorded.type, recorded.version, recorded.data)
    except Exception as error:
        raise Poison(recorded, error) from error


class Batch:
    """Events in their order, without gaps; each is decoded once, and only if some read model wants it."""

    def __init__(self, recorded: Sequence[Recorded]) -> None:
        """`recorded` is not empty."""
        self.recorded = recorded
        self._decoded: list[Event | None] = [None] * len(recorded)

    @property
    def last(self) -> Recorded:
        """The newest event."""
        return self.recorded[-1]

    def wanted(self, types: frozenset[str]) -> Iterator[tuple[Event, Recorded]]:
        """Iterate over the events of these types; Poison if one cannot be decoded."""
        for number, recorded in enumerate(self.recorded):
            if recorded.type in types:
                yield self._decoded[number] or self._decode(number), recorded

    def _decode(self, number: int) -> Event:
        event = self._decoded[number] = decode(self.recorded[number])
        return event


class Pace:
    """How many events to take at once: so many that a batch takes between `QUICK_SECONDS` and `SLOW_SECONDS`.

    Only who is behind fills a batch; who has caught up takes what there is, so that batches are small then.
    """

    def __init__(self) -> None:
        """Start small."""
        self.size = SMALLEST

    def took(self, events: int, seconds: float) -> None:
        """Learn from a batch."""
        if seconds > SLOW_SECONDS:
            self.size = max(self.size // 2, SMALLEST)
        elif seconds < QUICK_SECONDS and events >= self.size:
            self.size = min(self.size * 2, LARGEST)
