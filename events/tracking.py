"""Followers that write what they make of events into the same log: how far they are, kept in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from events.log import Attempt, Log, Verdict


class Processed(NamedTuple):
    """A follower has processed what it follows up to a position."""

    follower: str
    followed: str
    position: int


class ProcessedBefore(Exception):
    """The follower had come that far already; nothing was written."""


class TrackingLog(Log, Protocol):
    """A log that keeps how far followers are beside it."""

    async def append(
        self, attempts: Sequence[Attempt], decided_at: datetime, processed: Processed | None = None
    ) -> Sequence[Verdict]:
        """Settle a batch, see `Log`; with `processed`, of one attempt: where that stands, the follower is there.

        Raises ProcessedBefore.
        """
        ...

    async def track(self, processed: Processed) -> None:
        """Note how far a follower is that has nothing to write. Raises ProcessedBefore."""
        ...

    async def tracked(self, follower: str, followed: str) -> int | None:
        """Return how far a follower is; None before its first."""
        ...
