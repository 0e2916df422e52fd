"""Bookings: from the seat that is taken to what became of the interview."""

from __future__ import annotations

from datetime import datetime, timedelta

from cli.checking import candidates, stored_seats
from cli.checking.breach import Broken, Rule
from cli.checking.seats import check_open, check_takeable, sit, stand_up
from cli.checking.slots import check_ahead, check_snapshot
from cli.checking.world import Booking, Entry, Slot, StageVersion, World, check_owner

STANDING = frozenset({"pending", "standing"})
_PENDING = {"auto": "standing", "required": "pending"}
_MISSED = {"candidate": "candidate-missed", "recruiter": "recruiter-missed"}
_OUTCOMES = frozenset({"attended", *_MISSED.values()})
_BY_HAND = frozenset({"by-candidate", "by-staff"})
_CASCADES = frozenset({"slot-cancelled", "stage-left", "candidate-left"})
_SECOND = timedelta(seconds=1)


def booked(world: World, entry: Entry, said: stored_seats.SlotBooked) -> None:
    """SlotBooked: every rule of taking a seat."""
    slot, candidate = world.slots[said.slot.slot_id], world.candidates[said.candidate_id]
    version = world.version(slot.stage_id, said.policy_version)
    booking = Booking(said.booking_id, candidate, slot, version, 0, _PENDING[said.approval])
    world.bookings.begin(said.booking_id, booking)
    check_takeable(slot, candidate, version, entry)
    check_snapshot(slot, said.slot)
    _check_approval(said.booking_id, said.approval, version)
    sit(world, booking, slot, said.hold_id, entry)
    where = (slot.city_id, slot.stage_id)
    if where in candidate.waits:
        world.later.append((entry, lambda: _check_waits_no_more(booking, where)))


def rescheduled(world: World, entry: Entry, said: stored_seats.BookingRescheduled) -> None:
    """BookingRescheduled: B2 and C4 under the policy of before, every other rule but C5 under the one of now."""
    booking = _active(world, entry, said.booking_id, said.candidate_id)
    slot, old, before, now = world.slots[said.to_slot.slot_id], booking.slot, booking.policy, entry.decided_at
    version = world.version(slot.stage_id, said.policy_version)
    check_ahead(old, entry)
    stand_up(booking, said.from_slot)
    _check_cut_off(old, before.reschedule_cutoff, now, said)
    if said.count != booking.reschedules + 1 or said.count > before.max_reschedules:
        detail = f"booking {said.booking_id} moves a {said.count}. time, of {before.max_reschedules}"
        raise Broken(Rule.MAX_RESCHEDULES, detail)
    check_open(slot, version, entry)
    candidates.check_commitments(booking.candidate, slot, version, now)
    candidates.check_stage(booking.candidate, slot, version, now)
    check_snapshot(slot, said.to_slot)
    if said.approval is not None:
        _check_approval(said.booking_id, said.approval, version)
    booking.policy, booking.reschedules, booking.status = version, said.count, _PENDING[said.approval or "auto"]
    sit(world, booking, slot, said.hold_id, entry)


def cancelled(world: World, entry: Entry, said: stored_seats.BookingCancelled) -> None:
    """BookingCancelled: by hand within the cut-off or with a reason, or because slot or candidate went away."""
    booking = _of_candidate(world, said.booking_id, said.candidate_id)
    slot = booking.slot
    if said.reason_code not in _CASCADES:
        check_owner(entry, slot.recruiter)
    if booking.status not in STANDING:
        raise Broken(Rule.CLOSED, f"booking {said.booking_id} is {booking.status}")
    check_ahead(slot, entry)
    if said.notice_seconds != (slot.starts_at - entry.decided_at) // _SECOND:
        raise Broken(Rule.TIME, f"booking {said.booking_id} ends {slot.starts_at - entry.decided_at} ahead")
    if said.reason_code in _BY_HAND:
        _check_cut_off(slot, booking.policy.cancel_cutoff, entry.decided_at, said)
        if (said.reason_code == "by-candidate") != (said.by == "candidate"):
            raise Broken(Rule.CUT_OFF, f"booking {said.booking_id} ends {said.reason_code}, by {said.by}")
    elif said.override or said.reason_code not in _CASCADES:
        raise Broken(Rule.CUT_OFF, f"booking {said.booking_id} ends for {said.reason_code}")
    stand_up(booking, said.slot_id)
    booking.status = "cancelled"


def approved(world: World, entry: Entry, said: stored_seats.BookingNamed) -> None:
    """BookingApproved."""
    booking = _active(world, entry, said.booking_id, said.candidate_id)
    _check_pending(booking, entry)
    booking.status = "standing"


def declined(world: World, entry: Entry, said: stored_seats.BookingDeclined) -> None:
    """BookingDeclined: its seat is free."""
    booking = _active(world, entry, said.booking_id, said.candidate_id)
    _check_pending(booking, entry)
    stand_up(booking, said.slot_id)
    booking.status = "declined"


def answered(world: World, entry: Entry, said: stored_seats.BookingNamed) -> None:
    """AttendanceAnswered: before it starts."""
    check_ahead(_active(world, entry, said.booking_id, said.candidate_id).slot, entry)


def attended(world: World, entry: Entry, said: stored_seats.BookingNamed) -> None:
    """BookingAttended."""
    _close(world, entry, said.booking_id, said.candidate_id, "attended")


def missed(world: World, entry: Entry, said: stored_seats.BookingMissed) -> None:
    """BookingMissed."""
    _close(world, entry, said.booking_id, said.candidate_id, _MISSED[said.party])


def corrected(world: World, entry: Entry, said: stored_seats.OutcomeCorrected) -> None:
    """OutcomeCorrected: the one way in which a closed booking changes."""
    booking = _of_candidate(world, said.booking_id, said.candidate_id)
    check_owner(entry, booking.slot.recruiter)
    if booking.status not in _OUTCOMES or booking.status != said.from_ or said.to not in _OUTCOMES:
        detail = f"booking {said.booking_id} is {booking.status}, corrected from {said.from_} to {said.to}"
        raise Broken(Rule.CORRECTION, detail)
    _conclude(booking, said.to)


def reanchored(world: World, entry: Entry, said: stored_seats.BookingReanchored) -> None:
    """BookingReanchored: the booking goes where its slot went; C1 holds once the command is complete."""
    booking = _of_candidate(world, said.booking_id, said.candidate_id)
    left_behind = world.moving.get(said.slot.slot_id, set())
    if said.booking_id not in left_behind:
        raise Broken(Rule.MOVED, f"booking {said.booking_id} moves without its slot")
    left_behind.remove(said.booking_id)
    check_snapshot(booking.slot, said.slot)
    world.later.append((entry, lambda: candidates.check_apart(booking.candidate, entry.decided_at)))


def _of_candidate(world: World, booking_id: str, candidate_id: str) -> Booking:
    booking = world.bookings[booking_id]
    if booking.candidate.candidate_id != candidate_id:
        raise Broken(Rule.SNAPSHOT, f"booking {booking_id} is another candidate's")
    return booking


def _active(world: World, entry: Entry, booking_id: str, candidate_id: str) -> Booking:
    booking = _of_candidate(world, booking_id, candidate_id)
    check_owner(entry, booking.slot.recruiter)
    if booking.status not in STANDING:
        raise Broken(Rule.CLOSED, f"booking {booking_id} is {booking.status}")
    return booking


def _check_approval(booking_id: str, approval: str, version: StageVersion) -> None:
    if approval != version.approval:
        raise Broken(Rule.APPROVAL, f"booking {booking_id} has approval {approval}, the stage {version.approval}")


def _check_pending(booking: Booking, entry: Entry) -> None:
    if booking.status != "pending":
        raise Broken(Rule.APPROVAL, f"booking {booking.booking_id} is {booking.status}")
    check_ahead(booking.slot, entry)


def _check_cut_off(
    slot: Slot, cut_off: timedelta, now: datetime, said: stored_seats.BookingCancelled | stored_seats.BookingRescheduled
) -> None:
    """B2: only staff gets past it, with a reason, and only then it says so."""
    late = slot.starts_at - now < cut_off
    if late != said.override or (late and (said.by == "candidate" or not said.reason)):
        raise Broken(Rule.CUT_OFF, f"booking {said.booking_id} changes {slot.starts_at - now} ahead by {said.by}")


def _check_waits_no_more(booking: Booking, where: tuple[str, str]) -> None:
    if where in booking.candidate.waits:
        raise Broken(Rule.WAITING, f"candidate {booking.candidate.candidate_id} has a seat and waits on")


def _close(world: World, entry: Entry, booking_id: str, candidate_id: str, outcome: str) -> None:
    booking = _active(world, entry, booking_id, candidate_id)
    if booking.slot.starts_at > entry.decided_at:
        raise Broken(Rule.OUTCOME, f"booking {booking_id} starts at {booking.slot.starts_at}")
    _conclude(booking, outcome)


def _conclude(booking: Booking, outcome: str) -> None:
    booking.status = outcome
    if outcome == "candidate-missed":
        booking.candidate.missed[booking.booking_id] = booking.slot.starts_at
    else:
        booking.candidate.missed.pop(booking.booking_id, None)
