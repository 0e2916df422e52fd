"""Leave a waitlist."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.holding import turned_down
from commands.refusals import Erased, UnknownCandidate
from events import tags
from events.candidate import CANDIDATE
from events.city import Slug
from events.entity import Absent
from events.waitlist import WAITLIST, WaitlistLeft


class LeaveWaitlist(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `leave-waitlist`. An offer that is open is declined with it."""

    candidate_id: UUID
    city_id: Slug
    stage_id: Slug


def decide(command: LeaveWaitlist, view: View, context: Context) -> Decision:
    """Leaving where one does not wait is accepted, with nothing to do."""
    candidate, waitlist = view.of(
        CANDIDATE.at(tags.candidate(command.candidate_id)),
        WAITLIST.at(tags.waitlist(command.city_id, command.stage_id)),
    )
    ids = {"candidate_id": command.candidate_id}
    if isinstance(candidate, Absent):
        return UnknownCandidate(command.candidate_id)
    if candidate.status == "erased":
        return Erased(command.candidate_id)
    waiting = waitlist.waiting.get(command.candidate_id)
    if waiting is None:
        return Accepted((), ids)
    answered = () if waiting.offer is None else turned_down(waiting.offer, view, context.now)
    left = WaitlistLeft(command.candidate_id, command.city_id, command.stage_id, "by-candidate")
    return Accepted((*answered, left), ids)
