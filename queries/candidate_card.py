"""One candidate."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from projections.bookings import BOOKING
from projections.candidates import CANDIDATE, RESULT
from projections.directory import CITY, STAGE, TEST
from queries.named import Named, name_or_id
from queries.nested import json_list, json_object


class TestResult(msgspec.Struct, frozen=True):
    """The result of one test that counts: the one taken last."""

    __test__ = False  # pytest would take the name for a test case

    test: Named
    score: int
    passed: bool
    taken_at: datetime
    valid_until: datetime


class CandidateCard(msgspec.Struct, frozen=True):
    """A candidate, with personal data. `position` is the state it shows, for `If-Match`: bookings change it too."""

    candidate_id: UUID
    name: str
    phone: str | None
    email: str | None
    telegram_id: str | None
    city: Named
    stage: Named
    locale: str
    registered_at: datetime
    results: list[TestResult]
    position: int


_RESULTS: Final = msgspec.json.Decoder(list[TestResult])

_results = (
    select(
        json_list(
            json_object(
                test=json_object(id=RESULT.c.test_id, name=name_or_id(TEST.c.name, RESULT.c.test_id)),
                score=RESULT.c.score,
                passed=RESULT.c.passed,
                taken_at=RESULT.c.taken_at,
                valid_until=RESULT.c.valid_until,
            ),
            RESULT.c.test_id,
        ).label("results"),
        func.max(RESULT.c.changed_at_position).label("position"),
    )
    .select_from(RESULT.outerjoin(TEST, TEST.c.test_id == RESULT.c.test_id))
    .where(RESULT.c.candidate_id == CANDIDATE.c.candidate_id)
    .lateral("results")
)
_bookings = (
    select(func.max(BOOKING.c.changed_at_position).label("position"))
    .where(BOOKING.c.candidate_id == CANDIDATE.c.candidate_id)
    .lateral("bookings")
)
_CARD = (
    select(
        CANDIDATE,
        name_or_id(CITY.c.name, CANDIDATE.c.city_id).label("city_name"),
        name_or_id(STAGE.c.name, CANDIDATE.c.stage_id).label("stage_name"),
        _results.c.results,
        func.greatest(CANDIDATE.c.changed_at_position, _results.c.position, _bookings.c.position).label("position"),
    )
    .select_from(
        CANDIDATE.join(_results, true())
        .join(_bookings, true())
        .outerjoin(CITY, CITY.c.city_id == CANDIDATE.c.city_id)
        .outerjoin(STAGE, STAGE.c.stage_id == CANDIDATE.c.stage_id)
    )
    .where(CANDIDATE.c.candidate_id == bindparam("candidate_id"))
)


async def candidate_card(connection: AsyncConnection, candidate_id: UUID) -> CandidateCard | None:
    """Return a candidate, if they are known."""
    row = (await connection.execute(_CARD, {"candidate_id": candidate_id})).one_or_none()
    if row is None:
        return None
    return CandidateCard(
        candidate_id=row.candidate_id,
        name=row.name,
        phone=row.phone,
        email=row.email,
        telegram_id=row.telegram_id,
        city=Named(row.city_id, row.city_name),
        stage=Named(row.stage_id, row.stage_name),
        locale=row.locale,
        registered_at=row.registered_at,
        results=_RESULTS.decode(row.results),
        position=row.position,
    )
