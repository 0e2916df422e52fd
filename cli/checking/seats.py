"""Seats: booked, held or offered, under every rule of taking one."""

from __future__ import annotations

from cli.checking import agendas, candidates, stored_seats
from cli.checking.breach import Broken, Rule
from cli.checking.slots import check_ahead, check_snapshot
from cli.checking.world import Booking, Candidate, Entry, Hold, Slot, StageVersion, World, check_owner


def held(world: World, entry: Entry, said: stored_seats.SlotHeld) -> None:
    """SlotHeld: what cannot be booked cannot be held, and not too many at once."""
    slot, candidate = world.slots[said.slot.slot_id], world.candidates[said.candidate_id]
    version = world.version(slot.stage_id, said.policy_version)
    now = entry.decided_at
    check_takeable(slot, candidate, version, entry)
    check_snapshot(slot, said.slot)
    live = sum(hold.expires_at > now and not hold.offered for hold in candidate.holds.values())
    if live >= version.max_holds:
        raise Broken(Rule.MAX_HOLDS, f"candidate {said.candidate_id} holds {live} seats, of {version.max_holds}")
    if not now < said.expires_at <= min(now + version.hold, slot.starts_at):
        raise Broken(Rule.HOLD_TIME, f"hold {said.hold_id} ends at {said.expires_at}")
    keep(world, Hold(said.hold_id, candidate, slot, said.expires_at, offered=False))


def hold_ended(world: World, entry: Entry, said: stored_seats.HoldEnded) -> None:
    """HoldReleased, HoldExpired."""
    hold = world.holds[said.hold_id]
    _check_named(hold, said.candidate_id, said.slot_id)
    if hold.offered:
        raise Broken(Rule.HOLD_END, f"hold {said.hold_id} is an offer")
    if entry.type == "HoldExpired" and not said.expired_at == hold.expires_at <= entry.decided_at:
        raise Broken(Rule.HOLD_END, f"hold {said.hold_id} ends at {hold.expires_at}, not yet or not then")
    if entry.type == "HoldReleased" and hold.expires_at <= entry.decided_at:
        raise Broken(Rule.HOLD_END, f"hold {said.hold_id} had expired at {hold.expires_at}")
    let_go(hold)


def check_takeable(slot: Slot, candidate: Candidate, version: StageVersion, entry: Entry) -> None:
    """S3, R2, B1, C1, C2, C3, C5, F1: every rule of a new seat but whether there is one."""
    check_open(slot, version, entry)
    check_candidate(slot, candidate, version, entry)


def check_open(slot: Slot, version: StageVersion, entry: Entry) -> None:
    """S3, R2, B1: a slot that takes people in."""
    check_owner(entry, slot.recruiter)
    if slot.status != "open":
        raise Broken(Rule.ON_OFFER, f"slot {slot.slot_id} is {slot.status}")
    check_ahead(slot, entry)
    agendas.check_present(slot)
    candidates.check_notice(slot, version, entry.decided_at)


def check_candidate(slot: Slot, candidate: Candidate, version: StageVersion, entry: Entry) -> None:
    """C1, C2, C3, C5, F1: a candidate who may have a new seat there."""
    now = entry.decided_at
    candidates.check_commitments(candidate, slot, version, now)
    candidates.check_cooldown(candidate, version, now)
    candidates.check_stage(candidate, slot, version, now)


def keep(world: World, hold: Hold) -> None:
    """S1: a hold takes a seat, one for each candidate."""
    world.holds.begin(hold.hold_id, hold)
    _check_no_hold(hold.slot, hold.candidate)
    hold.slot.holds[hold.hold_id] = hold
    hold.candidate.holds[hold.hold_id] = hold
    _check_seats(hold.slot)


def let_go(hold: Hold) -> None:
    """A hold ends: its seat is free, or becomes a booking."""
    if not hold.standing:
        raise Broken(Rule.HOLD_END, f"hold {hold.hold_id} is over")
    hold.standing = False
    del hold.slot.holds[hold.hold_id], hold.candidate.holds[hold.hold_id]


def sit(world: World, booking: Booking, slot: Slot, hold_id: str | None, entry: Entry) -> None:
    """S1: a booking takes a seat; the candidate's own hold on the slot is used up."""
    if hold_id is None:
        _check_no_hold(slot, booking.candidate)
    else:
        _use(world.holds[hold_id], booking.candidate, slot, entry)
    booking.slot = slot
    slot.bookings[booking.booking_id] = booking
    booking.candidate.bookings[booking.booking_id] = booking
    _check_seats(slot)


def stand_up(booking: Booking, slot_id: str) -> None:
    """A booking gives its seat back."""
    if booking.slot.slot_id != slot_id or booking.booking_id not in booking.slot.bookings:
        raise Broken(Rule.FREED, f"booking {booking.booking_id} in {slot_id}")
    del booking.slot.bookings[booking.booking_id], booking.candidate.bookings[booking.booking_id]


def _use(hold: Hold, candidate: Candidate, slot: Slot, entry: Entry) -> None:
    if hold.candidate is not candidate or hold.slot is not slot:
        raise Broken(Rule.HOLD_USE, f"hold {hold.hold_id} is another candidate's, or on another slot")
    if hold.expires_at <= entry.decided_at:
        raise Broken(Rule.HOLD_USE, f"hold {hold.hold_id} had expired")
    let_go(hold)


def _check_no_hold(slot: Slot, candidate: Candidate) -> None:
    for hold in slot.holds.values():
        if hold.candidate is candidate:
            raise Broken(Rule.HOLD_USE, f"hold {hold.hold_id} stands beside another seat of the same candidate")


def _check_named(hold: Hold, candidate_id: str, slot_id: str) -> None:
    if hold.candidate.candidate_id != candidate_id or hold.slot.slot_id != slot_id:
        raise Broken(Rule.SNAPSHOT, f"hold {hold.hold_id} is another candidate's, or on another slot")


def _check_seats(slot: Slot) -> None:
    taken = len(slot.bookings) + len(slot.holds)
    if taken > slot.capacity:
        what = f"{len(slot.bookings)} bookings and {len(slot.holds)} holds"
        raise Broken(Rule.SEATS, f"slot {slot.slot_id} has {slot.capacity} seats, {what}")
