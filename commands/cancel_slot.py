"""Cancel a slot, and with it every booking and every hold on it, in one append."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.fields import Reason
from commands.holding import expired, read_holds, withdrawn
from commands.refusals import Forbidden, SlotStarted, UnknownSlot
from events import tags
from events.booking import BOOKING, BookingCancelled
from events.candidate import CANDIDATE
from events.codec import Event
from events.entity import Absent
from events.slot import AGENDA, SLOT, CancelledSlot, ClosedSlot, OpenSlot, SlotCancelled


class CancelSlot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `cancel-slot`."""

    slot_id: UUID
    reason: Reason


def decide(command: CancelSlot, view: View, context: Context) -> Decision:
    """S3: not once it has started. Cancelling twice is accepted, with nothing to do."""
    (slot,) = view.of(SLOT.at(tags.slot(command.slot_id)))
    ids = {"slot_id": command.slot_id}
    if isinstance(slot, Absent):
        return UnknownSlot(command.slot_id)
    if not context.actor.may_act_for(slot.details.recruiter_id):
        return Forbidden("a slot of another recruiter")
    if isinstance(slot, CancelledSlot):
        return Accepted((), ids)
    if slot.details.starts_at <= context.now:
        return SlotStarted(slot.details.starts_at)
    _read_what_is_written(slot, view)
    details = slot.details
    cancelled = SlotCancelled(details.slot_id, details.recruiter_id, details.starts_at, details.ends_at, command.reason)
    ended = [*_bookings_cancelled(slot, command, context), *_holds_ended(slot, context)]
    return Accepted((*ended, cancelled), ids)


def _read_what_is_written(slot: OpenSlot | ClosedSlot, view: View) -> None:
    """The cascade changes each booking, each hold, each candidate and the recruiter's day; so it depends on them."""
    details = slot.details
    view.all([BOOKING.at(tags.booking(booking_id)) for booking_id in slot.bookings.values()])
    view.all([CANDIDATE.at(tags.candidate(candidate_id)) for candidate_id in slot.bookings])
    read_holds(view, details, slot.holds.values())
    view.all([AGENDA.at(tag) for tag in tags.agenda(details.recruiter_id, details.starts_at, details.ends_at)])


def _bookings_cancelled(slot: OpenSlot | ClosedSlot, command: CancelSlot, context: Context) -> list[BookingCancelled]:
    notice = int((slot.details.starts_at - context.now) / timedelta(seconds=1))
    return [
        BookingCancelled(
            booking_id,
            candidate_id,
            command.slot_id,
            context.actor.by,
            "slot-cancelled",
            command.reason,
            notice,
            override=False,
        )
        for candidate_id, booking_id in slot.bookings.items()
    ]


def _holds_ended(slot: OpenSlot | ClosedSlot, context: Context) -> list[Event]:
    return [
        withdrawn(hold, slot.details, "slot-cancelled")
        if hold.expires_at > context.now
        else expired(hold, slot.details)
        for hold in slot.holds.values()
    ]
