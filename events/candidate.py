"""Candidates: people who book interviews, the tests they passed, and what they have taken, held and wait for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, TypeVar, assert_never
from uuid import UUID

import msgspec

from events import tags
from events.booking import (
    AttendanceAnswered,
    BookingApproved,
    BookingAttended,
    BookingCancelled,
    BookingDeclined,
    BookingMissed,
    BookingReanchored,
    BookingRescheduled,
    OutcomeCorrected,
    SlotBooked,
    SlotSnapshot,
)
from events.city import Slug
from events.entity import ABSENT, Absent, Entity, expect
from events.hold import HoldExpired, HoldReleased, SlotHeld
from events.offer import OfferAccepted, OfferDeclined, OfferExpired, SeatOffered
from events.personal import Personal
from events.waitlist import WaitlistJoined, WaitlistLeft

K = TypeVar("K")
V = TypeVar("V")


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


class ContactChanged(msgspec.Struct, frozen=True):
    """Some of what a person can be reached by is another now; what is left out stays as it was."""

    candidate_id: UUID
    name: Personal | msgspec.UnsetType = msgspec.UNSET
    phone: Personal | msgspec.UnsetType | None = msgspec.UNSET
    email: Personal | msgspec.UnsetType | None = msgspec.UNSET
    locale: str | msgspec.UnsetType = msgspec.UNSET

    def tags(self) -> tuple[str, ...]:
        """It belongs to the candidate's history."""
        return (tags.candidate(self.candidate_id),)


class ChatLinked(msgspec.Struct, frozen=True):
    """The bot talks with the candidate in this chat from here on."""

    candidate_id: UUID
    telegram_id: Personal

    def tags(self) -> tuple[str, ...]:
        """It belongs to the candidate's history."""
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


class TestResultVoided(msgspec.Struct, frozen=True):
    """A result does not count any more; the one before it does again."""

    __test__ = False  # pytest would take the name for a test case

    candidate_id: UUID
    test_id: Slug
    taken_at: datetime
    reason: str

    def tags(self) -> tuple[str, ...]:
        """What the candidate may book changes."""
        return (tags.candidate(self.candidate_id),)


class CandidateAdvanced(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """A candidate is in another stage; `rule` names what moved them if it was no person."""

    candidate_id: UUID
    from_: Slug
    to: Slug
    rule: str | None

    def tags(self) -> tuple[str, ...]:
        """What the candidate may book changes."""
        return (tags.candidate(self.candidate_id),)


class CandidateRejected(msgspec.Struct, frozen=True):
    """Staff ended it: the candidate books nothing more."""

    candidate_id: UUID
    reason: str

    def tags(self) -> tuple[str, ...]:
        """What the candidate may book changes."""
        return (tags.candidate(self.candidate_id),)


class CandidateWithdrew(msgspec.Struct, frozen=True):
    """The candidate ended it, and books nothing more."""

    candidate_id: UUID
    reason: str | None

    def tags(self) -> tuple[str, ...]:
        """What the candidate may book changes."""
        return (tags.candidate(self.candidate_id),)


class CandidateHired(msgspec.Struct, frozen=True):
    """The candidate got the job, and books nothing more."""

    candidate_id: UUID
    reason: str | None

    def tags(self) -> tuple[str, ...]:
        """What the candidate may book changes."""
        return (tags.candidate(self.candidate_id),)


class CandidateErased(msgspec.Struct, frozen=True):
    """Nothing is kept any more that says who the candidate is: `key_id` names the key that is destroyed with it."""

    candidate_id: UUID
    key_id: UUID

    def tags(self) -> tuple[str, ...]:
        """The candidate may do nothing more."""
        return (tags.candidate(self.candidate_id),)


_Later = (
    ContactChanged
    | ChatLinked
    | CandidateTested
    | TestResultVoided
    | CandidateAdvanced
    | CandidateRejected
    | CandidateWithdrew
    | CandidateHired
    | CandidateErased
    | SlotHeld
    | HoldReleased
    | HoldExpired
    | SlotBooked
    | BookingRescheduled
    | BookingCancelled
    | BookingApproved
    | BookingDeclined
    | AttendanceAnswered
    | BookingAttended
    | BookingMissed
    | OutcomeCorrected
    | BookingReanchored
    | WaitlistJoined
    | WaitlistLeft
    | SeatOffered
    | OfferAccepted
    | OfferDeclined
    | OfferExpired
)
CandidateEvent = CandidateRegistered | _Later

CandidateStatus = Literal["active", "rejected", "withdrawn", "hired", "erased"]


class TestResult(msgspec.Struct, frozen=True):
    """One result of one test."""

    __test__ = False  # pytest would take the name for a test case

    taken_at: datetime
    passed: bool
    valid_until: datetime


class HeldSeat(msgspec.Struct, frozen=True):
    """A seat kept for the candidate; `offered` because they waited."""

    slot_id: UUID
    expires_at: datetime
    offered: bool


class RegisteredCandidate(msgspec.Struct, frozen=True):
    """A candidate.

    `results` is by test id, in the order they were taken; `booked` is the slot by booking id, `holds` the seat by hold
    id, `missed` the start of the interview by the id of the booking that the candidate missed; `waits` names waitlists
    by city and stage.
    """

    candidate_id: UUID
    stage_id: Slug
    status: CandidateStatus = "active"
    results: Mapping[str, tuple[TestResult, ...]] = {}
    booked: Mapping[UUID, SlotSnapshot] = {}
    holds: Mapping[UUID, HeldSeat] = {}
    missed: Mapping[UUID, datetime] = {}
    waits: frozenset[tuple[str, str]] = frozenset()

    def has_passed(self, test_id: str, now: datetime) -> bool:
        """Tell whether the result that counts, the one taken last, is a pass and still valid."""
        results = self.results.get(test_id, ())
        return bool(results) and results[-1].passed and results[-1].valid_until > now

    def active(self, now: datetime) -> list[tuple[UUID, SlotSnapshot]]:
        """List the bookings whose interview is not over."""
        return [(booking_id, slot) for booking_id, slot in self.booked.items() if slot.ends_at > now]

    def live_holds(self, now: datetime) -> list[tuple[UUID, HeldSeat]]:
        """List the holds of the candidate's own asking that still count."""
        return [(key, held) for key, held in self.holds.items() if held.expires_at > now and not held.offered]


CandidateState = Absent | RegisteredCandidate


def evolve(state: CandidateState, event: CandidateEvent) -> CandidateState:
    """Fold one event."""
    if isinstance(event, CandidateRegistered):
        return RegisteredCandidate(event.candidate_id, event.stage_id)
    candidate = expect(state, RegisteredCandidate, event)
    change = _change(candidate, event)
    return msgspec.structs.replace(candidate, **change) if change else candidate


def _change(candidate: RegisteredCandidate, event: _Later) -> dict[str, object]:
    """Name the fields that an event changes, with their new values."""
    match event:
        case SlotBooked():
            return _seated(candidate, event.booking_id, event.slot, event.hold_id)
        case CandidateTested() | TestResultVoided():
            return {"results": {**candidate.results, event.test_id: _results(candidate, event)}}
        case CandidateAdvanced():
            return {"stage_id": event.to}
        case CandidateRejected():
            return {"status": "rejected"}
        case CandidateWithdrew():
            return {"status": "withdrawn"}
        case CandidateHired():
            return {"status": "hired"}
        case CandidateErased():
            return {"status": "erased"}
        case BookingReanchored():
            return _seated(candidate, event.booking_id, event.slot, None)
        case BookingRescheduled():
            return _seated(candidate, event.booking_id, event.to_slot, event.hold_id)
        case BookingCancelled() | BookingDeclined():
            return {"booked": _without(candidate.booked, event.booking_id)}
        case BookingMissed(party="candidate"):
            return {"missed": _with_miss(candidate, event.booking_id)}
        case OutcomeCorrected():
            if event.to == "candidate-missed":
                return {"missed": _with_miss(candidate, event.booking_id)}
            return {"missed": _without(candidate.missed, event.booking_id)}
        case SlotHeld() | SeatOffered():
            held = HeldSeat(event.slot.slot_id, event.expires_at, isinstance(event, SeatOffered))
            return {"holds": {**candidate.holds, event.hold_id: held}}
        case HoldReleased() | HoldExpired() | OfferDeclined() | OfferExpired():
            return {"holds": _without(candidate.holds, event.hold_id)}
        case WaitlistJoined():
            return {"waits": candidate.waits | {(event.city_id, event.stage_id)}}
        case WaitlistLeft() | OfferAccepted():
            return {"waits": candidate.waits - {(event.city_id, event.stage_id)}}
        case (
            ContactChanged()
            | ChatLinked()
            | BookingApproved()
            | AttendanceAnswered()
            | BookingAttended()
            | BookingMissed()
        ):
            return {}  # part of the candidate's history, of no weight to their rules
        case _:
            assert_never(event)


def _seated(
    candidate: RegisteredCandidate, booking_id: UUID, slot: SlotSnapshot, hold_id: UUID | None
) -> dict[str, object]:
    booked = {**candidate.booked, booking_id: slot}
    return {"booked": booked} if hold_id is None else {"booked": booked, "holds": _without(candidate.holds, hold_id)}


def _without(known: Mapping[K, V], key: K) -> Mapping[K, V]:
    return {each: value for each, value in known.items() if each != key}


def _with_miss(candidate: RegisteredCandidate, booking_id: UUID) -> Mapping[UUID, datetime]:
    return {**candidate.missed, booking_id: candidate.booked[booking_id].starts_at}


def _results(candidate: RegisteredCandidate, event: CandidateTested | TestResultVoided) -> tuple[TestResult, ...]:
    known = candidate.results.get(event.test_id, ())
    if isinstance(event, TestResultVoided):
        kept = list(known)
        voided = next(result for result in reversed(kept) if result.taken_at == event.taken_at)
        kept.remove(voided)
        return tuple(kept)
    result = TestResult(event.taken_at, event.passed, event.valid_until)
    return tuple(sorted((*known, result), key=lambda each: each.taken_at))


CANDIDATE: Entity[CandidateState] = Entity(ABSENT, evolve)
