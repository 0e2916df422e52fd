"""Every rule, event by event: which kind of event is read as what, and by which rules it is looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import msgspec

from cli.checking import agendas, bookings, candidates, seats, slots, stored, stored_seats, waitlists
from cli.checking.breach import Breach, Broken, Rule
from cli.checking.world import Entry, World

T = TypeVar("T")


class Watch(NamedTuple):
    """How an event is read and checked."""

    decode: Callable[[bytes], Any]
    check: Callable[[World, Entry, Any], None]


def _watch(form: type[T], check: Callable[[World, Entry, T], None]) -> Watch:
    return Watch(msgspec.json.Decoder(form).decode, check)


WATCHED = {
    "RecruiterRegistered": _watch(stored.Recruiter, agendas.registered),
    "RecruiterChanged": _watch(stored.Recruiter, agendas.changed),
    "RecruiterDeactivated": _watch(stored.RecruiterDeactivated, agendas.deactivated),
    "AbsenceRecorded": _watch(stored.AbsenceRecorded, agendas.absent),
    "StageDefined": _watch(stored.StageDefined, candidates.stage_defined),
    "TestDefined": _watch(stored.TestDefined, candidates.defined_test),
    "SlotPublished": _watch(stored.SlotPublished, slots.published),
    "SlotCapacityChanged": _watch(stored.SlotCapacityChanged, slots.capacity_changed),
    "SlotClosed": _watch(stored.SlotNamed, slots.closed),
    "SlotReopened": _watch(stored.SlotNamed, slots.reopened),
    "SlotCancelled": _watch(stored.SlotNamed, slots.cancelled),
    "AgendaFreed": _watch(stored.AgendaFreed, agendas.freed),
    "SlotReanchored": _watch(stored.SlotReanchored, agendas.reanchored),
    "SeriesPublished": _watch(stored.SeriesNamed, slots.series_published),
    "SeriesEnded": _watch(stored.SeriesNamed, slots.series_ended),
    "OccurrenceWithdrawn": _watch(stored.OccurrenceWithdrawn, slots.occurrence_withdrawn),
    "CandidateRegistered": _watch(stored.CandidateRegistered, candidates.registered),
    "CandidateTested": _watch(stored.CandidateTested, candidates.tested),
    "TestResultVoided": _watch(stored.TestResultVoided, candidates.result_voided),
    "CandidateAdvanced": _watch(stored.CandidateAdvanced, candidates.advanced),
    "CandidateRejected": _watch(stored.CandidateNamed, candidates.ended),
    "CandidateWithdrew": _watch(stored.CandidateNamed, candidates.ended),
    "CandidateHired": _watch(stored.CandidateNamed, candidates.ended),
    "CandidateErased": _watch(stored.CandidateNamed, candidates.erased),
    "ContactChanged": _watch(stored.CandidateNamed, candidates.reached),
    "ChatLinked": _watch(stored.CandidateNamed, candidates.reached),
    "SlotHeld": _watch(stored_seats.SlotHeld, seats.held),
    "HoldReleased": _watch(stored_seats.HoldEnded, seats.hold_ended),
    "HoldExpired": _watch(stored_seats.HoldEnded, seats.hold_ended),
    "SlotBooked": _watch(stored_seats.SlotBooked, bookings.booked),
    "BookingApproved": _watch(stored_seats.BookingNamed, bookings.approved),
    "BookingDeclined": _watch(stored_seats.BookingDeclined, bookings.declined),
    "AttendanceAnswered": _watch(stored_seats.BookingNamed, bookings.answered),
    "BookingRescheduled": _watch(stored_seats.BookingRescheduled, bookings.rescheduled),
    "BookingCancelled": _watch(stored_seats.BookingCancelled, bookings.cancelled),
    "BookingReanchored": _watch(stored_seats.BookingReanchored, bookings.reanchored),
    "BookingAttended": _watch(stored_seats.BookingNamed, bookings.attended),
    "BookingMissed": _watch(stored_seats.BookingMissed, bookings.missed),
    "OutcomeCorrected": _watch(stored_seats.OutcomeCorrected, bookings.corrected),
    "WaitlistJoined": _watch(stored_seats.WaitlistJoined, waitlists.joined),
    "WaitlistLeft": _watch(stored_seats.WaitlistLeft, waitlists.left),
    "SeatOffered": _watch(stored_seats.SeatOffered, waitlists.offered),
    "OfferAccepted": _watch(stored_seats.OfferEnded, waitlists.accepted),
    "OfferDeclined": _watch(stored_seats.OfferEnded, waitlists.declined),
    "OfferExpired": _watch(stored_seats.OfferEnded, waitlists.expired),
}

# No rule looks at these.
UNWATCHED = frozenset({"CityOpened", "CityChanged", "SeriesChanged", "OccurrenceSkipped"})


class Rules:
    """Checks one event after another. After a breach what is known is no longer sound: it is the last word."""

    def __init__(self) -> None:
        """Nothing has happened."""
        self._world = World()

    @property
    def booked(self) -> int:
        """How many bookings began."""
        return len(self._world.bookings)

    def take(self, entry: Entry) -> Breach | None:
        """Check the next event."""
        world = self._world
        if world.later and world.later[0][0].command_id != entry.command_id and (breach := self.end()):
            return breach
        watch = WATCHED.get(entry.type)
        if watch is None:
            return None
        try:
            watch.check(world, entry, watch.decode(entry.data))
        except Broken as broken:
            return Breach(entry.position, broken.rule, broken.detail)
        except msgspec.DecodeError as error:
            return Breach(entry.position, Rule.READABLE, f"{entry.type}: {error}")
        return None

    def end(self) -> Breach | None:
        """Check what must be so once the last command is complete."""
        later, self._world.later = self._world.later, []
        for entry, check in later:
            try:
                check()
            except Broken as broken:
                return Breach(entry.position, broken.rule, broken.detail)
        return None
