"""What has to become of commands about holds, waitlists, offers and stages, said in terms of the naive model."""

from datetime import datetime

from tests.machines.booking_rules import take
from tests.machines.model import (
    ALREADY,
    Booking,
    Candidate,
    Expected,
    Hold,
    Ids,
    Model,
    Recruiter,
    Slot,
    Stage,
    Wait,
    refused,
)


def release(hold: Hold, now: datetime) -> Expected:
    """ReleaseHold, for whose hold it is. That its time is over may be written down already, or not yet."""
    if hold.offered:
        return refused("unknown-hold")

    def apply(_: Ids) -> None:
        hold.given_up = True

    if hold.used or hold.given_up:
        return ALREADY
    return Expected(apply=apply) if hold.live(now) else Expected(nothing=True, either=True, apply=apply)


def expire(hold: Hold, now: datetime) -> Expected:
    """ExpireHold: not before its time. That nobody wrote it down yet cannot be seen from here."""
    return refused("hold-live") if hold.live(now) else Expected(nothing=True, either=True)


def join(model: Model, wait: Wait, now: datetime) -> Expected:
    """JoinWaitlist: in one's stage, without a seat in it. Joining again keeps one's age."""
    candidate = wait.candidate
    refusals = set() if candidate.active else {"candidate-closed"}
    if candidate.stage is not wait.stage:
        refusals.add("stage-not-open")
    if any(each.slot.stage is wait.stage for each in model.active(candidate, now)):
        refusals.add("already-booked")
    if wait.until is not None and wait.until <= now:
        refusals.add("window-over")
    if wait.since is not None and wait.until is not None and wait.until <= wait.since:
        refusals.add("window-reversed")
    known = waiting(model, candidate, wait.stage)
    if known is None:
        return Expected(refusals, apply=lambda _: model.waits.append(wait))
    if (known.since, known.until, known.priority) == (wait.since, wait.until, wait.priority):
        return Expected(refusals, nothing=True)

    def apply(_: Ids) -> None:
        known.since, known.until, known.priority = wait.since, wait.until, wait.priority

    return Expected(refusals, apply=apply)


def leave_list(model: Model, candidate: Candidate, stage: Stage) -> Expected:
    """LeaveWaitlist: an offer goes with it."""
    if waiting(model, candidate, stage) is None:
        return ALREADY
    return Expected(apply=lambda _: model.stop_waiting(candidate, [stage]))


def offer(model: Model, slot: Slot, now: datetime) -> Expected:
    """OfferSeat, by somebody who may: to the first who wants the seat and may have it."""
    refusals = model.seat_refusals(slot, None, now) | model.notice_refusals(slot, now)
    last_call = slot.starts - slot.stage.minutes("min_notice")
    if last_call <= now:
        refusals.add("too-soon")
    if refusals:
        return Expected(refusals)
    takers, sure = _takers(model, slot, now)

    def apply(ids: Ids) -> None:
        taker = next(each for each in takers if each.candidate.id == ids["candidate_id"])
        expires = min(now + slot.stage.minutes("offer"), last_call)
        made = Hold(ids["offer_id"], taker.candidate, slot, expires, offered=True)
        model.holds.append(made)
        taker.offers.append(made)

    return Expected(set() if sure else {"nobody-waiting"}, either=bool(takers), apply=apply)


def accept(model: Model, made: Hold, now: datetime) -> Expected:
    """AcceptOffer, for whose offer it is: in time, and under every rule of booking."""
    if not made.offered:
        return refused("unknown-offer")
    if made.used:
        return ALREADY
    if not made.live(now):
        return refused("offer-ended", "offer-expired")
    slot, candidate = made.slot, made.candidate

    def apply(ids: Ids) -> None:
        booking = Booking(ids["booking_id"], candidate, slot, slot.stage.policy)
        take(model, booking, slot, now)
        model.bookings.append(booking)
        model.stop_waiting(candidate, [slot.stage])

    return Expected(model.new_seat_refusals(slot, candidate, now), apply=apply)


def decline_offer(made: Hold, now: datetime) -> Expected:
    """DeclineOffer, for whose offer it is: what was accepted cannot be declined."""
    if not made.offered:
        return refused("unknown-offer")
    if made.used:
        return refused("offer-ended")
    if made.given_up:
        return ALREADY

    def apply(_: Ids) -> None:
        made.given_up = True

    # Past its time it may be written down already, or not yet.
    return Expected(apply=apply) if made.live(now) else Expected(nothing=True, either=True, apply=apply)


def advance(model: Model, candidate: Candidate, stage: Stage, now: datetime) -> Expected:
    """AdvanceCandidate: nothing of the old stage stays."""
    if not candidate.active:
        return refused("candidate-closed")
    if candidate.stage is stage:
        return ALREADY

    def apply(_: Ids) -> None:
        model.leave(candidate, [candidate.stage], now)
        candidate.stage = stage

    return Expected(apply=apply)


def end(model: Model, candidate: Candidate, status: str, now: datetime) -> Expected:
    """RejectCandidate, WithdrawCandidate, HireCandidate: nothing stays."""
    if not candidate.active:
        return ALREADY if candidate.status == status else refused("candidate-closed")

    def apply(_: Ids) -> None:
        model.leave(candidate, model.stages, now)
        candidate.active, candidate.status = False, status

    return Expected(apply=apply)


def away(recruiter: Recruiter, begin: datetime, end: datetime, now: datetime) -> Expected:
    """RecordAbsence, by somebody who may."""
    if (begin, end) in recruiter.away:
        return ALREADY
    refusals = ({"window-reversed"} if end <= begin else set()) | ({"window-over"} if end <= now else set())
    return Expected(refusals, apply=lambda _: recruiter.away.append((begin, end)))


def waiting(model: Model, candidate: Candidate, stage: Stage) -> Wait | None:
    """Somebody's place on a list."""
    return next((each for each in model.waits if each.candidate is candidate and each.stage is stage), None)


def _takers(model: Model, slot: Slot, now: datetime) -> tuple[list[Wait], bool]:
    """Who can get the offer, and whether somebody surely does.

    Somebody whose last offer timed out is passed over until that is written down, which cannot be seen from here.
    """
    takers = []
    # A sort keeps what is equal in the order in which it was: as they joined.
    for wait in sorted(model.waits, key=lambda each: (-each.priority, each.joined)):
        if wait.stage is not slot.stage or not _wants(model, wait, slot, now):
            continue
        takers.append(wait)
        if not any(each.expires <= now and not each.given_up for each in wait.offers):
            return takers, True
    return takers, False


def _wants(model: Model, wait: Wait, slot: Slot, now: datetime) -> bool:
    in_window = (wait.since is None or wait.since <= slot.starts) and (wait.until is None or slot.starts < wait.until)
    passed = any(each.slot is slot or each.live(now) for each in wait.offers)
    barred = (
        model.commitment_refusals(slot, wait.candidate, now)
        | model.cooldown_refusals(slot, wait.candidate, now)
        | model.stage_refusals(slot, wait.candidate, now)
    )
    return in_window and not passed and not barred and model.own_hold(slot, wait.candidate, now) is None
