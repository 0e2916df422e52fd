"""Reschedule a booking: one event frees the old seat and takes the new one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Literal
from uuid import UUID

import msgspec

from commands.cutoffs import past_cutoff
from commands.decision import Accepted, Context, Decision, Refusal, View
from commands.fields import Reason
from commands.holding import find_seat
from commands.refusals import (
    Forbidden,
    ReasonRequired,
    SlotWithdrawn,
    StageNotOpen,
    TooLateToReschedule,
    TooManyReschedules,
    UnknownBooking,
    UnknownCandidate,
    UnknownSlot,
    UnknownStage,
)
from commands.seating import commitment_rules, notice_rules, seat_rules, stage_rules
from commands.standing import closed, started, stranger
from events import tags
from events.booking import BOOKING, ActiveBooking, BookingRescheduled
from events.candidate import CANDIDATE, RegisteredCandidate
from events.entity import Absent
from events.recruiter import RECRUITER, RecruiterState
from events.slot import SLOT, CancelledSlot, ClosedSlot, OpenSlot
from events.stage import STAGE, DefinedStage, StageDefined


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
    ids = {"booking_id": command.booking_id}
    if isinstance(booking, Absent):
        return UnknownBooking(command.booking_id)
    if isinstance(to_slot, Absent):
        return UnknownSlot(command.to_slot_id)
    if refusal := stranger(booking, context, command.on_behalf_of):
        return refusal
    if not context.actor.may_act_for(to_slot.details.recruiter_id):
        return Forbidden("a slot of another recruiter")
    if not isinstance(booking, ActiveBooking):
        return closed(booking)
    if booking.slot.slot_id == command.to_slot_id:
        return Accepted((), ids)
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
    rules = chain(
        _leaving_rules(command, booking, stage, context),
        _arriving_rules(booking, to_slot, recruiter, candidate, stage.latest, context.now),
    )
    if refusal := next(rules, None):
        return refusal
    seat = find_seat(to_slot, booking.candidate_id, view, context.now)
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
        stage.latest.policy.approval,
        seat.hold_id,
    )
    return Accepted((*seat.before, rescheduled), ids)


def _is_late(booking: ActiveBooking, stage: DefinedStage, context: Context) -> bool:
    cutoff = stage.policy(booking.policy_version).reschedule_cutoff_minutes
    return past_cutoff(booking.slot.starts_at, cutoff, context.now)


def _leaving_rules(
    command: RescheduleBooking, booking: ActiveBooking, stage: DefinedStage, context: Context
) -> Iterator[Refusal]:
    """S3, B2 and C4 under the policy that the booking was made under; staff may bypass the cut-off with a reason."""
    policy = stage.policy(booking.policy_version)
    if refusal := started(booking.slot, context):
        yield refusal
    if _is_late(booking, stage, context):
        if not (context.actor.is_staff and command.override):
            yield TooLateToReschedule(booking.slot.starts_at, policy.reschedule_cutoff_minutes)
        elif command.reason is None:
            yield ReasonRequired("reason")
    if booking.reschedules >= policy.max_reschedules:
        yield TooManyReschedules(booking.reschedules, policy.max_reschedules)


def _arriving_rules(
    booking: ActiveBooking,
    to_slot: OpenSlot | ClosedSlot,
    recruiter: RecruiterState,
    candidate: RegisteredCandidate,
    stage: StageDefined,
    now: datetime,
) -> Iterator[Refusal]:
    if to_slot.details.stage_id != booking.slot.stage_id:
        yield StageNotOpen(booking.slot.stage_id, to_slot.details.stage_id)
    others = [held for held in candidate.active(now) if held[0] != booking.booking_id]
    yield from seat_rules(to_slot, candidate.candidate_id, recruiter, now)
    yield from commitment_rules(to_slot.details, others, stage.policy)
    yield from notice_rules(to_slot.details, stage.policy, now)
    yield from stage_rules(candidate, stage, now)
