"""Erase a candidate: every seat to come is released, and then nothing is kept that says who they are."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.fields import Reason
from commands.leaving import leave_everything
from commands.refusals import UnknownCandidate
from events import tags
from events.candidate import CANDIDATE, CandidateErased
from events.entity import Absent


class EraseCandidate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `erase-candidate`. It cannot be undone. `reason` is kept with the command: name nobody in it."""

    candidate_id: UUID
    reason: Reason


def decide(command: EraseCandidate, view: View, context: Context) -> Decision:
    """Whoever is known can be erased, also when their process has ended. Twice is accepted, with nothing to do."""
    (candidate,) = view.of(CANDIDATE.at(tags.candidate(command.candidate_id)))
    ids = {"candidate_id": command.candidate_id}
    if isinstance(candidate, Absent):
        return UnknownCandidate(command.candidate_id)
    if candidate.status == "erased":
        return Accepted((), ids)
    # A person has one key, which is named as they are.
    erased = CandidateErased(command.candidate_id, key_id=command.candidate_id)
    return Accepted((*leave_everything(candidate, view, context), erased), ids)
