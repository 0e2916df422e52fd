"""What a query found, and how long that can be relied on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Found(msgspec.Struct, Generic[T], frozen=True):
    """An answer that holds as long as nothing of its topics changes, and until a moment: None is for good.

    Topics are those of `projections.topics`. What goes by the clock, as a hold that expires, writes no event when it
    happens: that is what `until` is for. At that moment the answer is old.
    """

    answer: T
    topics: frozenset[str]
    until: datetime | None = None


def soonest(moments: Iterable[datetime | None]) -> datetime | None:
    """Return the first of some moments, of which None never comes."""
    return min((moment for moment in moments if moment is not None), default=None)
