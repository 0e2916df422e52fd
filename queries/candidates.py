"""Candidates in their stages: those who have been there longest come first. Those who are looked for, by name."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select

from daybook.engine import Connection
from daybook.statements import Row
from events.candidate import CandidateStatus
from projections.candidates import CANDIDATE
from queries.page import Listing, Moment, Name, Page, Paging
from queries.searching import Sought, by_name, by_number


class ListedCandidate(msgspec.Struct, frozen=True):
    """A candidate in a list; `missed` is how many interviews they missed."""

    candidate_id: UUID
    name: str
    city_id: str
    stage_id: str
    in_stage_since: datetime
    status: CandidateStatus
    missed: int


class CandidateFilters(msgspec.Struct, frozen=True):
    """Which candidates; those who are `sought` come by name."""

    stage_id: str | None = None
    city_id: str | None = None
    status: CandidateStatus | None = None
    sought: Sought | None = None


def _item(row: Row) -> ListedCandidate:
    return ListedCandidate(
        candidate_id=row.candidate_id,
        name=row.name,
        city_id=row.city_id,
        stage_id=row.stage_id,
        in_stage_since=row.in_stage_since,
        status=row.status,
        missed=row.missed,
    )


_FILTERS = {
    "stage_id": CANDIDATE.c.stage_id == bindparam("stage_id"),
    "city_id": CANDIDATE.c.city_id == bindparam("city_id"),
    "status": CANDIDATE.c.status == bindparam("status"),
}
_CANDIDATES = Listing(
    "candidates",
    select=select(CANDIDATE),
    filters=_FILTERS,
    order=(CANDIDATE.c.in_stage_since, CANDIDATE.c.candidate_id),
    keys=(Moment, UUID),
    key=lambda candidate: (candidate.in_stage_since, candidate.candidate_id),
    item=_item,
)
_FOUND = Listing(
    "candidates found",
    select=select(CANDIDATE),
    filters={**_FILTERS, **by_name(CANDIDATE.c.search_name), **by_number(CANDIDATE.c.phone_digits)},
    order=(CANDIDATE.c.name, CANDIDATE.c.candidate_id),
    keys=(Name, UUID),
    key=lambda candidate: (candidate.name, candidate.candidate_id),
    item=_item,
)


async def candidates(connection: Connection, asked: CandidateFilters, paging: Paging) -> Page[ListedCandidate]:
    """List candidates."""
    filters = {"stage_id": asked.stage_id, "city_id": asked.city_id, "status": asked.status}
    if asked.sought is None:
        return await _CANDIDATES.page(connection, filters, paging)
    return await _FOUND.page(connection, {**filters, **asked.sought.filters()}, paging)
