"""Every event and every entity Daybook knows, on one page."""

from __future__ import annotations

from typing import Any

from events.booking import BOOKING, BookingCancelled, BookingRescheduled, SlotBooked
from events.candidate import CANDIDATE, CandidateRegistered, CandidateTested
from events.city import CITY, CityOpened
from events.codec import Codec, EventType, Upcaster
from events.entity import Entity
from events.personal import personal_fields
from events.recruiter import RECRUITER, RecruiterDeactivated, RecruiterRegistered
from events.slot import AGENDA, SLOT, SlotCancelled, SlotPublished
from events.stage import STAGE, StageDefined
from events.test import TEST, TestDefined

EVENT_TYPES = (
    EventType("CityOpened", 1, CityOpened),
    EventType("RecruiterRegistered", 1, RecruiterRegistered),
    EventType("RecruiterDeactivated", 1, RecruiterDeactivated),
    EventType("StageDefined", 1, StageDefined),
    EventType("TestDefined", 1, TestDefined),
    EventType("SlotPublished", 1, SlotPublished),
    EventType("SlotCancelled", 1, SlotCancelled),
    EventType("CandidateRegistered", 1, CandidateRegistered),
    EventType("CandidateTested", 1, CandidateTested),
    EventType("SlotBooked", 1, SlotBooked),
    EventType("BookingRescheduled", 1, BookingRescheduled),
    EventType("BookingCancelled", 1, BookingCancelled),
)

# Names of the fields that hold a person's own data, wherever they turn up.
PERSONAL_FIELDS = frozenset(name for each in EVENT_TYPES for name in personal_fields(each.struct))

# An entry (name, version) turns the plain data of that version into the next one's.
UPCASTERS: dict[tuple[str, int], Upcaster] = {}

CODEC = Codec(EVENT_TYPES, UPCASTERS)

ENTITIES: dict[str, Entity[Any]] = {
    "city": CITY,
    "recruiter": RECRUITER,
    "agenda": AGENDA,
    "stage": STAGE,
    "test": TEST,
    "slot": SLOT,
    "candidate": CANDIDATE,
    "booking": BOOKING,
}


def entity_of(tag: str) -> Entity[Any] | None:
    """Return the entity a tag belongs to, if it is one of ours."""
    return ENTITIES.get(tag.partition(":")[0])
