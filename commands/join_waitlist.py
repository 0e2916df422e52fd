"""Join a waitlist, or change what one waits for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, Refusal, View
from commands.refusals import (
    AlreadyBooked,
    CandidateGone,
    Erased,
    StageNotOpen,
    UnknownCandidate,
    UnknownCity,
    UnknownStage,
    WindowOver,
    WindowReversed,
)
from events import tags
from events.candidate import CANDIDATE, RegisteredCandidate
from events.city import CITY, Slug
from events.entity import Absent
from events.stage import STAGE
from events.waitlist import WAITLIST, Waiting, WaitlistJoined

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Priority = Annotated[int, msgspec.Meta(ge=0, le=100)]


class JoinWaitlist(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Body of `join-waitlist`.

    Wanted is a seat that starts at `from` or later and before `to`, instants with a zone; a side left out is open.
    Higher priorities are served first. Joining again changes window and priority, and keeps one's age.
    """

    candidate_id: UUID
    city_id: Slug
    stage_id: Slug
    from_: Instant | None = None
    to: Instant | None = None
    priority: Priority = 0


def decide(command: JoinWaitlist, view: View, context: Context) -> Decision:
    """A candidate in the stage, without a booking of it. Joining for the same is accepted, with nothing to do."""
    city, stage, candidate = view.of(
        CITY.at(tags.city(command.city_id)),
        STAGE.at(tags.stage(command.stage_id)),
        CANDIDATE.at(tags.candidate(command.candidate_id)),
    )
    (waitlist,) = view.of(WAITLIST.at(tags.waitlist(command.city_id, command.stage_id)))
    if isinstance(candidate, Absent):
        return UnknownCandidate(command.candidate_id)
    if candidate.status == "erased":
        return Erased(command.candidate_id)
    if isinstance(city, Absent):
        return UnknownCity(command.city_id)
    if isinstance(stage, Absent):
        return UnknownStage(command.stage_id)
    if refusal := _window_refusal(command, context.now) or _candidate_refusal(command, candidate, context.now):
        return refusal
    known = waitlist.waiting.get(command.candidate_id)
    joined = WaitlistJoined(
        command.candidate_id,
        command.city_id,
        command.stage_id,
        command.from_ and command.from_.astimezone(UTC),
        command.to and command.to.astimezone(UTC),
        command.priority,
        known.joined_at if known else context.now,
    )
    ids = {"candidate_id": command.candidate_id}
    return Accepted((), ids) if known and _same(known, joined) else Accepted((joined,), ids)


def _window_refusal(command: JoinWaitlist, now: datetime) -> Refusal | None:
    if command.to is None:
        return None
    if command.from_ is not None and command.to <= command.from_:
        return WindowReversed("to")
    return WindowOver("to") if command.to <= now else None


def _candidate_refusal(command: JoinWaitlist, candidate: RegisteredCandidate, now: datetime) -> Refusal | None:
    for booking_id, slot in candidate.active(now):
        if slot.stage_id == command.stage_id:
            return AlreadyBooked(booking_id, slot.stage_id)
    if candidate.status != "active":
        return CandidateGone(candidate.status)
    if candidate.stage_id != command.stage_id:
        return StageNotOpen(candidate.stage_id, command.stage_id)
    return None


def _same(known: Waiting, joined: WaitlistJoined) -> bool:
    return (known.from_, known.to, known.priority) == (joined.from_, joined.to, joined.priority)
