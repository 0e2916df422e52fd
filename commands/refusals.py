"""Every no Daybook can say, with its stable code; `api/errors.py` turns them into HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from commands.decision import Refusal
from events.offer import Skipped


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
    elsewhere: ClassVar = True
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
    elsewhere: ClassVar = True
    starts_at: datetime


class SlotWithdrawn(Refusal, frozen=True):
    """S3: nothing happens on a slot that was cancelled."""

    code: ClassVar = "slot-cancelled"
    meaning: ClassVar = "The slot was cancelled."
    elsewhere: ClassVar = True
    slot_id: UUID


class SlotFull(Refusal, frozen=True):
    """S1: no seat is left; seats may be held as well as booked."""

    code: ClassVar = "slot-full"
    meaning: ClassVar = "No seat is left."
    elsewhere: ClassVar = True
    capacity: int
    booked: int
    held: int | msgspec.UnsetType = msgspec.UNSET


class CandidateBusy(Refusal, frozen=True):
    """C1: a candidate's active bookings never overlap."""

    code: ClassVar = "candidate-busy"
    meaning: ClassVar = "The candidate has another interview then."
    elsewhere: ClassVar = True
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
    elsewhere: ClassVar = True
    starts_at: datetime
    min_notice_minutes: int


class TooFar(Refusal, frozen=True):
    """B1: beyond the horizon."""

    code: ClassVar = "too-far"
    meaning: ClassVar = "The interview is too far ahead to book it."
    elsewhere: ClassVar = True
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


class CapacityBelowBooked(Refusal, frozen=True):
    """S2: seats that are booked or held cannot be taken away."""

    code: ClassVar = "capacity-below-booked"
    meaning: ClassVar = "More seats than that are booked or held."
    capacity: int
    booked: int
    held: int


class SlotShut(Refusal, frozen=True):
    """S3: a closed slot takes nobody in."""

    code: ClassVar = "slot-closed"
    meaning: ClassVar = "The slot is closed."
    elsewhere: ClassVar = True
    slot_id: UUID
    reason: str


class RecruiterAbsent(Refusal, frozen=True):
    """R2: nothing happens while the recruiter is away."""

    code: ClassVar = "recruiter-absent"
    meaning: ClassVar = "The recruiter is away then."
    elsewhere: ClassVar = True
    absent_from: datetime
    absent_to: datetime


class RecruiterLimit(Refusal, frozen=True):
    """R2: no more slots in a day or a week of the recruiter's than they take."""

    code: ClassVar = "recruiter-limit"
    meaning: ClassVar = "The recruiter has as many slots in that day or week as they take."
    period: Literal["day", "week"]
    first_day: date
    limit: int
    offered: int


class TooManyHolds(Refusal, frozen=True):
    """Seats are not hoarded: at most n live holds at once."""

    code: ClassVar = "too-many-holds"
    meaning: ClassVar = "The candidate holds as many seats as the stage allows."
    held: int
    max_holds: int


class CoolingDown(Refusal, frozen=True):
    """C5: after k missed interviews no booking for a while."""

    code: ClassVar = "cooling-down"
    meaning: ClassVar = "The candidate missed interviews, and may book again later."
    missed: int
    until: datetime


class CandidateGone(Refusal, frozen=True):
    """A candidate who was rejected or hired, or who withdrew, books nothing more."""

    code: ClassVar = "candidate-closed"
    meaning: ClassVar = "The candidate is no longer in the process."
    status: str


class Erased(Refusal, frozen=True):
    """A candidate who was erased; nothing more is written down about them."""

    code: ClassVar = "candidate-erased"
    meaning: ClassVar = "The candidate was erased."
    candidate_id: UUID


class UnknownHold(Refusal, frozen=True):
    """No hold has this id."""

    code: ClassVar = "unknown-hold"
    meaning: ClassVar = "There is no such hold."
    hold_id: UUID


class HoldLive(Refusal, frozen=True):
    """A hold does not expire before its time."""

    code: ClassVar = "hold-live"
    meaning: ClassVar = "The hold has not expired yet."
    expires_at: datetime


class UnknownOffer(Refusal, frozen=True):
    """No offer has this id."""

    code: ClassVar = "unknown-offer"
    meaning: ClassVar = "There is no such offer."
    offer_id: UUID


class OfferOver(Refusal, frozen=True):
    """An offer was not answered in time."""

    code: ClassVar = "offer-expired"
    meaning: ClassVar = "The offer was not answered in time."
    expires_at: datetime


class OfferEnded(Refusal, frozen=True):
    """An offer was declined, taken back or used before."""

    code: ClassVar = "offer-ended"
    meaning: ClassVar = "The offer is over."
    ending: str


class NobodyWaiting(Refusal, frozen=True):
    """Of those who wait nobody can take the seat; each is named with the rule that says no."""

    code: ClassVar = "nobody-waiting"
    meaning: ClassVar = "Nobody who waits can take this seat."
    skipped: tuple[Skipped, ...]


class WindowReversed(Refusal, frozen=True):
    """A time ends before it begins."""

    code: ClassVar = "window-reversed"
    meaning: ClassVar = "The time ends before it begins."
    field: str


class WindowOver(Refusal, frozen=True):
    """A time is over already."""

    code: ClassVar = "window-over"
    meaning: ClassVar = "The time is over already."
    field: str


class AlreadyApproved(Refusal, frozen=True):
    """A booking that stands is cancelled, not declined."""

    code: ClassVar = "already-approved"
    meaning: ClassVar = "The booking needs no approval any more: cancel it instead."
    booking_id: UUID


class BookingClosed(Refusal, frozen=True):
    """A closed state changes by a correction of its outcome alone."""

    code: ClassVar = "booking-closed"
    meaning: ClassVar = "The booking is closed."
    booking_id: UUID
    status: str


class InterviewAhead(Refusal, frozen=True):
    """What became of an interview is recorded once it has started."""

    code: ClassVar = "interview-ahead"
    meaning: ClassVar = "The interview has not started yet."
    starts_at: datetime


class OutcomeRecorded(Refusal, frozen=True):
    """An outcome is recorded once; after that it is corrected."""

    code: ClassVar = "outcome-recorded"
    meaning: ClassVar = "Another outcome is recorded: correct it instead."
    outcome: str


class NoOutcome(Refusal, frozen=True):
    """There is nothing to correct yet."""

    code: ClassVar = "no-outcome"
    meaning: ClassVar = "No outcome is recorded yet."
    booking_id: UUID


class NoTestResult(Refusal, frozen=True):
    """There is no result to void."""

    code: ClassVar = "no-test-result"
    meaning: ClassVar = "The candidate has no such result."
    test_id: str


class UnknownSeries(Refusal, frozen=True):
    """No series has this id."""

    code: ClassVar = "unknown-series"
    meaning: ClassVar = "There is no such series."
    series_id: UUID


class SeriesOver(Refusal, frozen=True):
    """A series that ended gives no more slots."""

    code: ClassVar = "series-ended"
    meaning: ClassVar = "The series has ended."
    series_id: UUID


class MalformedRule(Refusal, frozen=True):
    """The rule of a series cannot be read, or is of a kind that slots do not recur by."""

    code: ClassVar = "malformed-rule"
    meaning: ClassVar = "The rule cannot be followed."
    field: str
    reason: str


class TooManyOccurrences(Refusal, frozen=True):
    """A series gives more slots at once than can be settled at once."""

    code: ClassVar = "too-many-occurrences"
    meaning: ClassVar = "The rule gives more slots than one command settles: give an earlier `until` or a later start."
    most: int
