"""Times as bodies give them: settled in a zone, or refused with the field that is wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from commands.refusals import MalformedLocalTime, NoSuchWallTime
from events.local_time import LocalStart, MalformedTime, NoSuchLocalTime, resolve


def read_moment(
    text: str, time_zone: str, field: str, fold: Literal[0, 1] | None = None
) -> LocalStart | MalformedLocalTime | NoSuchWallTime:
    """Settle a wall time of the zone, or an RFC 3339 instant."""
    try:
        settled = resolve(text, time_zone, fold)
    except MalformedTime as error:
        return MalformedLocalTime(field, str(error))
    if isinstance(settled, NoSuchLocalTime):
        return NoSuchWallTime(settled.local_start, settled.zone, settled.nearest)
    return settled


def read_wall(text: str, time_zone: str) -> datetime:
    """Read a wall time as a naive datetime, be it one that the zone's clocks skip; MalformedTime for an instant."""
    settled = resolve(text, time_zone)
    if isinstance(settled, LocalStart) and settled.anchor == "instant":
        raise MalformedTime(f"{text!r} is an instant: what recurs is given in wall time, like 2027-03-25T10:00")
    return datetime.fromisoformat(settled.local_start)
