"""Waitlists: who wants a seat, and that seats are offered in order."""

from __future__ import annotations

from cli.checking import stored_seats
from cli.checking.breach import Broken, Rule
from cli.checking.seats import check_candidate, check_open, keep, let_go
from cli.checking.slots import check_snapshot
from cli.checking.world import Candidate, Entry, Hold, Slot, StageVersion, Waiting, World


def joined(world: World, entry: Entry, said: stored_seats.WaitlistJoined) -> None:
    """WaitlistJoined: in one's own stage, without a seat in it; joining again keeps one's age."""
    candidate = world.candidates[said.candidate_id]
    where = (said.city_id, said.stage_id)
    if candidate.status != "active" or candidate.stage_id != said.stage_id:
        raise Broken(Rule.OWN_STAGE, f"candidate {said.candidate_id} waits in {said.stage_id}")
    for booking in candidate.bookings.values():
        if booking.slot.stage_id == said.stage_id and booking.slot.ends_at > entry.decided_at:
            raise Broken(Rule.WAITING, f"candidate {said.candidate_id} waits beside booking {booking.booking_id}")
    known = world.waitlists[where].get(said.candidate_id)
    if said.joined_at != (known.joined_at if known else entry.decided_at):
        raise Broken(Rule.WAITING, f"candidate {said.candidate_id} is said to wait since {said.joined_at}")
    if known is None:
        waiting = Waiting(candidate, said.from_, said.to, said.priority, said.joined_at, None, set())
        world.waitlists[where][said.candidate_id] = waiting
        candidate.waits.add(where)
    else:
        known.from_, known.to, known.priority = said.from_, said.to, said.priority


def left(world: World, _: Entry, said: stored_seats.WaitlistLeft) -> None:
    """WaitlistLeft: with no offer open."""
    waiting = _waiting(world, said.city_id, said.stage_id, said.candidate_id)
    if waiting.offer is not None:
        raise Broken(Rule.WAITING, f"candidate {said.candidate_id} leaves with offer {waiting.offer.hold_id} open")
    _leave(world, said.city_id, said.stage_id, waiting)


def offered(world: World, entry: Entry, said: stored_seats.SeatOffered) -> None:
    """SeatOffered: to the first who wants the seat and may have it; whoever is passed over is named."""
    slot = world.slots[said.slot.slot_id]
    version = world.version(slot.stage_id, said.policy_version)
    now = entry.decided_at
    waiting = _waiting(world, slot.city_id, slot.stage_id, said.candidate_id)
    check_open(slot, version, entry)
    check_snapshot(slot, said.slot)
    if not _wants(waiting, slot):
        raise Broken(Rule.WAITING, f"candidate {said.candidate_id} does not want slot {slot.slot_id}, or has an offer")
    check_candidate(slot, waiting.candidate, version, entry)
    _check_order(world, slot, version, entry, said)
    if not now < said.expires_at <= min(now + version.offer, slot.starts_at - version.min_notice):
        raise Broken(Rule.HOLD_TIME, f"offer {said.hold_id} ends at {said.expires_at}")
    hold = Hold(said.hold_id, waiting.candidate, slot, said.expires_at, offered=True)
    keep(world, hold)
    waiting.offer = hold


def accepted(world: World, entry: Entry, said: stored_seats.OfferEnded) -> None:
    """OfferAccepted: the seat is booked once the command is complete, and the waiting is over."""
    hold, waiting = _open_offer(world, said)
    if hold.expires_at <= entry.decided_at:
        raise Broken(Rule.HOLD_USE, f"offer {said.hold_id} had expired")
    waiting.offer = None
    _leave(world, said.city_id, said.stage_id, waiting)

    def is_booked() -> None:
        seats = hold.candidate.bookings.values()
        if hold.standing or not any(booking.slot is hold.slot for booking in seats):
            raise Broken(Rule.ACCEPTED, f"offer {said.hold_id} was accepted, and nothing booked")

    world.later.append((entry, is_booked))


def declined(world: World, entry: Entry, said: stored_seats.OfferEnded) -> None:
    """OfferDeclined: in time, and the waiting goes on."""
    hold, waiting = _open_offer(world, said)
    if hold.expires_at <= entry.decided_at:
        raise Broken(Rule.HOLD_END, f"offer {said.hold_id} had expired")
    _end(hold, waiting)


def expired(world: World, entry: Entry, said: stored_seats.OfferEnded) -> None:
    """OfferExpired: at its time, or because slot or candidate went away."""
    hold, waiting = _open_offer(world, said)
    if said.reason == "timed-out" and hold.expires_at > entry.decided_at:
        raise Broken(Rule.HOLD_END, f"offer {said.hold_id} lasts until {hold.expires_at}")
    _end(hold, waiting)


def _waiting(world: World, city_id: str, stage_id: str, candidate_id: str) -> Waiting:
    waiting = world.waitlists[city_id, stage_id].get(candidate_id)
    if waiting is None:
        raise Broken(Rule.WAITING, f"candidate {candidate_id} does not wait in {city_id} for {stage_id}")
    return waiting


def _leave(world: World, city_id: str, stage_id: str, waiting: Waiting) -> None:
    del world.waitlists[city_id, stage_id][waiting.candidate.candidate_id]
    waiting.candidate.waits.discard((city_id, stage_id))


def _open_offer(world: World, said: stored_seats.OfferEnded) -> tuple[Hold, Waiting]:
    hold = world.holds[said.hold_id]
    waiting = _waiting(world, said.city_id, said.stage_id, said.candidate_id)
    if waiting.offer is not hold or hold.slot.slot_id != said.slot_id:
        raise Broken(Rule.HOLD_END, f"offer {said.hold_id} is not open, or of another slot")
    return hold, waiting


def _end(hold: Hold, waiting: Waiting) -> None:
    let_go(hold)
    waiting.offer = None
    waiting.passed.add(hold.slot.slot_id)


def _wants(waiting: Waiting, slot: Slot) -> bool:
    return (
        waiting.offer is None
        and slot.slot_id not in waiting.passed
        and (waiting.from_ is None or waiting.from_ <= slot.starts_at)
        and (waiting.to is None or slot.starts_at < waiting.to)
    )


def _check_order(world: World, slot: Slot, version: StageVersion, entry: Entry, said: stored_seats.SeatOffered) -> None:
    """By priority, then by age, then as they joined; those ahead are all named, and each for a reason."""
    waiting = world.waitlists[slot.city_id, slot.stage_id].values()
    order = sorted(waiting, key=lambda each: (-each.priority, each.joined_at))
    names = [each.candidate.candidate_id for each in order]
    ahead = order[: names.index(said.candidate_id)]
    if [each.candidate_id for each in said.skipped] != names[: len(ahead)] or said.rank != len(ahead) + 1:
        raise Broken(Rule.ORDER, f"offer {said.hold_id} goes to rank {said.rank}, {len(ahead)} are ahead")
    for each in ahead:
        if _wants(each, slot) and _may_sit(slot, each.candidate, version, entry):
            raise Broken(Rule.ORDER, f"offer {said.hold_id} passes over {each.candidate.candidate_id} for no reason")


def _may_sit(slot: Slot, candidate: Candidate, version: StageVersion, entry: Entry) -> bool:
    now = entry.decided_at
    if any(hold.candidate is candidate and hold.expires_at > now for hold in slot.holds.values()):
        return False
    try:
        check_candidate(slot, candidate, version, entry)
    except Broken:
        return False
    return True
