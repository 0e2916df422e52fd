"""Where the tables for analysts live, and how the read model is put together from parts.

No personal data comes here: no name of a person, nothing they are reached by, and no text that somebody typed, such as
a reason, which could hold any of that. Ids of people stay, so that what concerns one of them can be counted together.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Column, Date, DateTime, Integer, MetaData, Text

from events.log import Told
from projections.rows import Key, Layout, Rows

NAME: Final = "analytics"
VERSION: Final = 2

# Without a version: analysts keep their queries.
METADATA: Final = MetaData(schema=NAME)


class Part(NamedTuple):
    """The tables that one kind of thing fills; `key` names the thing an event is about, by its tag."""

    layouts: tuple[Layout, ...]
    events: tuple[type[Any], ...]
    key: Callable[[Any], str]
    reads: Callable[[Any], tuple[Key, ...]]
    project: Callable[[Any, Told, Rows], None]


class WallClock(msgspec.Struct, frozen=True, gc=False):
    """A start as the clock of its zone shows it, taken apart; the names are those of the columns."""

    local_start: datetime
    local_date: date
    local_hour: int
    local_weekday: int


def wall_clock(local_start: str) -> WallClock:
    """Take a local start of an event apart."""
    start = datetime.fromisoformat(local_start)
    return WallClock(start, start.date(), start.hour, start.isoweekday())


def wall_clock_columns() -> tuple[Column[Any], ...]:
    """Make the columns of a `WallClock` and of the zone it is in."""
    return (
        Column("time_zone", Text, nullable=False, comment="IANA name of the zone of the city"),
        Column("local_start", DateTime, nullable=False, comment="The start as the clock of the zone shows it"),
        Column("local_date", Date, nullable=False, comment="The date of local_start"),
        Column("local_hour", Integer, nullable=False, comment="The hour of local_start, 0 to 23"),
        Column("local_weekday", Integer, nullable=False, comment="The ISO weekday of local_start, 1 (Monday) to 7"),
    )


def whole_minutes(starts_at: datetime, ends_at: datetime) -> int:
    """Return how long an interval is, in minutes."""
    return whole_seconds(starts_at, ends_at) // 60


def whole_seconds(earlier: datetime, later: datetime) -> int:
    """Return how much later a moment is, in seconds."""
    return int((later - earlier).total_seconds())
