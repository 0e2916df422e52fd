"""Void a test result: it does not count any more, and the one before it does again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.fields import Reason
from commands.refusals import Erased, NoTestResult, UnknownCandidate
from events import tags
from events.candidate import CANDIDATE, TestResultVoided
from events.city import Slug
from events.entity import Absent


class VoidTestResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `void-test-result`; `taken_at` names one result of several, left out it is the one that counts."""

    candidate_id: UUID
    test_id: Slug
    reason: Reason
    taken_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


def decide(command: VoidTestResult, view: View, _: Context) -> Decision:
    """There has to be such a result. What was booked on the strength of it stays."""
    (candidate,) = view.of(CANDIDATE.at(tags.candidate(command.candidate_id)))
    if isinstance(candidate, Absent):
        return UnknownCandidate(command.candidate_id)
    if candidate.status == "erased":
        return Erased(command.candidate_id)
    taken = [result.taken_at for result in candidate.results.get(command.test_id, ())]
    named = taken[-1:] if command.taken_at is None else [each for each in taken if each == command.taken_at]
    if not named:
        return NoTestResult(command.test_id)
    voided = TestResultVoided(command.candidate_id, command.test_id, named[-1], command.reason)
    return Accepted((voided,), {"candidate_id": command.candidate_id})
