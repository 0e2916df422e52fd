"""A history in which every event happens, with the least there can be in it."""

from datetime import timedelta
from typing import Any

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
)
from events.candidate import (
    CandidateAdvanced,
    CandidateErased,
    CandidateHired,
    CandidateRegistered,
    CandidateRejected,
    CandidateTested,
    CandidateWithdrew,
    ChatLinked,
    ContactChanged,
    TestResultVoided,
)
from events.city import CityChanged, CityOpened
from events.hold import HoldExpired, HoldReleased, SlotHeld
from events.offer import OfferAccepted, OfferDeclined, OfferExpired, SeatOffered
from events.recruiter import AbsenceRecorded, RecruiterChanged, RecruiterDeactivated, RecruiterRegistered
from events.series import (
    OccurrenceSkipped,
    OccurrenceWithdrawn,
    SeriesChanged,
    SeriesEnded,
    SeriesPlan,
    SeriesPublished,
)
from events.slot import AgendaFreed, SlotCancelled, SlotCapacityChanged, SlotClosed, SlotReanchored, SlotReopened
from events.stage import Policy, StageDefined
from events.test import TestDefined
from events.waitlist import WaitlistJoined, WaitlistLeft
from tests.events.things import (
    ACCEPTED_OFFER,
    BOOKING,
    CANDIDATE,
    DECLINED_OFFER,
    EXPIRED_OFFER,
    FOURTH_BOOKING,
    HOLD,
    LATER_SLOT,
    OVER_MIDNIGHT,
    PLAIN,
    RECRUITER,
    SECOND_BOOKING,
    SECOND_HOLD,
    SERIES,
    SLOT,
    THIRD_BOOKING,
    published,
)

PLAN = SeriesPlan(RECRUITER, "a", "a", "UTC", "2027-03-01T09:00:00", "FREQ=DAILY", (), None, 1, 1, None)


def offered(hold_id: Any) -> SeatOffered:
    """A seat offered to the first who waits."""
    return SeatOffered(hold_id, CANDIDATE, PLAIN, 1, (), PLAIN.starts_at, 1)


def booked(booking_id: Any, hold_id: Any = None) -> SlotBooked:
    """The plain slot, booked."""
    return SlotBooked(booking_id, CANDIDATE, PLAIN, 1, "auto", "candidate", hold_id)


BRIEF: list[Any] = [
    CityOpened("a", "A", "UTC", "en", None),
    CityChanged("a", "A", "UTC", "en", None),
    RecruiterRegistered(RECRUITER, "R", (), 0, None, None, "UTC"),
    RecruiterChanged(RECRUITER, "R", (), 0, None, None, "UTC"),
    AbsenceRecorded(RECRUITER, PLAIN.starts_at, PLAIN.ends_at, None),
    TestDefined("t", "T", 0, 0, 1),
    StageDefined("a", 1, "A", 0, 1, (), Policy(0, 1, 0, 0, 1, 0)),
    CandidateRegistered(CANDIDATE, "C", None, None, None, "a", "a", "en"),
    ContactChanged(CANDIDATE),
    ChatLinked(CANDIDATE, "1"),
    CandidateTested(CANDIDATE, "t", 0, False, PLAIN.starts_at, PLAIN.starts_at, "x"),  # noqa: FBT003  passed
    TestResultVoided(CANDIDATE, "t", PLAIN.starts_at, "x"),
    SeriesPublished(SERIES, PLAN),
    SeriesChanged(SERIES, PLAN),
    OccurrenceSkipped(SERIES, "x", "2027-03-01T09:00:00", "x"),
    OccurrenceWithdrawn(SERIES, "x", SLOT),
    SeriesEnded(SERIES, "x"),
    published(PLAIN),
    published(OVER_MIDNIGHT),
    SlotCapacityChanged(SLOT, 1, 2),
    SlotClosed(SLOT, "x"),
    SlotReopened(SLOT, "x"),
    SlotHeld(HOLD, CANDIDATE, PLAIN, PLAIN.starts_at, 1, "candidate"),
    HoldReleased(HOLD, CANDIDATE, SLOT, "given-back"),
    SlotHeld(SECOND_HOLD, CANDIDATE, PLAIN, PLAIN.starts_at, 1, "candidate"),
    HoldExpired(SECOND_HOLD, CANDIDATE, SLOT, PLAIN.starts_at),
    booked(BOOKING),
    BookingApproved(BOOKING, CANDIDATE, "recruiter"),
    AttendanceAnswered(BOOKING, CANDIDATE, "yes"),
    BookingRescheduled(BOOKING, CANDIDATE, SLOT, OVER_MIDNIGHT, 1, "candidate", None, 1, False),  # noqa: FBT003  override
    BookingCancelled(BOOKING, CANDIDATE, LATER_SLOT, "candidate", "by-candidate", None, 0, False),  # noqa: FBT003  override
    WaitlistJoined(CANDIDATE, "a", "a", None, None, 0, PLAIN.starts_at),
    offered(DECLINED_OFFER),
    OfferDeclined(DECLINED_OFFER, CANDIDATE, SLOT, "a", "a"),
    offered(EXPIRED_OFFER),
    OfferExpired(EXPIRED_OFFER, CANDIDATE, SLOT, "a", "a", "timed-out"),
    offered(ACCEPTED_OFFER),
    OfferAccepted(ACCEPTED_OFFER, CANDIDATE, SLOT, "a", "a"),
    booked(SECOND_BOOKING, ACCEPTED_OFFER),
    BookingDeclined(SECOND_BOOKING, CANDIDATE, SLOT, "recruiter", "x"),
    WaitlistJoined(CANDIDATE, "a", "a", None, None, 0, PLAIN.starts_at),
    WaitlistLeft(CANDIDATE, "a", "a", "by-candidate"),
    booked(THIRD_BOOKING),
    AgendaFreed(SLOT, RECRUITER, PLAIN.starts_at, PLAIN.ends_at),
    SlotReanchored(
        SLOT, RECRUITER, PLAIN.starts_at, PLAIN.ends_at, PLAIN.starts_at - timedelta(hours=1), -3_600, 0, "x"
    ),
    BookingReanchored(THIRD_BOOKING, CANDIDATE, PLAIN),
    BookingAttended(THIRD_BOOKING, CANDIDATE, 0, "recruiter"),
    booked(FOURTH_BOOKING),
    BookingMissed(FOURTH_BOOKING, CANDIDATE, "recruiter", "policy", "recruiter"),
    OutcomeCorrected(FOURTH_BOOKING, CANDIDATE, "recruiter-missed", "attended", 0, "x", "recruiter"),
    CandidateAdvanced(CANDIDATE, "a", "b", None),
    CandidateWithdrew(CANDIDATE, None),
    CandidateHired(CANDIDATE, None),
    CandidateRejected(CANDIDATE, "x"),
    CandidateErased(CANDIDATE, CANDIDATE),
    SlotCancelled(SLOT, RECRUITER, PLAIN.starts_at, PLAIN.ends_at, "x"),
    RecruiterDeactivated(RECRUITER, "x"),
]
