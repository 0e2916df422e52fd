"""What a history of hiring adds up to, counted plainly: nothing here knows the tables, the views or their code."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import mean, quantiles
from typing import Any
from uuid import UUID

import msgspec

from events import booking as b
from events import candidate as c
from events import slot as s
from tests.projections.hiring import Dated

DAY = timedelta(days=1)
GONE = {"cancelled", "declined"}
Line = tuple[Any, ...]


class Booking(msgspec.Struct):
    """A booking: where it is, since when, and all starts it had by moves, with who moved it and when."""

    candidate_id: UUID
    slot: b.SlotSnapshot
    settled_at: datetime
    status: str
    answer: str | None = None
    moves: list[tuple[datetime, str, datetime, datetime]] = []


class Person(msgspec.Struct):
    """A candidate: their city, when they came, how many stages they saw, how it ended, their results."""

    city_id: str
    registered_at: datetime
    stages: int = 1
    status: str = "active"
    results: list[tuple[datetime, int, c.CandidateTested]] = []
    voided: set[int] = set()


class Ledger:
    """Reads events one after another."""

    def __init__(self, dated: Iterable[Dated]) -> None:
        """Read them all."""
        self.bookings: dict[UUID, Booking] = {}
        self.people: dict[UUID, Person] = {}
        self.slots: dict[UUID, s.SlotPublished] = {}
        self.capacity: dict[UUID, int] = {}
        self.number = 0
        for at, event in dated:
            self.number += 1
            if isinstance(event, s.SlotPublished | s.SlotCancelled | s.SlotCapacityChanged):
                self._offer(event)
            elif hasattr(event, "booking_id"):
                self._book(at, event)
            elif hasattr(event, "candidate_id"):
                self._person(at, event)

    def _offer(self, event: s.SlotPublished | s.SlotCancelled | s.SlotCapacityChanged) -> None:
        if isinstance(event, s.SlotPublished):
            self.slots[event.slot_id] = event
            self.capacity[event.slot_id] = event.capacity
        elif isinstance(event, s.SlotCancelled):
            del self.slots[event.slot_id]
        else:
            self.capacity[event.slot_id] = event.to

    def _book(self, at: datetime, event: Any) -> None:
        if isinstance(event, b.SlotBooked):
            self.bookings[event.booking_id] = Booking(event.candidate_id, event.slot, at, "standing")
            return
        booking = self.bookings[event.booking_id]
        if isinstance(event, b.BookingRescheduled):
            booking.moves.append((at, event.by, booking.slot.starts_at, event.to_slot.starts_at))
            booking.slot, booking.settled_at, booking.answer = event.to_slot, at, None
            booking.status = "pending" if event.approval == "required" else "active"
        elif isinstance(event, b.BookingReanchored):
            booking.slot = event.slot
        elif isinstance(event, b.AttendanceAnswered):
            booking.answer = event.answer
        elif isinstance(event, b.BookingMissed):
            booking.status = f"{event.party}-missed"
        elif isinstance(event, b.OutcomeCorrected):
            booking.status = event.to
        else:
            kinds: dict[type[Any], str] = {
                b.BookingCancelled: "cancelled",
                b.BookingDeclined: "declined",
                b.BookingAttended: "attended",
                b.BookingApproved: "active",
            }
            booking.status = kinds[type(event)]

    def _person(self, at: datetime, event: Any) -> None:
        if isinstance(event, c.CandidateRegistered):
            self.people[event.candidate_id] = Person(event.city_id, at)
            return
        person = self.people[event.candidate_id]
        if isinstance(event, c.CandidateAdvanced):
            person.stages += 1
        elif isinstance(event, c.CandidateTested):
            person.results.append((event.taken_at, self.number, event))
            person.results.sort(key=lambda each: each[:2])
        elif isinstance(event, c.TestResultVoided):
            open_ones = [n for taken_at, n, _ in person.results if taken_at == event.taken_at]
            person.voided.add(max(n for n in open_ones if n not in person.voided))
        else:
            kinds: dict[type[Any], str] = {
                c.CandidateHired: "hired",
                c.CandidateRejected: "rejected",
                c.CandidateWithdrew: "withdrawn",
            }
            person.status = kinds.get(type(event), person.status)

    def counting(self, person: Person) -> c.CandidateTested | None:
        """Return the result that counts: the one taken last that was not voided."""
        standing = [event for _, n, event in person.results if n not in person.voided]
        return standing[-1] if standing else None

    def used(self) -> list[tuple[s.SlotPublished, date, int, int, int, int]]:
        """List the slots that were not withdrawn: with day, minutes, booked, attended and missed seats."""
        seats: dict[UUID, list[str]] = defaultdict(list)
        for booking in self.bookings.values():
            if booking.status not in GONE:
                seats[booking.slot.slot_id].append(booking.status)
        return [
            (
                slot,
                datetime.fromisoformat(slot.local_start).date(),
                (slot.ends_at - slot.starts_at) // timedelta(minutes=1),
                len(seats[slot.slot_id]),
                seats[slot.slot_id].count("attended"),
                seats[slot.slot_id].count("candidate-missed"),
            )
            for slot in self.slots.values()
        ]


def monday(day: date) -> date:
    """Find the Monday of a week."""
    return day - day.weekday() * DAY


def dim_date(_: Ledger) -> list[Line]:
    """Walk through the days."""
    days = [date(2020, 1, 1) + number * DAY for number in range((date(2041, 1, 1) - date(2020, 1, 1)).days)]
    return [
        (d, d.year, math.ceil(d.month / 3), d.month, d.isoweekday(), d.isocalendar()[0], d.isocalendar()[1], monday(d))
        for d in days
    ]


def fact_test(ledger: Ledger) -> list[Line]:
    """Number the results of each person."""
    return [
        (
            *(candidate_id, "typing", number, event.taken_at, event.score, event.passed, event.valid_until),
            *(event.scorer.split(":")[0], n in person.voided, event is ledger.counting(person)),
        )
        for candidate_id, person in ledger.people.items()
        for number, (_, n, event) in enumerate(person.results, 1)
    ]


def slot_use(ledger: Ledger) -> list[Line]:
    """Count seats by slot."""
    return [
        (
            *(slot.slot_id, slot.recruiter_id, slot.city_id, slot.stage_id, day, monday(day), minutes),
            *(ledger.capacity[slot.slot_id], booked, attended, missed),
        )
        for slot, day, minutes, booked, attended, missed in ledger.used()
    ]


def funnel_cohort(ledger: Ledger) -> list[Line]:
    """Count people by week and city."""
    groups: dict[tuple[date, str], list[tuple[UUID, Person]]] = defaultdict(list)
    for candidate_id, person in ledger.people.items():
        week = monday(person.registered_at.astimezone(UTC).date())
        groups[week, person.city_id].append((candidate_id, person))
    booked = {each.candidate_id for each in ledger.bookings.values()}
    attended = {each.candidate_id for each in ledger.bookings.values() if each.status == "attended"}
    lines = []
    for group, people in groups.items():
        results = [ledger.counting(person) for _, person in people]
        lines.append(
            (
                *(*group, len(people), sum(each is not None for each in results)),
                sum(each is not None and each.passed for each in results),
                sum(candidate_id in booked for candidate_id, _ in people),
                sum(candidate_id in attended for candidate_id, _ in people),
                sum(person.stages > 1 for _, person in people),
                *(
                    sum(person.status == status for _, person in people)
                    for status in ("hired", "rejected", "withdrawn", "active")
                ),
            )
        )
    return lines


def no_show_rate(ledger: Ledger) -> list[Line]:
    """Count outcomes by everything."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for booking in ledger.bookings.values():
        if booking.status not in {"attended", "candidate-missed", "recruiter-missed"}:
            continue
        start, slot = datetime.fromisoformat(booking.slot.local_start), booking.slot
        for group in (
            ("all", "all"),
            ("city", slot.city_id),
            ("recruiter", str(slot.recruiter_id)),
            ("stage", slot.stage_id),
            ("lead time", _range(slot.starts_at - booking.settled_at)),
            ("hour", start.strftime("%H")),
            ("weekday", start.strftime("%u")),
            ("answer", booking.answer or "none"),
        ):
            groups[group].append(booking.status)
    lines = []
    for group, outcomes in groups.items():
        came, stayed_away = outcomes.count("attended"), outcomes.count("candidate-missed")
        rate = stayed_away / (came + stayed_away) if came + stayed_away else None
        lines.append((*group, len(outcomes), came, stayed_away, outcomes.count("recruiter-missed"), rate))
    return lines


def _range(lead: timedelta) -> str:
    bounds = {1: "00-01 days", 3: "01-03 days", 7: "03-07 days", 14: "07-14 days"}
    return next((name for days, name in bounds.items() if lead < days * DAY), "14+ days")


def utilisation(ledger: Ledger) -> list[Line]:
    """Add up by recruiter, city and week."""
    groups: dict[Line, list[Line]] = defaultdict(list)
    for slot, day, *use in ledger.used():
        groups[slot.recruiter_id, slot.city_id, monday(day)].append((ledger.capacity[slot.slot_id], *use))
    lines = []
    for group, used in groups.items():
        offered, seats = sum(each[1] for each in used), sum(each[0] for each in used)
        busy, taken = sum(each[1] for each in used if each[2]), sum(each[2] for each in used)
        came = sum(each[3] for each in used)
        lines.append((*group, len(used), offered, busy, seats, taken, came, busy / offered, taken / seats))
    return lines


def recruiter_load(ledger: Ledger) -> list[Line]:
    """Add up by recruiter and day."""
    groups: dict[Line, list[Line]] = defaultdict(list)
    for slot, day, *use in ledger.used():
        groups[slot.recruiter_id, day].append(tuple(use))
    return [
        (
            *(*group, len(used), sum(each[1] > 0 for each in used), sum(each[1] for each in used)),
            *(sum(each[3] for each in used), sum(each[0] for each in used)),
            sum(each[0] for each in used if each[1]),
        )
        for group, used in groups.items()
    ]


def time_to_interview(ledger: Ledger) -> list[Line]:
    """Take the first interview of each person and stage."""
    first: dict[tuple[UUID, str], b.SlotSnapshot] = {}
    for booking in sorted(ledger.bookings.values(), key=lambda each: each.slot.starts_at):
        if booking.status == "attended":
            first.setdefault((booking.candidate_id, booking.slot.stage_id), booking.slot)
    groups: dict[Line, list[float]] = defaultdict(list)
    for (candidate_id, stage_id), slot in first.items():
        waited = slot.starts_at - ledger.people[candidate_id].registered_at
        groups[slot.city_id, stage_id].append(waited / DAY)
    return [
        (*group, len(days), mean(days), *(_tenth(days, number) for number in (5, 9)), max(days))
        for group, days in groups.items()
    ]


def _tenth(values: Sequence[float], number: int) -> float:
    return quantiles(values, n=10, method="inclusive")[number - 1] if len(values) > 1 else values[0]


def reschedule_chain(ledger: Ledger) -> list[Line]:
    """Follow the moves of each booking."""
    lines = []
    for booking_id, booking in ledger.bookings.items():
        if moves := booking.moves:
            starts = [moves[0][2], *(to for _, _, _, to in moves)]
            by_candidate = sum(by == "candidate" for _, by, _, _ in moves)
            shift = sum((later - earlier).total_seconds() for earlier, later in pairwise(starts))
            notice = min((left - at).total_seconds() for at, _, left, _ in moves)
            about = (booking_id, booking.candidate_id, booking.slot.city_id, booking.slot.stage_id, booking.status)
            counts = (len(moves), by_candidate, len(moves) - by_candidate)
            lines.append((*about, *counts, tuple(starts), int(shift), int(notice)))
    return lines


COUNTED: dict[str, Callable[[Ledger], list[Line]]] = {
    each.__name__: each
    for each in (
        dim_date,
        fact_test,
        slot_use,
        funnel_cohort,
        no_show_rate,
        utilisation,
        recruiter_load,
        time_to_interview,
        reschedule_chain,
    )
}
