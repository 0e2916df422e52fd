"""Every event twice, made from fixed values: with all there can be, and with the least. Each story is a history."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from events.booking import BookingCancelled, BookingRescheduled, SlotBooked, SlotSnapshot
from events.candidate import CandidateRegistered, CandidateTested
from events.city import CityOpened, QuietHours
from events.recruiter import RecruiterDeactivated, RecruiterRegistered
from events.slot import SlotCancelled, SlotPublished
from events.stage import Cooldown, Policy, StageDefined
from events.test import TestDefined

RECRUITER = UUID("11111111-1111-4111-8111-111111111111")
CANDIDATE = UUID("22222222-2222-4222-8222-222222222222")
BOOKING = UUID("33333333-3333-4333-8333-333333333333")
HOLD = UUID("44444444-4444-4444-8444-444444444444")
SLOT = UUID("55555555-5555-4555-8555-555555555555")
LATER_SLOT = UUID("66666666-6666-4666-8666-666666666666")

# The autumn night on which Berlin's clocks show 02:30 twice: this is the second time.
AT_NIGHT = SlotSnapshot(
    SLOT,
    RECRUITER,
    "berlin",
    "screening",
    datetime(2027, 10, 31, 1, 30, tzinfo=UTC),
    datetime(2027, 10, 31, 2, 0, 0, 500_000, tzinfo=UTC),
    "Europe/Berlin",
    "2027-10-31T02:30:00",
    "Raum 7, Hof \u201eSüd\u201c",
)
OVER_MIDNIGHT = SlotSnapshot(
    LATER_SLOT,
    RECRUITER,
    "berlin",
    "screening",
    datetime(2027, 11, 1, 23, 45, tzinfo=UTC),
    datetime(2027, 11, 2, 0, 15, tzinfo=UTC),
    "Europe/Berlin",
    "2027-11-02T00:45:00",
    None,
)
PLAIN = SlotSnapshot(
    SLOT,
    RECRUITER,
    "a",
    "a",
    datetime(2027, 3, 1, 9, tzinfo=UTC),
    datetime(2027, 3, 1, 10, tzinfo=UTC),
    "UTC",
    "2027-03-01T09:00:00",
    None,
)


def published(slot: SlotSnapshot, *, fold: int = 0, utc_offset: int = 0, capacity: int = 1) -> SlotPublished:
    """The event that a snapshot of a slot comes from."""
    return SlotPublished(
        slot.slot_id,
        slot.recruiter_id,
        slot.city_id,
        slot.stage_id,
        slot.starts_at,
        slot.ends_at,
        slot.zone,
        slot.local_start,
        fold,
        utc_offset,
        "2026a",
        "wall" if utc_offset else "instant",
        capacity,
        slot.location,
        1,
    )


FULL: list[Any] = [
    CityOpened("berlin", "Berlin", "Europe/Berlin", "de-DE", QuietHours("22:00", "08:00")),
    RecruiterRegistered(RECRUITER, "Zoë Ångström", ("berlin", "new-york"), 15, 8, 40),
    TestDefined("typing", "Typing \u2713", 100, 60, 90),
    StageDefined(
        "screening", 2, "Screening", 1, 30, ("typing",), Policy(60, 30, 120, 240, 2, 1, 5, "required", Cooldown(2, 14))
    ),
    CandidateRegistered(CANDIDATE, "Kim 김", "+49301234567", "kim@example.org", "4711", "berlin", "screening", "de"),
    CandidateTested(
        CANDIDATE,
        "typing",
        80,
        True,  # noqa: FBT003  passed
        datetime(2027, 10, 1, 8, 0, 0, 1, tzinfo=UTC),
        datetime(2027, 12, 30, 8, tzinfo=UTC),
        "bot:telegram",
    ),
    published(AT_NIGHT, fold=1, utc_offset=3600, capacity=12),
    published(OVER_MIDNIGHT, utc_offset=3600),
    SlotBooked(BOOKING, CANDIDATE, AT_NIGHT, 2, "required", "candidate", HOLD),
    BookingRescheduled(BOOKING, CANDIDATE, SLOT, OVER_MIDNIGHT, 2, "recruiter", "they are ill", 1, True),  # noqa: FBT003  override
    BookingCancelled(BOOKING, CANDIDATE, LATER_SLOT, "admin", "by-staff", "moved away", 3_600, True),  # noqa: FBT003  override
    SlotCancelled(LATER_SLOT, RECRUITER, OVER_MIDNIGHT.starts_at, OVER_MIDNIGHT.ends_at, "the office is closed"),
    RecruiterDeactivated(RECRUITER, "left"),
]

MINIMAL: list[Any] = [
    CityOpened("a", "A", "UTC", "en", None),
    RecruiterRegistered(RECRUITER, "R", (), 0, None, None),
    TestDefined("t", "T", 0, 0, 1),
    StageDefined("a", 1, "A", 0, 1, (), Policy(0, 1, 0, 0, 1, 0)),
    CandidateRegistered(CANDIDATE, "C", None, None, None, "a", "a", "en"),
    CandidateTested(CANDIDATE, "t", 0, False, PLAIN.starts_at, PLAIN.starts_at, "x"),  # noqa: FBT003  passed
    published(PLAIN),
    published(OVER_MIDNIGHT),
    SlotBooked(BOOKING, CANDIDATE, PLAIN, 1, "auto", "candidate"),
    BookingRescheduled(BOOKING, CANDIDATE, SLOT, OVER_MIDNIGHT, 1, "candidate", None, 1, False),  # noqa: FBT003  override
    BookingCancelled(BOOKING, CANDIDATE, LATER_SLOT, "candidate", "by-candidate", None, 0, False),  # noqa: FBT003  override
    SlotCancelled(SLOT, RECRUITER, PLAIN.starts_at, PLAIN.ends_at, "x"),
    RecruiterDeactivated(RECRUITER, "x"),
]

STORIES = {"full": FULL, "minimal": MINIMAL}
EXAMPLES = [*FULL, *MINIMAL]
