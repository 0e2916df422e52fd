"""Every no Daybook can say, with its stable code; `api/errors.py` turns them into HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from commands.decision import Refusal


class Forbidden(Refusal, frozen=True):
    """The actor's role is right, but the thing is somebody else's."""

    code: ClassVar = "forbidden"
    meaning: ClassVar = "This belongs to somebody else."
    reason: str


class Changed(Refusal, frozen=True):
    """`If-Match` named an older state."""

    code: ClassVar = "changed"
    meaning: ClassVar = "It has changed since the position named in If-Match."
    position: int


class UnknownCity(Refusal, frozen=True):
    """No city has this id."""

    code: ClassVar = "unknown-city"
    meaning: ClassVar = "There is no such city."
    city_id: str


class UnknownRecruiter(Refusal, frozen=True):
    """No recruiter has this id."""

    code: ClassVar = "unknown-recruiter"
    meaning: ClassVar = "There is no such recruiter."
    recruiter_id: UUID


class UnknownStage(Refusal, frozen=True):
    """No stage has this id."""

    code: ClassVar = "unknown-stage"
    meaning: ClassVar = "There is no such stage."
    stage_id: str


class UnknownTest(Refusal, frozen=True):
    """No test has this id."""

    code: ClassVar = "unknown-test"
    meaning: ClassVar = "There is no such test."
    test_id: str


class UnknownSlot(Refusal, frozen=True):
    """No slot has this id."""

    code: ClassVar = "unknown-slot"
    meaning: ClassVar = "There is no such slot."
    slot_id: UUID


class UnknownCandidate(Refusal, frozen=True):
    """No candidate has this id."""

    code: ClassVar = "unknown-candidate"
    meaning: ClassVar = "There is no such candidate."
    candidate_id: UUID


class UnknownBooking(Refusal, frozen=True):
    """No booking has this id."""

    code: ClassVar = "unknown-booking"
    meaning: ClassVar = "There is no such booking."
    booking_id: UUID


class AlreadyExists(Refusal, frozen=True):
    """The id that the client chose is taken by something else."""

    code: ClassVar = "already-exists"
    meaning: ClassVar = "Something else has this id."
    id: str


class UnknownTimeZone(Refusal, frozen=True):
    """The zone is not in the IANA database."""

    code: ClassVar = "unknown-time-zone"
    meaning: ClassVar = "There is no such IANA time zone."
    time_zone: str


class MalformedLocalTime(Refusal, frozen=True):
    """The start is not a time, or `fold` does not fit it."""

    code: ClassVar = "malformed-time"
    meaning: ClassVar = "The start is neither a wall time nor an instant."
    field: str
    reason: str


class NoSuchWallTime(Refusal, frozen=True):
    """Clocks skip this wall time."""

    code: ClassVar = "no-such-local-time"
    meaning: ClassVar = "Clocks in this city skip this time."
    local_start: str
    zone: str
    nearest: tuple[str, str]


class PassScoreAboveMax(Refusal, frozen=True):
    """Nobody could pass."""

    code: ClassVar = "pass-score-above-max"
    meaning: ClassVar = "The pass score is above the maximum score."
    max_score: int
    pass_score: int


class ScoreOutOfRange(Refusal, frozen=True):
    """The score is more than the test gives."""

    code: ClassVar = "score-out-of-range"
    meaning: ClassVar = "The score is above the test's maximum."
    score: int
    max_score: int


class TakenInFuture(Refusal, frozen=True):
    """The test has not been taken yet."""

    code: ClassVar = "taken-in-future"
    meaning: ClassVar = "The test is said to have been taken in the future."
    taken_at: datetime


class RecruiterInactive(Refusal, frozen=True):
    """The recruiter holds no more interviews."""

    code: ClassVar = "recruiter-inactive"
    meaning: ClassVar = "The recruiter holds no more interviews."
    recruiter_id: UUID


class RecruiterNotInCity(Refusal, frozen=True):
    """The recruiter does not work there."""

    code: ClassVar = "recruiter-not-in-city"
    meaning: ClassVar = "The recruiter holds no interviews in this city."
    recruiter_id: UUID
    city_id: str


class RecruiterBusy(Refusal, frozen=True):
    """R1: a recruiter's intervals, each with its gap, never overlap."""

    code: ClassVar = "recruiter-busy"
    meaning: ClassVar = "The recruiter has another slot then, or too little time between."
    slot_id: UUID
    starts_at: datetime
    ends_at: datetime
    min_gap_minutes: int


class SlotStarted(Refusal, frozen=True):
    """S3: nothing happens on a slot that has started."""

    code: ClassVar = "slot-started"
    meaning: ClassVar = "The slot has started."
    starts_at: datetime


class SlotWithdrawn(Refusal, frozen=True):
    """S3: nothing happens on a slot that was cancelled."""

    code: ClassVar = "slot-cancelled"
    meaning: ClassVar = "The slot was cancelled."
    slot_id: UUID


class SlotFull(Refusal, frozen=True):
    """S1: no seat is left."""

    code: ClassVar = "slot-full"
    meaning: ClassVar = "No seat is left."
    capacity: int
    booked: int


class CandidateBusy(Refusal, frozen=True):
    """C1: a candidate's active bookings never overlap."""

    code: ClassVar = "candidate-busy"
    meaning: ClassVar = "The candidate has another interview then."
    booking_id: UUID
    starts_at: datetime
    ends_at: datetime


class AlreadyBooked(Refusal, frozen=True):
    """C2: one active booking per stage."""

    code: ClassVar = "already-booked"
    meaning: ClassVar = "The candidate already has an interview of this stage."
    booking_id: UUID
    stage_id: str


class TooManyActive(Refusal, frozen=True):
    """C3: at most n active bookings."""

    code: ClassVar = "too-many-active"
    meaning: ClassVar = "The candidate has as many active bookings as the stage allows."
    active: int
    max_active: int


class TooManyReschedules(Refusal, frozen=True):
    """C4: at most n reschedules of one booking."""

    code: ClassVar = "too-many-reschedules"
    meaning: ClassVar = "The booking was rescheduled as often as the stage allows."
    reschedules: int
    max_reschedules: int


class TooSoon(Refusal, frozen=True):
    """B1: less than the minimum notice."""

    code: ClassVar = "too-soon"
    meaning: ClassVar = "The interview starts too soon to book it."
    starts_at: datetime
    min_notice_minutes: int


class TooFar(Refusal, frozen=True):
    """B1: beyond the horizon."""

    code: ClassVar = "too-far"
    meaning: ClassVar = "The interview is too far ahead to book it."
    starts_at: datetime
    horizon_days: int


class TooLateToCancel(Refusal, frozen=True):
    """B2: past the cut-off for cancelling."""

    code: ClassVar = "too-late-to-cancel"
    meaning: ClassVar = "It is too late to cancel."
    starts_at: datetime
    cutoff_minutes: int


class TooLateToReschedule(Refusal, frozen=True):
    """B2: past the cut-off for rescheduling."""

    code: ClassVar = "too-late-to-reschedule"
    meaning: ClassVar = "It is too late to reschedule."
    starts_at: datetime
    cutoff_minutes: int


class ReasonRequired(Refusal, frozen=True):
    """B2: staff may bypass a cut-off, with a reason."""

    code: ClassVar = "reason-required"
    meaning: ClassVar = "An override needs a reason."
    field: str


class BookingEnded(Refusal, frozen=True):
    """A booking that was cancelled cannot be moved."""

    code: ClassVar = "booking-cancelled"
    meaning: ClassVar = "The booking was cancelled."
    booking_id: UUID


class StageNotOpen(Refusal, frozen=True):
    """F1: the candidate is not in the slot's stage."""

    code: ClassVar = "stage-not-open"
    meaning: ClassVar = "The candidate is in another stage."
    candidate_stage: str
    slot_stage: str


class TestRequired(Refusal, frozen=True):
    """F1: a required test is not passed, or the pass has expired."""

    __test__ = False  # pytest would take the name for a test case

    code: ClassVar = "test-required"
    meaning: ClassVar = "A required test has no valid pass."
    missing: tuple[str, ...]
