"""Candidates: people who book interviews, the tests they passed and the commitments they have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never
from uuid import UUID

import msgspec

from events import tags
from events.booking import BookingCancelled, BookingRescheduled, SlotBooked, SlotSnapshot
from events.city import Slug
from events.entity import ABSENT, Absent, Entity, expect
from events.personal import Personal


class CandidateRegistered(msgspec.Struct, frozen=True):
    """A person can book interviews of a stage in a city."""

    candidate_id: UUID
    name: Personal
    phone: Personal | None
    email: Personal | None
    telegram_id: Personal | None
    city_id: Slug
    stage_id: Slug
    locale: str

    def tags(self) -> tuple[str, ...]:
        """The candidate's own rules change."""
        return (tags.candidate(self.candidate_id),)


class CandidateTested(msgspec.Struct, frozen=True):
    """A candidate took a test; a pass counts until `valid_until`."""

    candidate_id: UUID
    test_id: Slug
    score: int
    passed: bool
    taken_at: datetime
    valid_until: datetime
    scorer: str

    def tags(self) -> tuple[str, ...]:
        """What the candidate may book changes."""
        return (tags.candidate(self.candidate_id),)


CandidateEvent = CandidateRegistered | CandidateTested | SlotBooked | BookingRescheduled | BookingCancelled


class TestResult(msgspec.Struct, frozen=True):
    """The result that counts for one test: the one taken last."""

    __test__ = False  # pytest would take the name for a test case

    taken_at: datetime
    passed: bool
    valid_until: datetime


class RegisteredCandidate(msgspec.Struct, frozen=True):
    """A candidate: `results` is by test id, `booked` the slot by booking id."""

    candidate_id: UUID
    stage_id: Slug
    results: Mapping[str, TestResult]
    booked: Mapping[UUID, SlotSnapshot]

    def has_passed(self, test_id: str, now: datetime) -> bool:
        """Tell whether the result that counts is a pass, and still valid."""
        result = self.results.get(test_id)
        return result is not None and result.passed and result.valid_until > now

    def active(self, now: datetime) -> list[tuple[UUID, SlotSnapshot]]:
        """List the bookings whose interview is not over."""
        return [(booking_id, slot) for booking_id, slot in self.booked.items() if slot.ends_at > now]


CandidateState = Absent | RegisteredCandidate


def evolve(state: CandidateState, event: CandidateEvent) -> CandidateState:
    """Fold one event."""
    match event:
        case CandidateRegistered():
            return RegisteredCandidate(event.candidate_id, event.stage_id, {}, {})
        case CandidateTested():
            return _with_result(expect(state, RegisteredCandidate, event), event)
        case SlotBooked():
            candidate = expect(state, RegisteredCandidate, event)
            return msgspec.structs.replace(candidate, booked={**candidate.booked, event.booking_id: event.slot})
        case BookingRescheduled():
            candidate = expect(state, RegisteredCandidate, event)
            return msgspec.structs.replace(candidate, booked={**candidate.booked, event.booking_id: event.to_slot})
        case BookingCancelled():
            candidate = expect(state, RegisteredCandidate, event)
            left = {booking: slot for booking, slot in candidate.booked.items() if booking != event.booking_id}
            return msgspec.structs.replace(candidate, booked=left)
        case _:
            assert_never(event)


def _with_result(candidate: RegisteredCandidate, event: CandidateTested) -> RegisteredCandidate:
    known = candidate.results.get(event.test_id)
    if known is not None and known.taken_at > event.taken_at:
        return candidate
    result = TestResult(event.taken_at, event.passed, event.valid_until)
    return msgspec.structs.replace(candidate, results={**candidate.results, event.test_id: result})


CANDIDATE: Entity[CandidateState] = Entity(ABSENT, evolve)
