"""Facts about candidates, by their ids alone: where they stand, when they came to each stage, what they scored."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, assert_never, get_args
from uuid import UUID

import msgspec
from sqlalchemy import Boolean, Column, DateTime, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from events import tags
from events.candidate import (
    CandidateAdvanced,
    CandidateErased,
    CandidateHired,
    CandidateRegistered,
    CandidateRejected,
    CandidateStatus,
    CandidateTested,
    CandidateWithdrew,
    TestResultVoided,
)
from events.log import Told
from projections.analytics.home import METADATA, Part
from projections.projection import changed_at_position, layout
from projections.rows import Key, Rows

FACT_CANDIDATE: Final = Table(
    "fact_candidate",
    METADATA,
    Column("candidate_id", Uuid, primary_key=True, comment="The candidate"),
    Column("city_id", Text, nullable=False, comment="Where they registered for"),
    Column("stage_id", Text, nullable=False, comment="The stage they are in, or were in when they left"),
    Column("status", Text, nullable=False, comment="active, rejected, withdrawn or hired; erased while active"),
    Column("registered_at", DateTime(timezone=True), nullable=False, comment="When they were registered"),
    Column("stage_entered_at", DateTime(timezone=True), nullable=False, comment="When they came to their stage"),
    Column("stages_entered", Integer, nullable=False, comment="How many stages they came to, the first included"),
    Column(
        "left_at",
        DateTime(timezone=True),
        comment="When they left, or were erased; null: active",
    ),
    changed_at_position(),
    Index("fact_candidate_by_registration", "registered_at"),
    comment="One row for each candidate, as they stand now",
    postgresql_with={"fillfactor": 80},
)

FACT_STAGE_ENTRY: Final = Table(
    "fact_stage_entry",
    METADATA,
    Column("candidate_id", Uuid, primary_key=True, comment="The candidate"),
    Column("step", Integer, primary_key=True, comment="Which of their stages, the one they registered for is 1"),
    Column("stage_id", Text, nullable=False, comment="The stage"),
    Column("entered_at", DateTime(timezone=True), nullable=False, comment="When they came to it"),
    Column("by_rule", Boolean, nullable=False, comment="Whether a rule moved them, and no person"),
    changed_at_position(),
    comment="One row for each time a candidate came to a stage",
)

TEST_HISTORY: Final = Table(
    "test_history",
    METADATA,
    Column("candidate_id", Uuid, primary_key=True, comment="The candidate"),
    Column("test_id", Text, primary_key=True, comment="The test"),
    Column("results", JSONB, nullable=False, comment="Array of the results, in the order in which they were taken"),
    changed_at_position(),
    comment="What fact_test is made from: one row for each candidate and test",
)


class CandidateFact(msgspec.Struct, frozen=True, gc=False):
    """A row of `fact_candidate`."""

    candidate_id: UUID
    city_id: str
    stage_id: str
    status: CandidateStatus
    registered_at: datetime
    stage_entered_at: datetime
    stages_entered: int
    left_at: datetime | None
    changed_at_position: int


class StageEntryFact(msgspec.Struct, frozen=True, gc=False):
    """A row of `fact_stage_entry`."""

    candidate_id: UUID
    step: int
    stage_id: str
    entered_at: datetime
    by_rule: bool
    changed_at_position: int


class Taken(msgspec.Struct, frozen=True, gc=False):
    """One result of one test; `scored_by` is a role: admin, recruiter or bot."""

    score: int
    passed: bool
    taken_at: datetime
    valid_until: datetime
    scored_by: str
    voided: bool = False


class TestHistory(msgspec.Struct, frozen=True, gc=False):
    """A row of `test_history`."""

    __test__ = False  # pytest would take the name for a test case

    candidate_id: UUID
    test_id: str
    results: tuple[Taken, ...]
    changed_at_position: int


_Leaving = CandidateRejected | CandidateWithdrew | CandidateHired | CandidateErased
_Result = CandidateTested | TestResultVoided
ProgressEvent = CandidateRegistered | CandidateAdvanced | _Leaving | _Result


def key(event: ProgressEvent) -> str:
    """Name the candidate."""
    return tags.candidate(event.candidate_id)


def reads(event: ProgressEvent) -> tuple[Key, ...]:
    """A result stands among those of its test; all else changes a candidate who is there."""
    match event:
        case CandidateRegistered():
            return ()
        case CandidateTested() | TestResultVoided():
            return (Key(TestHistory, (event.candidate_id, event.test_id)),)
        case _:
            return (Key(CandidateFact, event.candidate_id),)


def project(event: ProgressEvent, recorded: Told, rows: Rows) -> None:
    """Register, move between stages, leave, and note results."""
    match event:
        case CandidateRegistered():
            _enter(_registered(event, recorded), rows, by_rule=False)
        case CandidateAdvanced():
            known = rows.get(CandidateFact, event.candidate_id)
            _enter(_advanced(known, event, recorded), rows, by_rule=event.rule is not None)
        case CandidateRejected() | CandidateWithdrew() | CandidateHired() | CandidateErased():
            known = rows.get(CandidateFact, event.candidate_id)
            rows.put(_left(known, event, recorded))
        case CandidateTested() | TestResultVoided():
            history = rows.find(TestHistory, (event.candidate_id, event.test_id))
            results = _results(history.results if history else (), event)
            rows.put(TestHistory(event.candidate_id, event.test_id, results, recorded.position))
        case _:
            assert_never(event)


def _enter(candidate: CandidateFact, rows: Rows, *, by_rule: bool) -> None:
    """Note a candidate together with the stage they have just come to."""
    rows.put(candidate)
    rows.put(
        StageEntryFact(
            candidate_id=candidate.candidate_id,
            step=candidate.stages_entered,
            stage_id=candidate.stage_id,
            entered_at=candidate.stage_entered_at,
            by_rule=by_rule,
            changed_at_position=candidate.changed_at_position,
        )
    )


def _registered(event: CandidateRegistered, recorded: Told) -> CandidateFact:
    return CandidateFact(
        candidate_id=event.candidate_id,
        city_id=event.city_id,
        stage_id=event.stage_id,
        status="active",
        registered_at=recorded.decided_at,
        stage_entered_at=recorded.decided_at,
        stages_entered=1,
        left_at=None,
        changed_at_position=recorded.position,
    )


def _advanced(known: CandidateFact, event: CandidateAdvanced, recorded: Told) -> CandidateFact:
    return msgspec.structs.replace(
        known,
        stage_id=event.to,
        stage_entered_at=recorded.decided_at,
        stages_entered=known.stages_entered + 1,
        changed_at_position=recorded.position,
    )


def _left(known: CandidateFact, event: _Leaving, recorded: Told) -> CandidateFact:
    since: dict[str, Any] = {"left_at": recorded.decided_at, "changed_at_position": recorded.position}
    match event:
        case CandidateRejected():
            return msgspec.structs.replace(known, status="rejected", **since)
        case CandidateWithdrew():
            return msgspec.structs.replace(known, status="withdrawn", **since)
        case CandidateHired():
            return msgspec.structs.replace(known, status="hired", **since)
        case CandidateErased() if known.status == "active":
            return msgspec.structs.replace(known, status="erased", **since)
        case CandidateErased():
            return msgspec.structs.replace(known, changed_at_position=recorded.position)
        case _:
            assert_never(event)


def _results(known: tuple[Taken, ...], event: _Result) -> tuple[Taken, ...]:
    """Add a result in the order of taking, or void the last recorded of those taken at that moment."""
    if isinstance(event, CandidateTested):
        scored_by = event.scorer.partition(":")[0]
        taken = Taken(event.score, event.passed, event.taken_at, event.valid_until, scored_by)
        return tuple(sorted((*known, taken), key=lambda each: each.taken_at)) if known else (taken,)
    number = max(n for n, each in enumerate(known) if each.taken_at == event.taken_at and not each.voided)
    return (*known[:number], msgspec.structs.replace(known[number], voided=True), *known[number + 1 :])


CANDIDATES: Final = Part(
    (
        layout(CandidateFact, FACT_CANDIDATE),
        layout(StageEntryFact, FACT_STAGE_ENTRY),
        layout(TestHistory, TEST_HISTORY),
    ),
    get_args(ProgressEvent),
    key,
    reads,
    project,
)
