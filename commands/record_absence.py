"""Record when a recruiter is away: nothing is published or booked then. What is booked stays until staff cancels it."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.fields import Reason, WrittenTime
from commands.moments import read_moment
from commands.refusals import Forbidden, RecruiterInactive, UnknownRecruiter, WindowOver, WindowReversed
from events import tags
from events.entity import Absent
from events.local_time import LocalStart
from events.recruiter import RECRUITER, Absence, AbsenceRecorded, InactiveRecruiter


class RecordAbsence(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Body of `record-absence`; `from` and `to` are wall times where the recruiter is, or RFC 3339 instants."""

    recruiter_id: UUID
    from_: WrittenTime
    to: WrittenTime
    reason: Reason | None = None


def decide(command: RecordAbsence, view: View, context: Context) -> Decision:
    """The same absence again is accepted, with nothing to do."""
    if not context.actor.may_act_for(command.recruiter_id):
        return Forbidden("an absence of another recruiter")
    (recruiter,) = view.of(RECRUITER.at(tags.recruiter(command.recruiter_id)))
    ids = {"recruiter_id": command.recruiter_id}
    if isinstance(recruiter, Absent):
        return UnknownRecruiter(command.recruiter_id)
    if isinstance(recruiter, InactiveRecruiter):
        return RecruiterInactive(command.recruiter_id)
    begin = read_moment(command.from_, recruiter.time_zone, "from")
    if not isinstance(begin, LocalStart):
        return begin
    end = read_moment(command.to, recruiter.time_zone, "to")
    if not isinstance(end, LocalStart):
        return end
    away = Absence(begin.starts_at, end.starts_at)
    if away in recruiter.absences:
        return Accepted((), ids)
    if away.to <= away.from_:
        return WindowReversed("to")
    if away.to <= context.now:
        return WindowOver("to")
    return Accepted((AbsenceRecorded(command.recruiter_id, away.from_, away.to, command.reason),), ids)
