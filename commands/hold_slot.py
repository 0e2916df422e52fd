"""Hold a slot: a seat is kept for a candidate while they make up their mind."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.holding import find_seat
from commands.refusals import (
    AlreadyBooked,
    Erased,
    SlotWithdrawn,
    TooManyHolds,
    UnknownCandidate,
    UnknownSlot,
    UnknownStage,
)
from commands.seating import broken_rules
from events import tags
from events.candidate import CANDIDATE
from events.entity import Absent
from events.hold import HOLD, SlotHeld
from events.recruiter import RECRUITER
from events.slot import SLOT, CancelledSlot
from events.stage import STAGE


class HoldSlot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `hold-slot`. How long it lasts is the stage's `hold_minutes`, but never beyond the start."""

    slot_id: UUID
    candidate_id: UUID


def decide(command: HoldSlot, view: View, context: Context) -> Decision:
    """What cannot be booked cannot be held, and nobody hoards. Holding a seat twice is accepted, with nothing to do."""
    slot, candidate = view.of(SLOT.at(tags.slot(command.slot_id)), CANDIDATE.at(tags.candidate(command.candidate_id)))
    if isinstance(slot, Absent):
        return UnknownSlot(command.slot_id)
    if isinstance(candidate, Absent):
        return UnknownCandidate(command.candidate_id)
    if candidate.status == "erased":
        return Erased(command.candidate_id)
    if isinstance(slot, CancelledSlot):
        return SlotWithdrawn(command.slot_id)
    if command.candidate_id in slot.bookings:
        return AlreadyBooked(slot.bookings[command.candidate_id], slot.details.stage_id)
    own = slot.holds.get(command.candidate_id)
    if own is not None and own.expires_at > context.now:
        return Accepted((), {"hold_id": own.hold_id}, {"expires_at": own.expires_at})
    stage, recruiter = view.of(
        STAGE.at(tags.stage(slot.details.stage_id)), RECRUITER.at(tags.recruiter(slot.details.recruiter_id))
    )
    if isinstance(stage, Absent):
        return UnknownStage(slot.details.stage_id)
    if refusal := next(broken_rules(slot, recruiter, candidate, stage.latest, context.now), None):
        return refusal
    policy, held = stage.latest.policy, candidate.live_holds(context.now)
    if len(held) >= policy.max_holds:
        return TooManyHolds(len(held), policy.max_holds)
    hold_id = context.new_id("hold")
    view.new(HOLD.at(tags.hold(hold_id)))
    seat = find_seat(slot, command.candidate_id, view, context.now)
    expires_at = min(context.now + timedelta(minutes=policy.hold_minutes), slot.details.starts_at)
    kept = SlotHeld(hold_id, command.candidate_id, slot.details, expires_at, stage.latest.version, context.actor.by)
    return Accepted((*seat.before, kept), {"hold_id": hold_id}, {"expires_at": expires_at})
