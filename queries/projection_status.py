"""How the read models are: how far each has come, how far behind it is, and whether it stands still."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import bindparam, column, func, select, table

from daybook.engine import Connection
from daybook.statements import Row
from queries.page import Page

_checkpoint = table(
    "checkpoint",
    *map(column, ("name", "version", "home", "position", "error")),
    schema="projections",
)
_parked = table("parked", *map(column, ("name", "version", "home")), schema="projections")
_event = table("event", column("position"), column("recorded_at"), schema="daybook")
_block = table("block", column("last_position"), schema="daybook")


class ProjectionStatus(msgspec.Struct, frozen=True):
    """One version of a read model; `home` is "live" for the build that is read, "old" for the one it took the place of.

    Of several shards the one that is furthest behind counts. `lag_events` is how many events it does not show yet,
    `lag_seconds` the age of the oldest of them. `parked` counts the events that were set aside. `error` says why it
    stands still, null while it runs.
    """

    name: str
    version: int
    home: str
    shards: int
    position: int
    lag_events: int
    lag_seconds: float
    parked: int
    error: str | None


_head = select(func.max(_block.c.last_position)).scalar_subquery()
_builds = (
    select(
        _checkpoint.c.name,
        _checkpoint.c.version,
        _checkpoint.c.home,
        func.count().label("shards"),
        func.min(_checkpoint.c.position).label("position"),
        func.min(_checkpoint.c.error).label("error"),
    )
    .group_by(_checkpoint.c.name, _checkpoint.c.version, _checkpoint.c.home)
    .subquery()
)
_waiting = (
    select(func.count())
    .select_from(_parked)
    .where(*(_parked.c[name] == _builds.c[name] for name in ("name", "version", "home")))
    .scalar_subquery()
)
_STATUS = (
    select(
        _builds,
        (_head - _builds.c.position).label("lag_events"),
        func.coalesce(func.extract("epoch", bindparam("now") - _event.c.recorded_at), 0.0).label("lag_seconds"),
        _waiting.label("parked"),
    )
    .select_from(_builds.outerjoin(_event, _event.c.position == _builds.c.position + 1))
    .order_by(_builds.c.name, _builds.c.version, _builds.c.home)
)


async def projection_status(connection: Connection, now: datetime) -> Page[ProjectionStatus]:
    """Describe every version of every read model; `now` is aware."""
    rows = await connection.fetch(_STATUS, {"now": now})
    return Page([_status(row) for row in rows], None)


def _status(row: Row) -> ProjectionStatus:
    return ProjectionStatus(
        name=row.name,
        version=row.version,
        home=row.home,
        shards=row.shards,
        position=row.position,
        lag_events=row.lag_events,
        lag_seconds=float(row.lag_seconds),
        parked=row.parked,
        error=row.error,
    )
