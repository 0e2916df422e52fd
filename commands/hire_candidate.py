"""Hire a candidate: the process has reached its aim, and every seat to come is released."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Context, Decision, View
from commands.fields import Reason
from commands.leaving import leave_process
from events.candidate import CandidateHired


class HireCandidate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `hire-candidate`."""

    candidate_id: UUID
    reason: Reason | None = None


def decide(command: HireCandidate, view: View, context: Context) -> Decision:
    """Only who is in the process is hired. Hiring twice is accepted, with nothing to do."""
    left = CandidateHired(command.candidate_id, command.reason)
    return leave_process(left, command.candidate_id, "hired", view, context)
