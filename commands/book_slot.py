"""Book a slot: a candidate takes a seat."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.refusals import (
    AlreadyExists,
    Forbidden,
    SlotWithdrawn,
    UnknownCandidate,
    UnknownSlot,
    UnknownStage,
)
from commands.seating import commitment_refusal, notice_refusal, seat_refusal, stage_refusal
from events import tags
from events.booking import BOOKING, SlotBooked
from events.candidate import CANDIDATE
from events.entity import Absent
from events.recruiter import RECRUITER
from events.slot import SLOT, CancelledSlot
from events.stage import STAGE


class BookSlot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `book-slot`."""

    slot_id: UUID
    candidate_id: UUID
    booking_id: UUID | None = None


def decide(command: BookSlot, view: View, context: Context) -> Decision:
    """S1, S3, R1, C1, C2, C3, B1, F1. Booking the seat one already has is accepted, with nothing to do."""
    slot, candidate = view.of(SLOT.at(tags.slot(command.slot_id)), CANDIDATE.at(tags.candidate(command.candidate_id)))
    if isinstance(slot, Absent):
        return UnknownSlot(command.slot_id)
    if isinstance(candidate, Absent):
        return UnknownCandidate(command.candidate_id)
    if not context.actor.may_act_for(slot.details.recruiter_id):
        return Forbidden("a slot of another recruiter")
    if isinstance(slot, CancelledSlot):
        return SlotWithdrawn(command.slot_id)
    if command.candidate_id in slot.bookings:
        return Accepted((), {"booking_id": slot.bookings[command.candidate_id]})
    booking_id = command.booking_id or context.new_id("booking")
    if not isinstance(view.new(BOOKING.at(tags.booking(booking_id))), Absent):
        return AlreadyExists(str(booking_id))
    stage, recruiter = view.of(
        STAGE.at(tags.stage(slot.details.stage_id)), RECRUITER.at(tags.recruiter(slot.details.recruiter_id))
    )
    if isinstance(stage, Absent):
        return UnknownStage(slot.details.stage_id)
    policy = stage.latest.policy
    refusal = (
        seat_refusal(slot, recruiter, context.now)
        or commitment_refusal(slot.details, candidate.active(context.now), policy)
        or notice_refusal(slot.details, policy, context.now)
        or stage_refusal(candidate, stage.latest, context.now)
    )
    if refusal:
        return refusal
    booked = SlotBooked(
        booking_id,
        command.candidate_id,
        slot.details,
        stage.latest.version,
        policy.approval,
        context.actor.by,
    )
    return Accepted((booked,), {"booking_id": booking_id})
