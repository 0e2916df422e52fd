"""A history in which every event happens, with all there can be in it."""

from datetime import UTC, datetime, timedelta
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
from events.city import CityChanged, CityOpened, QuietHours
from events.hold import HoldExpired, HoldReleased, SlotHeld
from events.offer import OfferAccepted, OfferDeclined, OfferExpired, SeatOffered, Skipped
from events.recruiter import AbsenceRecorded, RecruiterChanged, RecruiterDeactivated, RecruiterRegistered
from events.series import (
    OccurrenceSkipped,
    OccurrenceWithdrawn,
    SeriesChanged,
    SeriesEnded,
    SeriesPlan,
    SeriesPublished,
    Split,
)
from events.slot import (
    AgendaFreed,
    SlotCancelled,
    SlotCapacityChanged,
    SlotClosed,
    SlotReanchored,
    SlotReopened,
)
from events.stage import Cooldown, Policy, StageDefined
from events.test import TestDefined
from events.waitlist import WaitlistJoined, WaitlistLeft
from tests.events.things import (
    ACCEPTED_OFFER,
    AT_DAWN,
    AT_DAWN_IN_SUMMER_TIME,
    AT_NIGHT,
    BOOKING,
    CANDIDATE,
    DECLINED_OFFER,
    EXPIRED_OFFER,
    FOURTH_BOOKING,
    FOURTH_HOLD,
    HOLD,
    LATER_SLOT,
    OVER_MIDNIGHT,
    RECRUITER,
    SECOND_BOOKING,
    SECOND_CANDIDATE,
    SECOND_HOLD,
    SERIES,
    SLOT,
    THIRD_BOOKING,
    THIRD_CANDIDATE,
    THIRD_HOLD,
    THIRD_SLOT,
    published,
)

OCTOBER = datetime(2027, 10, 1, 8, tzinfo=UTC)
SOON = OCTOBER + timedelta(minutes=10)

PLAN = SeriesPlan(
    RECRUITER,
    "berlin",
    "screening",
    "Europe/Berlin",
    "2027-10-03T02:30:00",
    "FREQ=WEEKLY;BYDAY=SU;COUNT=5",
    ("2027-10-17T02:30:00",),
    Split(2, 15),
    30,
    12,
    "Raum 7, Hof \u201eSüd\u201c",
)
CHANGED_PLAN = SeriesPlan(
    RECRUITER,
    "berlin",
    "screening",
    "Europe/Berlin",
    "2027-10-31T02:30:00",
    "FREQ=WEEKLY;BYDAY=SU;COUNT=2",
    (),
    None,
    30,
    12,
    "Raum 7, Hof \u201eSüd\u201c",
)


def held(hold_id: Any, candidate_id: Any, slot: Any = AT_NIGHT) -> SlotHeld:
    """A seat held by the bot for ten minutes."""
    return SlotHeld(hold_id, candidate_id, slot, SOON, 2, "candidate")


def offered(hold_id: Any) -> SeatOffered:
    """The seat over midnight, offered to the second candidate, who stands second in the list."""
    return SeatOffered(
        hold_id, SECOND_CANDIDATE, OVER_MIDNIGHT, 2, (Skipped(THIRD_CANDIDATE, "test-required"),), SOON, 2
    )


A_CITY_AND_ITS_RULES: list[Any] = [
    CityOpened("berlin", "Berlin", "Europe/Berlin", "de-DE", QuietHours("22:00", "08:00")),
    CityChanged("berlin", "Berlin-Mitte", "Europe/Berlin", "de-DE", QuietHours("21:30", "09:00")),
    RecruiterRegistered(RECRUITER, "Zoë Ångström", ("berlin", "new-york"), 15, 8, 40, "Europe/Berlin"),
    RecruiterChanged(RECRUITER, "Zoë Ångström-Łoś", ("berlin",), 10, 6, 30, "Europe/Warsaw"),
    AbsenceRecorded(RECRUITER, OCTOBER, OCTOBER + timedelta(days=1), "dentist"),
    TestDefined("typing", "Typing \u2713", 100, 60, 90),
    StageDefined(
        "screening",
        2,
        "Screening",
        1,
        30,
        ("typing",),
        Policy(60, 30, 120, 240, 2, 1, 5, "required", Cooldown(2, 14), 3, 45),
    ),
]
PEOPLE: list[Any] = [
    CandidateRegistered(CANDIDATE, "Kim 김", "+49301234567", "kim@example.org", "4711", "berlin", "screening", "de"),
    CandidateRegistered(
        SECOND_CANDIDATE, "Rui", "+351211234567", "rui@example.org", "4712", "berlin", "screening", "pt"
    ),
    CandidateRegistered(
        THIRD_CANDIDATE, "Ada", "+441632960961", "ada@example.org", "4713", "berlin", "screening", "en-GB"
    ),
    ContactChanged(CANDIDATE, "Kim Müller 김", "+49307654321", None, "de-AT"),
    ChatLinked(CANDIDATE, "4714"),
    CandidateTested(
        CANDIDATE,
        "typing",
        80,
        True,  # noqa: FBT003  passed
        datetime(2027, 10, 1, 8, 0, 0, 1, tzinfo=UTC),
        datetime(2027, 12, 30, 8, tzinfo=UTC),
        "bot:telegram",
    ),
    CandidateTested(
        CANDIDATE,
        "typing",
        20,
        False,  # noqa: FBT003  passed
        datetime(2027, 10, 2, 8, tzinfo=UTC),
        datetime(2027, 12, 31, 8, tzinfo=UTC),
        "bot:telegram",
    ),
    TestResultVoided(CANDIDATE, "typing", datetime(2027, 10, 2, 8, tzinfo=UTC), "the keyboard was broken"),
]
SLOTS: list[Any] = [
    SeriesPublished(SERIES, PLAN),
    SeriesChanged(SERIES, CHANGED_PLAN),
    published(AT_NIGHT, fold=1, utc_offset=3600, capacity=12, occurrence="2027-10-31T02:30:00/1"),
    published(OVER_MIDNIGHT, utc_offset=3600, occurrence="2027-11-02T00:45:00"),
    published(AT_DAWN, utc_offset=3600, capacity=12),
    OccurrenceSkipped(SERIES, "2027-11-07T02:30:00", "2027-11-07T02:30:00", "recruiter-absent"),
    SlotCapacityChanged(SLOT, 12, 20),
    SlotClosed(SLOT, "the room is double-booked"),
    SlotReopened(SLOT, "another room was found"),
]
HELD_AND_BOOKED: list[Any] = [
    held(HOLD, CANDIDATE),
    held(SECOND_HOLD, SECOND_CANDIDATE),
    HoldReleased(SECOND_HOLD, SECOND_CANDIDATE, SLOT, "given-back"),
    held(THIRD_HOLD, THIRD_CANDIDATE),
    HoldExpired(THIRD_HOLD, THIRD_CANDIDATE, SLOT, SOON),
    SlotBooked(BOOKING, CANDIDATE, AT_NIGHT, 2, "required", "candidate", HOLD),
    BookingApproved(BOOKING, CANDIDATE, "recruiter"),
    AttendanceAnswered(BOOKING, CANDIDATE, "unsure"),
    held(FOURTH_HOLD, CANDIDATE, OVER_MIDNIGHT),
    BookingRescheduled(
        BOOKING,
        CANDIDATE,
        SLOT,
        OVER_MIDNIGHT,
        2,
        "recruiter",
        "they are ill",
        1,
        True,  # noqa: FBT003  override
        "required",
        FOURTH_HOLD,
    ),
    BookingCancelled(BOOKING, CANDIDATE, LATER_SLOT, "admin", "by-staff", "moved away", 3_600, True),  # noqa: FBT003  override
]
WAITED_FOR: list[Any] = [
    WaitlistJoined(SECOND_CANDIDATE, "berlin", "screening", OCTOBER, OCTOBER + timedelta(days=60), 5, OCTOBER),
    WaitlistJoined(THIRD_CANDIDATE, "berlin", "screening", OCTOBER, OCTOBER + timedelta(days=60), 9, OCTOBER),
    offered(DECLINED_OFFER),
    OfferDeclined(DECLINED_OFFER, SECOND_CANDIDATE, LATER_SLOT, "berlin", "screening"),
    offered(EXPIRED_OFFER),
    OfferExpired(EXPIRED_OFFER, SECOND_CANDIDATE, LATER_SLOT, "berlin", "screening", "timed-out"),
    offered(ACCEPTED_OFFER),
    OfferAccepted(ACCEPTED_OFFER, SECOND_CANDIDATE, LATER_SLOT, "berlin", "screening"),
    SlotBooked(SECOND_BOOKING, SECOND_CANDIDATE, OVER_MIDNIGHT, 2, "required", "candidate", ACCEPTED_OFFER),
    BookingDeclined(SECOND_BOOKING, SECOND_CANDIDATE, LATER_SLOT, "recruiter", "no time for it"),
    WaitlistLeft(THIRD_CANDIDATE, "berlin", "screening", "stage-left"),
]
MOVED_BY_LAW: list[Any] = [
    SlotBooked(THIRD_BOOKING, SECOND_CANDIDATE, AT_DAWN, 2, "auto", "admin"),
    SlotBooked(FOURTH_BOOKING, THIRD_CANDIDATE, AT_DAWN, 2, "auto", "recruiter"),
    AgendaFreed(THIRD_SLOT, RECRUITER, AT_DAWN.starts_at, AT_DAWN.ends_at),
    SlotReanchored(
        THIRD_SLOT,
        RECRUITER,
        AT_DAWN_IN_SUMMER_TIME.starts_at,
        AT_DAWN_IN_SUMMER_TIME.ends_at,
        AT_DAWN.starts_at,
        3_600,
        7_200,
        "2027b",
    ),
    BookingReanchored(THIRD_BOOKING, SECOND_CANDIDATE, AT_DAWN_IN_SUMMER_TIME),
    BookingReanchored(FOURTH_BOOKING, THIRD_CANDIDATE, AT_DAWN_IN_SUMMER_TIME),
]
OUTCOMES: list[Any] = [
    BookingAttended(THIRD_BOOKING, SECOND_CANDIDATE, 7, "recruiter"),
    BookingMissed(FOURTH_BOOKING, THIRD_CANDIDATE, "candidate", "recorded", "recruiter"),
    OutcomeCorrected(
        FOURTH_BOOKING, THIRD_CANDIDATE, "candidate-missed", "attended", 12, "they sat in the wrong room", "admin"
    ),
    CandidateAdvanced(SECOND_CANDIDATE, "screening", "interview", "passed-screening"),
    CandidateRejected(CANDIDATE, "failed the interview"),
    CandidateHired(SECOND_CANDIDATE, "starts in May"),
    CandidateWithdrew(THIRD_CANDIDATE, "found another job"),
    CandidateErased(THIRD_CANDIDATE, THIRD_CANDIDATE),
]
THE_END: list[Any] = [
    SlotCancelled(LATER_SLOT, RECRUITER, OVER_MIDNIGHT.starts_at, OVER_MIDNIGHT.ends_at, "the office is closed"),
    OccurrenceWithdrawn(SERIES, "2027-11-02T00:45:00", LATER_SLOT),
    SeriesEnded(SERIES, "hiring is over"),
    RecruiterDeactivated(RECRUITER, "left"),
]

FULL: list[Any] = [
    *A_CITY_AND_ITS_RULES,
    *PEOPLE,
    *SLOTS,
    *HELD_AND_BOOKED,
    *WAITED_FOR,
    *MOVED_BY_LAW,
    *OUTCOMES,
    *THE_END,
]
