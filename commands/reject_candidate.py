"""Reject a candidate: staff ends the process, and every seat to come is released."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Context, Decision, View
from commands.fields import Reason
from commands.leaving import leave_process
from events.candidate import CandidateRejected


class RejectCandidate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `reject-candidate`."""

    candidate_id: UUID
    reason: Reason


def decide(command: RejectCandidate, view: View, context: Context) -> Decision:
    """Only who is in the process is rejected. Rejecting twice is accepted, with nothing to do."""
    left = CandidateRejected(command.candidate_id, command.reason)
    return leave_process(left, command.candidate_id, "rejected", view, context)
