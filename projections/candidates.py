"""Candidates: who they are, how to reach them, and the test results that count.

Name and contact are personal data. They stand here as they stand in the event, and in no other read model.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, assert_never
from uuid import UUID

import msgspec
from sqlalchemy import Boolean, Column, DateTime, Integer, Table, Text, Uuid

from events.candidate import CandidateRegistered, CandidateTested
from events.log import Recorded
from projections.projection import Projection, changed_at_position, layout, metadata
from projections.rows import Key, Rows

NAME: Final = "candidates"
VERSION: Final = 1

METADATA = metadata(NAME, VERSION)

CANDIDATE = Table(
    "candidate",
    METADATA,
    Column("candidate_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, comment="Personal"),
    Column("phone", Text, comment="Personal"),
    Column("email", Text, comment="Personal"),
    Column("telegram_id", Text, comment="Personal"),
    Column("city_id", Text, nullable=False),
    Column("stage_id", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("registered_at", DateTime(timezone=True), nullable=False),
    changed_at_position(),
    comment="People who book interviews",
)

RESULT = Table(
    "result",
    METADATA,
    Column("candidate_id", Uuid, primary_key=True),
    Column("test_id", Text, primary_key=True),
    Column("score", Integer, nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("taken_at", DateTime(timezone=True), nullable=False),
    Column("valid_until", DateTime(timezone=True), nullable=False, comment="Until when a pass counts"),
    Column("scorer", Text, nullable=False, comment="Who recorded it"),
    changed_at_position(),
    comment="The result that counts for each test: the one taken last",
)


class CandidateRow(msgspec.Struct, frozen=True, gc=False):
    """A row of `candidate`."""

    candidate_id: UUID
    name: str
    phone: str | None
    email: str | None
    telegram_id: str | None
    city_id: str
    stage_id: str
    locale: str
    registered_at: datetime
    changed_at_position: int


class ResultRow(msgspec.Struct, frozen=True, gc=False):
    """A row of `result`."""

    candidate_id: UUID
    test_id: str
    score: int
    passed: bool
    taken_at: datetime
    valid_until: datetime
    scorer: str
    changed_at_position: int


CandidateEvent = CandidateRegistered | CandidateTested


def reads(event: CandidateEvent) -> tuple[Key, ...]:
    """A result counts only if none was taken later."""
    return (Key(ResultRow, (event.candidate_id, event.test_id)),) if isinstance(event, CandidateTested) else ()


def project(event: CandidateEvent, recorded: Recorded, rows: Rows) -> None:
    """Register, note results."""
    match event:
        case CandidateRegistered():
            rows.put(_registered(event, recorded))
        case CandidateTested():
            known = rows.find(ResultRow, (event.candidate_id, event.test_id))
            if known is not None and known.taken_at > event.taken_at:
                rows.put(msgspec.structs.replace(known, changed_at_position=recorded.position))
            else:
                rows.put(_result(event, recorded.position))
        case _:
            assert_never(event)


def _registered(event: CandidateRegistered, recorded: Recorded) -> CandidateRow:
    return CandidateRow(
        candidate_id=event.candidate_id,
        name=event.name,
        phone=event.phone,
        email=event.email,
        telegram_id=event.telegram_id,
        city_id=event.city_id,
        stage_id=event.stage_id,
        locale=event.locale,
        registered_at=recorded.decided_at,
        changed_at_position=recorded.position,
    )


def _result(event: CandidateTested, at: int) -> ResultRow:
    return ResultRow(
        candidate_id=event.candidate_id,
        test_id=event.test_id,
        score=event.score,
        passed=event.passed,
        taken_at=event.taken_at,
        valid_until=event.valid_until,
        scorer=event.scorer,
        changed_at_position=at,
    )


CANDIDATES = Projection(
    NAME,
    VERSION,
    METADATA,
    (layout(CandidateRow, CANDIDATE), layout(ResultRow, RESULT)),
    (CandidateRegistered, CandidateTested),
    reads,
    project,
)
