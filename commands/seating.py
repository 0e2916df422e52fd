"""The rules of taking a seat, for holding, booking, rescheduling and offering, in the domain's order.

Each function yields every rule that says no: the first is the refusal, all of them are the explanation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from commands.decision import Refusal
from commands.refusals import (
    AlreadyBooked,
    CandidateBusy,
    CandidateGone,
    CoolingDown,
    Erased,
    RecruiterAbsent,
    RecruiterInactive,
    SlotFull,
    SlotShut,
    SlotStarted,
    StageNotOpen,
    TestRequired,
    TooFar,
    TooManyActive,
    TooSoon,
)
from events.booking import SlotSnapshot
from events.candidate import RegisteredCandidate
from events.recruiter import ActiveRecruiter, RecruiterState
from events.slot import ClosedSlot, OpenSlot, SeatHold
from events.stage import Policy, StageDefined

Commitments = Iterable[tuple[UUID, SlotSnapshot]]


def broken_rules(
    slot: OpenSlot | ClosedSlot,
    recruiter: RecruiterState,
    candidate: RegisteredCandidate,
    stage: StageDefined,
    now: datetime,
) -> Iterator[Refusal]:
    """S1, S3, R1, R2, C1, C2, C3, C5, B1, F1: why this candidate does not get a seat in this slot."""
    yield from seat_rules(slot, candidate.candidate_id, recruiter, now)
    yield from commitment_rules(slot.details, candidate.active(now), stage.policy)
    yield from cooldown_rules(candidate, stage.policy, now)
    yield from notice_rules(slot.details, stage.policy, now)
    yield from stage_rules(candidate, stage, now)


def seat_rules(
    slot: OpenSlot | ClosedSlot, candidate_id: UUID | None, recruiter: RecruiterState, now: datetime
) -> Iterator[Refusal]:
    """S3 not started and not closed, S1 a seat left, R1 and R2 a recruiter who is there.

    That the recruiter has no other slot then holds already: it was settled when the slot was published, and again when
    it was re-anchored.
    """
    if slot.details.starts_at <= now:
        yield SlotStarted(slot.details.starts_at)
    if isinstance(slot, ClosedSlot):
        yield SlotShut(slot.details.slot_id, slot.reason)
    if making_room(slot, candidate_id, now) is None:
        yield SlotFull(slot.capacity, len(slot.bookings), len(slot.holds) or msgspec.UNSET)
    if not isinstance(recruiter, ActiveRecruiter):
        yield RecruiterInactive(slot.details.recruiter_id)
    elif absence := recruiter.absence(slot.details.starts_at, slot.details.ends_at):
        yield RecruiterAbsent(absence.from_, absence.to)


def commitment_rules(slot: SlotSnapshot, others: Commitments, policy: Policy) -> Iterator[Refusal]:
    """C1 no overlap, C2 one per stage, C3 at most n: against the candidate's other active bookings."""
    active = list(others)
    for booking_id, other in active:
        if other.starts_at < slot.ends_at and slot.starts_at < other.ends_at:
            yield CandidateBusy(booking_id, other.starts_at, other.ends_at)
    for booking_id, other in active:
        if other.stage_id == slot.stage_id:
            yield AlreadyBooked(booking_id, other.stage_id)
    if len(active) >= policy.max_active:
        yield TooManyActive(len(active), policy.max_active)


def cooldown_rules(candidate: RegisteredCandidate, policy: Policy, now: datetime) -> Iterator[Refusal]:
    """C5: who missed k interviews or more books nothing until so many days after the last one missed."""
    if policy.cooldown is not None and len(candidate.missed) >= policy.cooldown.missed:
        until = max(candidate.missed.values()) + timedelta(days=policy.cooldown.days)
        if until > now:
            yield CoolingDown(len(candidate.missed), until)


def notice_rules(slot: SlotSnapshot, policy: Policy, now: datetime) -> Iterator[Refusal]:
    """B1: min_notice <= start - now <= horizon."""
    notice = slot.starts_at - now
    if notice < timedelta(minutes=policy.min_notice_minutes):
        yield TooSoon(slot.starts_at, policy.min_notice_minutes)
    if notice > timedelta(days=policy.horizon_days):
        yield TooFar(slot.starts_at, policy.horizon_days)


def stage_rules(candidate: RegisteredCandidate, stage: StageDefined, now: datetime) -> Iterator[Refusal]:
    """F1: the candidate is in the process and in the stage, and its required tests are passed and unexpired."""
    if candidate.status == "erased":
        yield Erased(candidate.candidate_id)
    elif candidate.status != "active":
        yield CandidateGone(candidate.status)
    if candidate.stage_id != stage.stage_id:
        yield StageNotOpen(candidate.stage_id, stage.stage_id)
    if missing := tuple(test_id for test_id in stage.required_tests if not candidate.has_passed(test_id, now)):
        yield TestRequired(missing)


def making_room(slot: OpenSlot | ClosedSlot, candidate_id: UUID | None, now: datetime) -> tuple[SeatHold, ...] | None:
    """Name the expired holds that have to end so that the candidate finds a seat; None where there is none.

    A live hold of the candidate's own is a seat. An expired one ends first of all, since nobody holds a seat twice;
    after that the one goes that expired first.
    """
    own = None if candidate_id is None else slot.holds.get(candidate_id)
    if own is not None:
        return () if own.expires_at > now else (own,)
    if slot.seats_left > 0:
        return ()
    expired = [hold for hold in slot.holds.values() if hold.expires_at <= now]
    return (min(expired, key=lambda hold: hold.expires_at),) if expired else None
