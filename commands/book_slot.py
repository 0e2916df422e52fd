"""Book a slot: a candidate takes a seat."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Context, Decision, Refusal, View
from commands.refusals import Forbidden, UnknownHold
from commands.taking import take_seat
from events import tags
from events.entity import Absent
from events.hold import HOLD


class BookSlot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `book-slot`.

    A live hold of the candidate's own on the slot is used up, named or not. One that has expired is no obstacle: the
    seat is booked if it is still free.
    """

    slot_id: UUID
    candidate_id: UUID
    booking_id: UUID | None = None
    hold_id: UUID | None = None


def decide(command: BookSlot, view: View, context: Context) -> Decision:
    """S1, S3, R1, R2, C1, C2, C3, C5, B1, F1. Booking the seat one already has is accepted, with nothing to do."""
    if command.hold_id is not None and (refusal := _hold_refusal(command.hold_id, command, view)):
        return refusal
    return take_seat(command.slot_id, command.candidate_id, command.booking_id, view, context)


def _hold_refusal(hold_id: UUID, command: BookSlot, view: View) -> Refusal | None:
    (hold,) = view.of(HOLD.at(tags.hold(hold_id)))
    if isinstance(hold, Absent):
        return UnknownHold(hold_id)
    if hold.candidate_id != command.candidate_id or hold.slot.slot_id != command.slot_id:
        return Forbidden("a hold of another candidate, or on another slot")
    return None
