"""Cancel a booking."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal
from uuid import UUID

import msgspec

from commands.cutoffs import past_cutoff
from commands.decision import Accepted, Context, Decision, View
from commands.fields import Reason
from commands.refusals import (
    ReasonRequired,
    TooLateToCancel,
    UnknownBooking,
    UnknownStage,
)
from commands.standing import closed, started, stranger
from events import tags
from events.booking import BOOKING, ActiveBooking, BookingCancelled, CancelledBooking
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
    (booking,) = view.of(BOOKING.at(tags.booking(command.booking_id)))
    ids = {"booking_id": command.booking_id}
    if isinstance(booking, Absent):
        return UnknownBooking(command.booking_id)
    if refusal := stranger(booking, context, command.on_behalf_of):
        return refusal
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
    if refusal := started(booking, context):
        return refusal
    cutoff = stage.policy(booking.policy_version).cancel_cutoff_minutes
    late = past_cutoff(booking.slot.starts_at, cutoff, context.now)
    if late and not (context.actor.is_staff and command.override):
        return TooLateToCancel(booking.slot.starts_at, cutoff)
    if late and command.reason is None:
        return ReasonRequired("reason")
    return Accepted((_cancelled(booking, command, context, override=late),), ids)


def _cancelled(booking: ActiveBooking, command: CancelBooking, context: Context, *, override: bool) -> BookingCancelled:
    return BookingCancelled(
        booking.booking_id,
        booking.candidate_id,
        booking.slot.slot_id,
        context.actor.by,
        "by-candidate" if context.actor.by == "candidate" else "by-staff",
        command.reason,
        int((booking.slot.starts_at - context.now) / timedelta(seconds=1)),
        override,
    )
