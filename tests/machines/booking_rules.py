"""What has to become of commands about bookings and slots, said in terms of the naive model."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from tests.machines.model import (
    ALREADY,
    OUTCOMES,
    Booking,
    Candidate,
    Expected,
    Hold,
    Ids,
    Model,
    Slot,
    minutes,
    refused,
)


class Bypass(NamedTuple):
    """Who asks, whether to get past a cut-off, and whether they say why."""

    staff: bool
    override: bool
    reason: bool


def late_refusals(booking: Booking, cut_off: str, now: datetime, bypass: Bypass) -> set[str]:
    """B2: the cut-offs for `cancel` and `reschedule`, which only staff gets past, with a reason."""
    if booking.slot.starts - now >= minutes(booking.policy, f"{cut_off}_cutoff"):
        return set()
    if not (bypass.staff and bypass.override):
        return {f"too-late-to-{cut_off}"}
    return set() if bypass.reason else {"reason-required"}


def ended(booking: Booking) -> Expected:
    """A booking that is over is not changed by hand."""
    return refused("booking-cancelled" if booking.status == "cancelled" else "booking-closed")


def take(model: Model, booking: Booking, slot: Slot, now: datetime) -> None:
    """Sit down: what was held there is used up, and the waiting is over."""
    hold = model.own_hold(slot, booking.candidate, now)
    if hold:
        hold.used = booking
    booking.slot, booking.policy = slot, slot.stage.policy
    booking.status = "pending" if slot.stage.policy["approval"] == "required" else "standing"


def book(model: Model, slot: Slot, candidate: Candidate, now: datetime) -> Expected:
    """BookSlot, by somebody who may."""
    if any(each.candidate is candidate for each in model.seated(slot)):
        return ALREADY

    def apply(ids: Ids) -> None:
        booking = Booking(ids["booking_id"], candidate, slot, slot.stage.policy)
        take(model, booking, slot, now)
        model.bookings.append(booking)
        model.stop_waiting(candidate, [slot.stage])

    return Expected(model.new_seat_refusals(slot, candidate, now), apply=apply)


def cancel(booking: Booking, now: datetime, bypass: Bypass) -> Expected:
    """CancelBooking, by somebody who may."""
    if booking.status == "cancelled":
        return ALREADY
    if not booking.open:
        return ended(booking)

    def apply(_: Ids) -> None:
        booking.status = "cancelled"

    late = late_refusals(booking, "cancel", now, bypass)
    return Expected(late | ({"slot-started"} if booking.slot.starts <= now else set()), apply=apply)


def reschedule(model: Model, booking: Booking, slot: Slot, now: datetime, bypass: Bypass) -> Expected:
    """RescheduleBooking, by somebody who may."""
    if not booking.open:
        return ended(booking)
    if booking.slot is slot:
        return ALREADY
    candidate = booking.candidate
    refusals = late_refusals(booking, "reschedule", now, bypass)
    refusals |= model.seat_refusals(slot, candidate, now)
    refusals |= model.commitment_refusals(slot, candidate, now, but=booking)
    refusals |= model.notice_refusals(slot, now) | model.stage_refusals(slot, candidate, now)
    if booking.slot.starts <= now:
        refusals.add("slot-started")
    if booking.moves >= booking.policy["max_reschedules"]:
        refusals.add("too-many-reschedules")
    if booking.slot.stage is not slot.stage:
        # Which stage's rules are looked at beside that is open.
        refusals |= {"stage-not-open", "test-required"}

    def apply(_: Ids) -> None:
        take(model, booking, slot, now)
        booking.moves += 1
        booking.answer = None

    return Expected(refusals, apply=apply)


def approve(booking: Booking, now: datetime) -> Expected:
    """ApproveBooking, by somebody who may."""
    if not booking.open:
        return ended(booking)
    if booking.status == "standing":
        return ALREADY

    def apply(_: Ids) -> None:
        booking.status = "standing"

    return Expected({"slot-started"} if booking.slot.starts <= now else set(), apply=apply)


def decline(booking: Booking, now: datetime) -> Expected:
    """DeclineBooking, by somebody who may."""
    if booking.status == "declined":
        return ALREADY
    if not booking.open:
        return ended(booking)
    if booking.status == "standing":
        return refused("already-approved")

    def apply(_: Ids) -> None:
        booking.status = "declined"

    return Expected({"slot-started"} if booking.slot.starts <= now else set(), apply=apply)


def answer(booking: Booking, said: str, now: datetime) -> Expected:
    """AnswerAttendance, for whose booking it is."""
    if not booking.open:
        return ended(booking)
    if booking.answer == said:
        return ALREADY

    def apply(_: Ids) -> None:
        booking.answer = said

    return Expected({"slot-started"} if booking.slot.starts <= now else set(), apply=apply)


def record(booking: Booking, outcome: str, late: int, now: datetime) -> Expected:
    """RecordAttendance, by somebody who may."""
    if booking.status in OUTCOMES:
        return ALREADY if (booking.status, booking.late) == (outcome, late) else refused("outcome-recorded")
    if not booking.open:
        return ended(booking)
    return Expected({"interview-ahead"} if booking.slot.starts > now else set(), apply=_becomes(booking, outcome, late))


def correct(booking: Booking, outcome: str, late: int) -> Expected:
    """CorrectOutcome, by somebody who may."""
    if booking.open:
        return refused("no-outcome")
    if booking.status not in OUTCOMES:
        return ended(booking)
    if (booking.status, booking.late) == (outcome, late):
        return ALREADY
    return Expected(apply=_becomes(booking, outcome, late))


def hold(model: Model, slot: Slot, candidate: Candidate, now: datetime) -> Expected:
    """HoldSlot, for a candidate: what cannot be booked cannot be held, and nobody hoards."""
    if model.own_hold(slot, candidate, now):
        return Expected(nothing=True)
    refusals = model.new_seat_refusals(slot, candidate, now)
    if any(each.candidate is candidate for each in model.seated(slot)):
        refusals.add("already-booked")
    held = [each for each in model.holds if each.candidate is candidate and each.live(now) and not each.offered]
    if len(held) >= slot.stage.policy["max_holds"]:
        refusals.add("too-many-holds")

    def apply(ids: Ids) -> None:
        expires = min(now + slot.stage.minutes("hold"), slot.starts)
        model.holds.append(Hold(ids["hold_id"], candidate, slot, expires, offered=False))

    return Expected(refusals, apply=apply)


def capacity(model: Model, slot: Slot, seats: int, now: datetime) -> Expected:
    """ChangeSlotCapacity, by somebody who may: S2 and S3."""
    refusals = _change_refusals(slot, now)
    if slot.seats == seats:
        return Expected(refusals, nothing=True, either=True)
    if len(model.seated(slot)) + len(model.holding(slot, now)) > seats:
        refusals.add("capacity-below-booked")

    def apply(_: Ids) -> None:
        slot.seats = seats

    return Expected(refusals, apply=apply)


def close(slot: Slot, now: datetime, *, closed: bool) -> Expected:
    """CloseSlot and ReopenSlot, by somebody who may."""
    if slot.closed == closed:
        return Expected(_change_refusals(slot, now), nothing=True, either=True)

    def apply(_: Ids) -> None:
        slot.closed = closed

    return Expected(_change_refusals(slot, now), apply=apply)


def cancel_slot(model: Model, slot: Slot, now: datetime) -> Expected:
    """CancelSlot, by somebody who may: all its seats come free."""
    if slot.cancelled:
        return ALREADY

    def apply(_: Ids) -> None:
        slot.cancelled = True
        for booking in model.seated(slot):
            booking.status = "cancelled"
        for each in model.holds:
            if each.slot is slot and each.used is None:
                each.given_up = True

    return Expected(_change_refusals(slot, now), apply=apply)


def publish(model: Model, slot: Slot, now: datetime) -> Expected:
    """PublishSlot, by somebody who may: R1 and R2."""
    recruiter = slot.recruiter
    refusals = set()
    if slot.starts <= now:
        refusals.add("slot-started")
    if recruiter.gone:
        refusals.add("recruiter-inactive")
    if model.is_away(recruiter, slot.starts, slot.ends):
        refusals.add("recruiter-absent")
    gap = recruiter.min_gap
    others = [each for each in model.slots if each.recruiter is recruiter and not each.cancelled]
    if any(slot.starts < each.ends + gap and each.starts < slot.ends + gap for each in others):
        refusals.add("recruiter-busy")

    def apply(ids: Ids) -> None:
        slot.id = ids["slot_id"]
        model.slots.append(slot)

    return Expected(refusals, apply=apply)


def _change_refusals(slot: Slot, now: datetime) -> set[str]:
    return ({"slot-cancelled"} if slot.cancelled else set()) | ({"slot-started"} if slot.starts <= now else set())


def _becomes(booking: Booking, outcome: str, late: int) -> Callable[[Ids], None]:
    def apply(_: Ids) -> None:
        booking.status, booking.late = outcome, late

    return apply
