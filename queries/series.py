"""Series, in the order in which they were published."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select

from daybook.engine import Connection
from daybook.statements import Row
from projections.directory import RECRUITER
from projections.series import SERIES
from queries.named import Person, name_of
from queries.page import Listing, Moment, Page, Paging


class ListedSeries(msgspec.Struct, frozen=True):
    """A series in a list. `dtstart` is what the clock in `zone` shows."""

    series_id: UUID
    recruiter: Person
    city_id: str
    stage_id: str
    zone: str
    dtstart: str
    rrule: str
    status: Literal["running", "ended"]
    published_at: datetime


def _item(row: Row) -> ListedSeries:
    return ListedSeries(
        series_id=row.series_id,
        recruiter=Person(row.recruiter_id, row.recruiter_name),
        city_id=row.city_id,
        stage_id=row.stage_id,
        zone=row.zone,
        dtstart=row.dtstart,
        rrule=row.rrule,
        status=row.status,
        published_at=row.published_at,
    )


_SERIES = Listing(
    "series",
    select=select(SERIES, name_of(SERIES.c.recruiter_id, RECRUITER).label("recruiter_name")),
    filters={"recruiter_id": SERIES.c.recruiter_id == bindparam("recruiter_id")},
    order=(SERIES.c.published_at, SERIES.c.series_id),
    keys=(Moment, UUID),
    key=lambda series: (series.published_at, series.series_id),
    item=_item,
)


async def series(connection: Connection, recruiter_id: UUID | None, paging: Paging) -> Page[ListedSeries]:
    """List the series of a recruiter, or of all."""
    return await _SERIES.page(connection, {"recruiter_id": recruiter_id}, paging)
