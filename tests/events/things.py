"""Who and what the stories of `tests.events.examples` are about: fixed ids, and slots at times that are hard."""

from datetime import UTC, datetime
from uuid import UUID

from events.booking import SlotSnapshot
from events.slot import SlotPublished

RECRUITER = UUID("11111111-1111-4111-8111-111111111111")
CANDIDATE = UUID("22222222-2222-4222-8222-222222222222")
BOOKING = UUID("33333333-3333-4333-8333-333333333333")
HOLD = UUID("44444444-4444-4444-8444-444444444444")
SLOT = UUID("55555555-5555-4555-8555-555555555555")
LATER_SLOT = UUID("66666666-6666-4666-8666-666666666666")
THIRD_SLOT = UUID("66666666-6666-4666-8666-666666666667")
SERIES = UUID("77777777-7777-4777-8777-777777777777")
SECOND_CANDIDATE = UUID("22222222-2222-4222-8222-222222222223")
THIRD_CANDIDATE = UUID("22222222-2222-4222-8222-222222222224")
SECOND_BOOKING = UUID("33333333-3333-4333-8333-333333333334")
THIRD_BOOKING = UUID("33333333-3333-4333-8333-333333333335")
FOURTH_BOOKING = UUID("33333333-3333-4333-8333-333333333336")
SECOND_HOLD = UUID("44444444-4444-4444-8444-444444444445")
THIRD_HOLD = UUID("44444444-4444-4444-8444-444444444446")
FOURTH_HOLD = UUID("44444444-4444-4444-8444-444444444447")
DECLINED_OFFER = UUID("44444444-4444-4444-8444-444444444448")
EXPIRED_OFFER = UUID("44444444-4444-4444-8444-444444444449")
ACCEPTED_OFFER = UUID("44444444-4444-4444-8444-44444444444a")

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
AT_DAWN = SlotSnapshot(
    THIRD_SLOT,
    RECRUITER,
    "berlin",
    "screening",
    datetime(2027, 11, 3, 0, 30, tzinfo=UTC),
    datetime(2027, 11, 3, 1, 0, tzinfo=UTC),
    "Europe/Berlin",
    "2027-11-03T01:30:00",
    "Raum 7, Hof \u201eSüd\u201c",
)
# The same slot, had Berlin kept its summer time: on the UTC day before.
AT_DAWN_IN_SUMMER_TIME = SlotSnapshot(
    THIRD_SLOT,
    RECRUITER,
    "berlin",
    "screening",
    datetime(2027, 11, 2, 23, 30, tzinfo=UTC),
    datetime(2027, 11, 3, 0, 0, tzinfo=UTC),
    "Europe/Berlin",
    "2027-11-03T01:30:00",
    "Raum 7, Hof \u201eSüd\u201c",
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


def published(
    slot: SlotSnapshot,
    *,
    fold: int = 0,
    utc_offset: int = 0,
    capacity: int = 1,
    occurrence: str | None = None,
) -> SlotPublished:
    """The event that a snapshot of a slot comes from; one with an occurrence is of the series."""
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
        None if occurrence is None else SERIES,
        occurrence,
    )
