"""Withdraw a candidate: they end the process themselves, and every seat to come is released."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Context, Decision, View
from commands.fields import Reason
from commands.leaving import leave_process
from events.candidate import CandidateWithdrew


class WithdrawCandidate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `withdraw-candidate`."""

    candidate_id: UUID
    reason: Reason | None = None


def decide(command: WithdrawCandidate, view: View, context: Context) -> Decision:
    """Only who is in the process withdraws. Withdrawing twice is accepted, with nothing to do."""
    left = CandidateWithdrew(command.candidate_id, command.reason)
    return leave_process(left, command.candidate_id, "withdrawn", view, context)
