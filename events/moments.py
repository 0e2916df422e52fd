"""Moments of a log, said as a position or as a time, and which position a time is. Both rise together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec

from events.log import Log

POSITION_MAX: Final = 10**15  # more than any log holds, and exact in every JSON reader

_DIGITS: Final = 15
_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


def parse_moment(given: str) -> int | datetime:
    """Read a position, at most `POSITION_MAX`, or an RFC 3339 time with its zone. Raises ValueError."""
    if given.isascii() and given.isdigit():
        digits = given.lstrip("0") or "0"
        return int(digits) if len(digits) <= _DIGITS else POSITION_MAX
    try:
        moment: datetime = msgspec.convert(given, _Instant)
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(str(error)) from error


async def position_at(log: Log, head: int, moment: datetime) -> int:
    """Find the last position, up to `head`, that was recorded by then. Raises LogUnavailable."""
    first, beyond = 0, head + 1
    while beyond - first > 1:
        middle = (first + beyond) // 2
        if await recorded_at(log, middle) <= moment:
            first = middle
        else:
            beyond = middle
    return first


async def recorded_at(log: Log, position: int) -> datetime:
    """Return when what stands at a position was recorded. Raises LogUnavailable."""
    [event] = [event async for event in log.read(after=position - 1, limit=1)]
    return event.recorded_at
