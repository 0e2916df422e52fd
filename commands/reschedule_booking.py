"""Reschedule a booking: one event frees the old seat and takes the new one."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import msgspec

from commands.cutoffs import past_cutoff
from commands.decision import Accepted, Context, Decision, Refusal, View
from commands.fields import Reason
from commands.refusals import (
    BookingEnded,
    Forbidden,
    ReasonRequired,
    SlotStarted,
    SlotWithdrawn,
    StageNotOpen,
    TooLateToReschedule,
    TooManyReschedules,
    UnknownBooking,
    UnknownCandidate,
    UnknownSlot,
    UnknownStage,
)
from commands.seating import commitment_refusal, notice_refusal, seat_refusal, stage_refusal
from events import tags
from events.booking import BOOKING, ActiveBooking, BookingRescheduled, CancelledBooking
from events.candidate import CANDIDATE, RegisteredCandidate
from events.entity import Absent
from events.recruiter import RECRUITER, RecruiterState
from events.slot import SLOT, CancelledSlot, OpenSlot
from events.stage import STAGE, DefinedStage


class RescheduleBooking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `reschedule-booking`. Staff may set `override` past the cut-off, with a reason."""

    booking_id: UUID
    to_slot_id: UUID
    reason: Reason | None = None
    override: Literal[True] | None = None
    on_behalf_of: UUID | None = None


def decide(command: RescheduleBooking, view: View, context: Context) -> Decision:
    """B2 and C4 for leaving the old seat, then every rule of booking for the new one, within the same stage."""
    booking, to_slot = view.of(BOOKING.at(tags.booking(command.booking_id)), SLOT.at(tags.slot(command.to_slot_id)))
    if isinstance(booking, Absent):
        return UnknownBooking(command.booking_id)
    if isinstance(to_slot, Absent):
        return UnknownSlot(command.to_slot_id)
    if stranger := _forbidden(command, booking, to_slot, context):
        return stranger
    if isinstance(booking, CancelledBooking):
        return BookingEnded(command.booking_id)
    if booking.slot.slot_id == command.to_slot_id:
        return Accepted((), {"booking_id": command.booking_id})
    if isinstance(to_slot, CancelledSlot):
        return SlotWithdrawn(command.to_slot_id)
    candidate, stage, recruiter = view.of(
        CANDIDATE.at(tags.candidate(booking.candidate_id)),
        STAGE.at(tags.stage(booking.slot.stage_id)),
        RECRUITER.at(tags.recruiter(to_slot.details.recruiter_id)),
    )
    view.of(SLOT.at(tags.slot(booking.slot.slot_id)))  # the seat that comes free is written, so it is read
    if isinstance(candidate, Absent):
        return UnknownCandidate(booking.candidate_id)
    if isinstance(stage, Absent):
        return UnknownStage(booking.slot.stage_id)
    refusal = _leaving_refusal(command, booking, stage, context) or _arriving_refusal(
        booking, to_slot, recruiter, candidate, stage, context
    )
    if refusal:
        return refusal
    rescheduled = BookingRescheduled(
        booking.booking_id,
        booking.candidate_id,
        booking.slot.slot_id,
        to_slot.details,
        stage.latest.version,
        context.actor.by,
        command.reason,
        booking.reschedules + 1,
        _is_late(booking, stage, context),
    )
    return Accepted((rescheduled,), {"booking_id": command.booking_id})


def _forbidden(
    command: RescheduleBooking,
    booking: ActiveBooking | CancelledBooking,
    to_slot: OpenSlot | CancelledSlot,
    context: Context,
) -> Forbidden | None:
    for slot in (booking.slot, to_slot.details):
        if not context.actor.may_act_for(slot.recruiter_id):
            return Forbidden("a slot of another recruiter")
    if command.on_behalf_of not in {None, booking.candidate_id}:
        return Forbidden("a booking of another candidate")
    return None


def _is_late(booking: ActiveBooking, stage: DefinedStage, context: Context) -> bool:
    cutoff = stage.policy(booking.policy_version).reschedule_cutoff_minutes
    return past_cutoff(booking.slot.starts_at, cutoff, context.now)


def _leaving_refusal(
    command: RescheduleBooking, booking: ActiveBooking, stage: DefinedStage, context: Context
) -> Refusal | None:
    """S3, B2 and C4 under the policy that the booking was made under; staff may bypass the cut-off with a reason."""
    policy = stage.policy(booking.policy_version)
    if booking.slot.starts_at <= context.now:
        return SlotStarted(booking.slot.starts_at)
    if _is_late(booking, stage, context):
        if not (context.actor.is_staff and command.override):
            return TooLateToReschedule(booking.slot.starts_at, policy.reschedule_cutoff_minutes)
        if command.reason is None:
            return ReasonRequired("reason")
    if booking.reschedules >= policy.max_reschedules:
        return TooManyReschedules(booking.reschedules, policy.max_reschedules)
    return None


def _arriving_refusal(
    booking: ActiveBooking,
    to_slot: OpenSlot,
    recruiter: RecruiterState,
    candidate: RegisteredCandidate,
    stage: DefinedStage,
    context: Context,
) -> Refusal | None:
    if to_slot.details.stage_id != booking.slot.stage_id:
        return StageNotOpen(booking.slot.stage_id, to_slot.details.stage_id)
    others = [held for held in candidate.active(context.now) if held[0] != booking.booking_id]
    policy = stage.latest.policy
    return (
        seat_refusal(to_slot, recruiter, context.now)
        or commitment_refusal(to_slot.details, others, policy)
        or notice_refusal(to_slot.details, policy, context.now)
        or stage_refusal(candidate, stage.latest, context.now)
    )
