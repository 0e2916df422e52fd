"""Every event and every entity Daybook knows, on one page."""

from __future__ import annotations

from typing import Any

from events import booking, candidate, city, hold, offer, recruiter, series, slot, stage, test, waitlist
from events.codec import Codec, EventType, Upcaster
from events.entity import Entity
from events.personal import personal_fields
from events.upcasting import (
    booking_rescheduled_2,
    recruiter_registered_2,
    sealed_2,
    slot_published_2,
    stage_defined_2,
)

EVENT_TYPES = (
    EventType("CityOpened", 1, city.CityOpened),
    EventType("CityChanged", 1, city.CityChanged),
    EventType("RecruiterRegistered", 2, recruiter.RecruiterRegistered),
    EventType("RecruiterChanged", 1, recruiter.RecruiterChanged),
    EventType("RecruiterDeactivated", 1, recruiter.RecruiterDeactivated),
    EventType("AbsenceRecorded", 1, recruiter.AbsenceRecorded),
    EventType("StageDefined", 2, stage.StageDefined),
    EventType("TestDefined", 1, test.TestDefined),
    EventType("SlotPublished", 2, slot.SlotPublished),
    EventType("SlotCapacityChanged", 1, slot.SlotCapacityChanged),
    EventType("SlotClosed", 1, slot.SlotClosed),
    EventType("SlotReopened", 1, slot.SlotReopened),
    EventType("SlotCancelled", 1, slot.SlotCancelled),
    EventType("AgendaFreed", 1, slot.AgendaFreed),
    EventType("SlotReanchored", 1, slot.SlotReanchored),
    EventType("SeriesPublished", 1, series.SeriesPublished),
    EventType("SeriesChanged", 1, series.SeriesChanged),
    EventType("SeriesEnded", 1, series.SeriesEnded),
    EventType("OccurrenceSkipped", 1, series.OccurrenceSkipped),
    EventType("OccurrenceWithdrawn", 1, series.OccurrenceWithdrawn),
    EventType("CandidateRegistered", 2, candidate.CandidateRegistered),
    EventType("ContactChanged", 2, candidate.ContactChanged),
    EventType("ChatLinked", 2, candidate.ChatLinked),
    EventType("CandidateTested", 1, candidate.CandidateTested),
    EventType("TestResultVoided", 1, candidate.TestResultVoided),
    EventType("CandidateAdvanced", 1, candidate.CandidateAdvanced),
    EventType("CandidateRejected", 1, candidate.CandidateRejected),
    EventType("CandidateWithdrew", 1, candidate.CandidateWithdrew),
    EventType("CandidateHired", 1, candidate.CandidateHired),
    EventType("CandidateErased", 1, candidate.CandidateErased),
    EventType("SlotHeld", 1, hold.SlotHeld),
    EventType("HoldReleased", 1, hold.HoldReleased),
    EventType("HoldExpired", 1, hold.HoldExpired),
    EventType("SlotBooked", 1, booking.SlotBooked),
    EventType("BookingApproved", 1, booking.BookingApproved),
    EventType("BookingDeclined", 1, booking.BookingDeclined),
    EventType("AttendanceAnswered", 1, booking.AttendanceAnswered),
    EventType("BookingRescheduled", 2, booking.BookingRescheduled),
    EventType("BookingCancelled", 1, booking.BookingCancelled),
    EventType("BookingReanchored", 1, booking.BookingReanchored),
    EventType("BookingAttended", 1, booking.BookingAttended),
    EventType("BookingMissed", 1, booking.BookingMissed),
    EventType("OutcomeCorrected", 1, booking.OutcomeCorrected),
    EventType("WaitlistJoined", 1, waitlist.WaitlistJoined),
    EventType("WaitlistLeft", 1, waitlist.WaitlistLeft),
    EventType("SeatOffered", 1, offer.SeatOffered),
    EventType("OfferAccepted", 1, offer.OfferAccepted),
    EventType("OfferDeclined", 1, offer.OfferDeclined),
    EventType("OfferExpired", 1, offer.OfferExpired),
)

# The personal fields of each kind of event that has any.
PERSONAL = {each.name: fields for each in EVENT_TYPES if (fields := personal_fields(each.struct))}

# Names of the fields that hold a person's own data, wherever they turn up.
PERSONAL_FIELDS = frozenset(name for fields in PERSONAL.values() for name in fields)

# An entry (name, version) turns the plain data of that version into the next one's.
UPCASTERS: dict[tuple[str, int], Upcaster] = {
    ("RecruiterRegistered", 1): recruiter_registered_2,
    ("StageDefined", 1): stage_defined_2,
    ("SlotPublished", 1): slot_published_2,
    ("BookingRescheduled", 1): booking_rescheduled_2,
    ("CandidateRegistered", 1): sealed_2,
    ("ContactChanged", 1): sealed_2,
    ("ChatLinked", 1): sealed_2,
}

CODEC = Codec(EVENT_TYPES, UPCASTERS)

ENTITIES: dict[str, Entity[Any]] = {
    "city": city.CITY,
    "recruiter": recruiter.RECRUITER,
    "agenda": slot.AGENDA,
    "stage": stage.STAGE,
    "test": test.TEST,
    "slot": slot.SLOT,
    "series": series.SERIES,
    "candidate": candidate.CANDIDATE,
    "booking": booking.BOOKING,
    "hold": hold.HOLD,
    "waitlist": waitlist.WAITLIST,
}


def entity_of(tag: str) -> Entity[Any] | None:
    """Return the entity a tag belongs to, if it is one of ours."""
    return ENTITIES.get(tag.partition(":")[0])
