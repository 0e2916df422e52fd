"""The rules of taking a seat, for booking and rescheduling; each guard is one rule, in the domain's order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from commands.decision import Refusal
from commands.refusals import (
    AlreadyBooked,
    CandidateBusy,
    RecruiterInactive,
    SlotFull,
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
from events.slot import OpenSlot
from events.stage import Policy, StageDefined

Commitments = Iterable[tuple[UUID, SlotSnapshot]]


def seat_refusal(slot: OpenSlot, recruiter: RecruiterState, now: datetime) -> Refusal | None:
    """S3 not started, S1 a seat left, R1 a recruiter who is there.

    That the recruiter is nowhere else then holds already: it was settled when the slot was published, and neither its
    time nor its recruiter ever changes.
    """
    if slot.details.starts_at <= now:
        return SlotStarted(slot.details.starts_at)
    if slot.seats_left <= 0:
        return SlotFull(slot.capacity, len(slot.bookings))
    if not isinstance(recruiter, ActiveRecruiter):
        return RecruiterInactive(slot.details.recruiter_id)
    return None


def commitment_refusal(slot: SlotSnapshot, others: Commitments, policy: Policy) -> Refusal | None:
    """C1 no overlap, C2 one per stage, C3 at most n: against the candidate's other active bookings."""
    active = list(others)
    for booking_id, other in active:
        if other.starts_at < slot.ends_at and slot.starts_at < other.ends_at:
            return CandidateBusy(booking_id, other.starts_at, other.ends_at)
    for booking_id, other in active:
        if other.stage_id == slot.stage_id:
            return AlreadyBooked(booking_id, other.stage_id)
    if len(active) >= policy.max_active:
        return TooManyActive(len(active), policy.max_active)
    return None


def notice_refusal(slot: SlotSnapshot, policy: Policy, now: datetime) -> Refusal | None:
    """B1: min_notice <= start - now <= horizon."""
    notice = slot.starts_at - now
    if notice < timedelta(minutes=policy.min_notice_minutes):
        return TooSoon(slot.starts_at, policy.min_notice_minutes)
    if notice > timedelta(days=policy.horizon_days):
        return TooFar(slot.starts_at, policy.horizon_days)
    return None


def stage_refusal(candidate: RegisteredCandidate, stage: StageDefined, now: datetime) -> Refusal | None:
    """F1: the candidate is in the stage, and its required tests are passed and unexpired."""
    if candidate.stage_id != stage.stage_id:
        return StageNotOpen(candidate.stage_id, stage.stage_id)
    missing = tuple(test_id for test_id in stage.required_tests if not candidate.has_passed(test_id, now))
    return TestRequired(missing) if missing else None
