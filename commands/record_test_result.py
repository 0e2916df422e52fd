"""Record what a candidate scored in a test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.fields import Score
from commands.refusals import Erased, ScoreOutOfRange, TakenInFuture, UnknownCandidate, UnknownTest
from events import tags
from events.candidate import CANDIDATE, CandidateTested
from events.city import Slug
from events.entity import Absent
from events.test import TEST


class RecordTestResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `record-test-result`; `taken_at` is now if left out."""

    candidate_id: UUID
    test_id: Slug
    score: Score
    taken_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


def decide(command: RecordTestResult, view: View, context: Context) -> Decision:
    """Whether it is a pass, and until when, is settled by the test as it is defined now."""
    candidate, test = view.of(CANDIDATE.at(tags.candidate(command.candidate_id)), TEST.at(tags.test(command.test_id)))
    if isinstance(candidate, Absent):
        return UnknownCandidate(command.candidate_id)
    if candidate.status == "erased":
        return Erased(command.candidate_id)
    if isinstance(test, Absent):
        return UnknownTest(command.test_id)
    if command.score > test.max_score:
        return ScoreOutOfRange(command.score, test.max_score)
    taken_at = (command.taken_at or context.now).astimezone(UTC)
    if taken_at > context.now:
        return TakenInFuture(taken_at)
    tested = CandidateTested(
        command.candidate_id,
        command.test_id,
        command.score,
        command.score >= test.pass_score,
        taken_at,
        taken_at + timedelta(days=test.valid_days),
        str(context.actor),
    )
    return Accepted((tested,), {"candidate_id": command.candidate_id})
