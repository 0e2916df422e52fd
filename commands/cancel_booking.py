"""Cancel a booking."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import msgspec

from commands.cutoffs import past_cutoff
from commands.decision import Accepted, Context, Decision, Refusal, View
from commands.fields import Reason
from commands.refusals import (
    ReasonRequired,
    TooLateToCancel,
    UnknownStage,
)
from commands.standing import cancelled, closed, own_booking, started
from events import tags
from events.booking import ActiveBooking, CancellationCode, CancelledBooking
from events.candidate import CANDIDATE
from events.entity import Absent
from events.slot import SLOT
from events.stage import STAGE


class CancelBooking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `cancel-booking`.

    Staff may set `override` past the cut-off, with a reason; a bot may say for whom it acts.
    """

    booking_id: UUID
    reason: Reason | None = None
    override: Literal[True] | None = None
    on_behalf_of: UUID | None = None


def decide(command: CancelBooking, view: View, context: Context) -> Decision:
    """B2: not past the cut-off of the policy it was booked under. Cancelling twice is accepted, with nothing to do."""
    booking = own_booking(command.booking_id, view, context, command.on_behalf_of)
    ids = {"booking_id": command.booking_id}
    if isinstance(booking, Refusal):
        return booking
    if isinstance(booking, CancelledBooking):
        return Accepted((), ids)
    if not isinstance(booking, ActiveBooking):
        return closed(booking)
    stage, _, _ = view.of(
        STAGE.at(tags.stage(booking.slot.stage_id)),
        SLOT.at(tags.slot(booking.slot.slot_id)),
        CANDIDATE.at(tags.candidate(booking.candidate_id)),
    )
    if isinstance(stage, Absent):
        return UnknownStage(booking.slot.stage_id)
    if refusal := started(booking.slot, context):
        return refusal
    cutoff = stage.policy(booking.policy_version).cancel_cutoff_minutes
    late = past_cutoff(booking.slot.starts_at, cutoff, context.now)
    if late and not (context.actor.is_staff and command.override):
        return TooLateToCancel(booking.slot.starts_at, cutoff)
    if late and command.reason is None:
        return ReasonRequired("reason")
    code: CancellationCode = "by-candidate" if context.actor.by == "candidate" else "by-staff"
    ended = cancelled(
        booking.booking_id, booking.candidate_id, booking.slot, code, command.reason, context, override=late
    )
    return Accepted((ended,), ids)
