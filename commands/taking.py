"""Taking a seat for good: what `book-slot` and `accept-offer` decide alike."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from commands.decision import Accepted, Context, Decision, View
from commands.holding import Seat, find_seat, turned_down
from commands.refusals import (
    AlreadyExists,
    Erased,
    Forbidden,
    SlotWithdrawn,
    UnknownCandidate,
    UnknownSlot,
    UnknownStage,
)
from commands.seating import broken_rules
from events import tags
from events.booking import BOOKING, SlotBooked, SlotSnapshot
from events.candidate import CANDIDATE, RegisteredCandidate
from events.codec import Event
from events.entity import Absent
from events.recruiter import RECRUITER
from events.slot import SLOT, CancelledSlot
from events.stage import STAGE
from events.waitlist import WAITLIST, WaitlistLeft


def take_seat(slot_id: UUID, candidate_id: UUID, given_id: UUID | None, view: View, context: Context) -> Decision:
    """S1, S3, R1, R2, C1, C2, C3, C5, B1, F1. Booking the seat one already has is accepted, with nothing to do."""
    slot, candidate = view.of(SLOT.at(tags.slot(slot_id)), CANDIDATE.at(tags.candidate(candidate_id)))
    if isinstance(slot, Absent):
        return UnknownSlot(slot_id)
    if isinstance(candidate, Absent):
        return UnknownCandidate(candidate_id)
    if candidate.status == "erased":
        return Erased(candidate_id)
    if not context.actor.may_act_for(slot.details.recruiter_id):
        return Forbidden("a slot of another recruiter")
    if isinstance(slot, CancelledSlot):
        return SlotWithdrawn(slot_id)
    if candidate_id in slot.bookings:
        return Accepted((), {"booking_id": slot.bookings[candidate_id]})
    booking_id = given_id or context.new_id("booking")
    if not isinstance(view.new(BOOKING.at(tags.booking(booking_id))), Absent):
        return AlreadyExists(str(booking_id))
    stage, recruiter = view.of(
        STAGE.at(tags.stage(slot.details.stage_id)), RECRUITER.at(tags.recruiter(slot.details.recruiter_id))
    )
    if isinstance(stage, Absent):
        return UnknownStage(slot.details.stage_id)
    if refusal := next(broken_rules(slot, recruiter, candidate, stage.latest, context.now), None):
        return refusal
    seat = find_seat(slot, candidate_id, view, context.now)
    booked = SlotBooked(
        booking_id,
        candidate_id,
        slot.details,
        stage.latest.version,
        stage.latest.policy.approval,
        context.actor.by,
        seat.hold_id,
    )
    after = _waiting_over(candidate, slot.details, seat, view, context.now)
    return Accepted((*seat.before, booked, *after), {"booking_id": booking_id})


def _waiting_over(
    candidate: RegisteredCandidate, slot: SlotSnapshot, seat: Seat, view: View, now: datetime
) -> tuple[Event, ...]:
    """Who has a seat waits no longer, and gives back another that was offered; an accepted offer says so itself."""
    if seat.offered or (slot.city_id, slot.stage_id) not in candidate.waits:
        return ()
    (waitlist,) = view.of(WAITLIST.at(tags.waitlist(slot.city_id, slot.stage_id)))
    offer = waitlist.waiting[candidate.candidate_id].offer
    answered = () if offer is None or offer in seat.ended else turned_down(offer, view, now)
    return (*answered, WaitlistLeft(candidate.candidate_id, slot.city_id, slot.stage_id, "booked"))
