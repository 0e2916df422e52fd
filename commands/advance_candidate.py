"""Advance a candidate: from one stage to another, on or back; the seats of the old one are released."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.leaving import leave_stage
from commands.refusals import CandidateGone, Erased, UnknownCandidate, UnknownStage
from events import tags
from events.candidate import CANDIDATE, CandidateAdvanced
from events.city import Slug
from events.entity import Absent
from events.stage import STAGE


class AdvanceCandidate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `advance-candidate`."""

    candidate_id: UUID
    to_stage: Slug


def decide(command: AdvanceCandidate, view: View, context: Context) -> Decision:
    """Who is in the process can be in any stage. Advancing to where one is already is accepted, with nothing to do."""
    candidate, stage = view.of(
        CANDIDATE.at(tags.candidate(command.candidate_id)), STAGE.at(tags.stage(command.to_stage))
    )
    ids = {"candidate_id": command.candidate_id}
    if isinstance(candidate, Absent):
        return UnknownCandidate(command.candidate_id)
    if candidate.status == "erased":
        return Erased(command.candidate_id)
    if isinstance(stage, Absent):
        return UnknownStage(command.to_stage)
    if candidate.status != "active":
        return CandidateGone(candidate.status)
    if candidate.stage_id == command.to_stage:
        return Accepted((), ids)
    advanced = CandidateAdvanced(command.candidate_id, candidate.stage_id, command.to_stage, rule=None)
    return Accepted((*leave_stage(candidate, view, context), advanced), ids)
