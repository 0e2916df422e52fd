"""Weeks of hiring in three cities, made up from a seed: every kind of event that analysts see, at times of its own.

Whatever a person could be known by holds the word `CANARY`: names, contacts, and each text that somebody types.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

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
    SlotSnapshot,
)
from events.candidate import (
    CandidateAdvanced,
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
from events.recruiter import RecruiterChanged, RecruiterDeactivated, RecruiterRegistered
from events.slot import SlotCancelled, SlotCapacityChanged, SlotClosed, SlotPublished, SlotReanchored, SlotReopened
from events.stage import StageDefined
from events.test import TestDefined
from tests.support.deciding import policy, some_id

CANARY = "canary"
BEGIN = datetime(2026, 12, 28, 6, tzinfo=UTC)  # so that a year ends in the second week
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
STAGES = ("screening", "interview")
ZONES = {"berlin": "Europe/Berlin", "kathmandu": "Asia/Kathmandu", "sydney": "Australia/Sydney"}
MISSING: dict[str, Literal["candidate", "recruiter"]] = {
    "candidate-missed": "candidate",
    "recruiter-missed": "recruiter",
}

Dated = tuple[datetime, Any]


class Hiring:
    """Tells what happens; each event with the moment at which it was decided."""

    def __init__(self, seed: int) -> None:
        """Draw everything from one seed."""
        self.draw = random.Random(seed)
        self.slots: list[SlotPublished] = []
        self.numbers = count()

    def tell(self, candidates: int = 90, slots: int = 160) -> list[Dated]:
        """Tell the whole of it, in order."""
        dated = [*self._places(), *(each for number in range(slots) for each in self._slot(number))]
        dated += [each for number in range(candidates) for each in self._candidate(number)]
        return sorted(dated, key=lambda each: each[0])

    def _id(self, kind: str) -> UUID:
        return some_id(f"{kind} {next(self.numbers)}")

    def _places(self) -> Iterator[Dated]:
        moments = (BEGIN - 30 * DAY + number * MINUTE for number in count())
        for city_id, zone in ZONES.items():
            yield next(moments), CityOpened(city_id, city_id.title(), zone, "en", None)
        yield next(moments), CityChanged("berlin", "Berlin Mitte", ZONES["berlin"], "de", None)
        for order, stage_id in enumerate(STAGES, 1):
            yield next(moments), StageDefined(stage_id, 1, stage_id, order, 30, ("typing",), policy())
        yield next(moments), StageDefined("interview", 2, "Interview", 2, 45, (), policy(approval="required"))
        yield next(moments), TestDefined("typing", "Typing", 100, 60, 90)
        for number in range(5):
            about = (some_id(f"recruiter {number}"), f"{CANARY} {number}", tuple(ZONES), number, 8, None, "Asia/Almaty")
            yield next(moments), RecruiterRegistered(*about)
        changed = (some_id("recruiter 1"), CANARY, ("berlin",), 5, None, 30, "Europe/Berlin")
        yield next(moments), RecruiterChanged(*changed)
        yield next(moments), RecruiterDeactivated(some_id("recruiter 4"), CANARY)

    def _slot(self, number: int) -> Iterator[Dated]:
        """Publish a slot, and sometimes change it later."""
        draw = self.draw
        city_id = draw.choice(list(ZONES))
        zone = ZoneInfo(ZONES[city_id])
        wall = (BEGIN + (4 + number // 5) * DAY).replace(tzinfo=None, hour=draw.randrange(8, 20), minute=15)
        starts_at = wall.replace(tzinfo=zone).astimezone(UTC)
        published_at = starts_at - draw.randrange(4, 9) * DAY - draw.randrange(600) * MINUTE
        slot = SlotPublished(
            slot_id=self._id("slot"),
            recruiter_id=some_id(f"recruiter {draw.randrange(4)}"),
            city_id=city_id,
            stage_id=draw.choice(STAGES),
            starts_at=starts_at,
            ends_at=starts_at + draw.choice((30, 45)) * MINUTE,
            zone=ZONES[city_id],
            local_start=wall.isoformat(),
            fold=0,
            utc_offset=3600,
            tzdb_version="2026a",
            anchor="wall",
            capacity=draw.choice((1, 2, 4)),
            location=CANARY,
            policy_version=1,
            series_id=some_id("series") if number % 3 == 0 else None,
        )
        yield published_at, slot
        later = published_at + 60 * MINUTE
        match number % 12:
            case 2:
                yield later, SlotCapacityChanged(slot.slot_id, slot.capacity, 3)
            case 4:
                yield later, SlotClosed(slot.slot_id, CANARY)
            case 5:
                yield later, SlotClosed(slot.slot_id, CANARY)
                yield later + MINUTE, SlotReopened(slot.slot_id, CANARY)
            case 7:
                yield later, SlotCancelled(slot.slot_id, slot.recruiter_id, slot.starts_at, slot.ends_at, CANARY)
                return
            case 9:
                slot = self._reanchored(slot)
                moved = (slot.starts_at, slot.ends_at, starts_at, 3600, 7200, "2026b")
                yield later, SlotReanchored(slot.slot_id, slot.recruiter_id, *moved)
            case _:
                pass
        self.slots.append(slot)

    def _candidate(self, number: int) -> Iterator[Dated]:
        """Register, take tests, go through the stages as far as one comes."""
        draw = self.draw
        candidate_id = self._id("candidate")
        at = BEGIN + draw.randrange(20 * 24 * 60) * MINUTE
        personal = (f"{CANARY} {number}", f"{CANARY}-phone", f"{CANARY}@mail", f"{CANARY}-chat")
        city_id = draw.choice(list(ZONES))
        yield at, CandidateRegistered(candidate_id, *personal, city_id, "screening", "en")
        yield at + MINUTE, ContactChanged(candidate_id, name=f"{CANARY} again", phone=CANARY, email=CANARY)
        yield at + 2 * MINUTE, ChatLinked(candidate_id, f"{CANARY}-{number}")
        yield from self._tests(candidate_id, at + 3 * MINUTE)
        at = at + 60 * MINUTE
        for stage_id in STAGES:
            if stage_id != "screening":
                at += DAY
                rule = "passed-screening" if draw.random() < 0.5 else None
                yield at, CandidateAdvanced(candidate_id, "screening", stage_id, rule)
            for _ in range(draw.choice((1, 2))):
                for moment, event in self._booking(candidate_id, stage_id, at + MINUTE):
                    at = max(at, moment)
                    yield moment, event
            if draw.random() < 0.3:
                break
        yield from self._leaving(candidate_id, at + DAY)

    def _leaving(self, candidate_id: UUID, at: datetime) -> Iterator[Dated]:
        ends = (CandidateHired, CandidateRejected, CandidateWithdrew, None)
        if kind := self.draw.choice(ends):
            yield at, kind(candidate_id, CANARY)

    def _tests(self, candidate_id: UUID, at: datetime) -> Iterator[Dated]:
        for number in range(self.draw.randrange(4)):
            # Some are recorded later than those that were taken after them; some were taken in one instant.
            taken_at = at - self.draw.choice((0, 1, 1, 2)) * DAY
            score = self.draw.randrange(101)
            scorer = f"{self.draw.choice(('admin', 'bot'))}:{CANARY}"
            until = taken_at + 90 * DAY
            tested = CandidateTested(candidate_id, "typing", score, score >= 60, taken_at, until, scorer)
            yield at + number * MINUTE, tested
            if self.draw.random() < 0.3:
                yield at + (number + 0.5) * MINUTE, TestResultVoided(candidate_id, "typing", taken_at, CANARY)

    def _booking(self, candidate_id: UUID, stage_id: str, at: datetime) -> Iterator[Dated]:
        """Book, perhaps move, and come to an end, one way or another."""
        draw = self.draw
        slot = self._free(stage_id, at)
        if slot is None:
            return
        booking_id = self._id("booking")
        approval: Literal["auto", "required"] = "required" if stage_id == "interview" else "auto"
        yield at, SlotBooked(booking_id, candidate_id, _snapshot(slot), 1, approval, "candidate")
        if approval == "required":
            at += MINUTE
            if draw.random() < 0.1:
                yield at, BookingDeclined(booking_id, candidate_id, slot.slot_id, "recruiter", CANARY)
                return
            yield at, BookingApproved(booking_id, candidate_id, "recruiter")
        for step in range(1, draw.choice((1, 1, 2, 3))):
            at += 30 * MINUTE
            yield at, AttendanceAnswered(booking_id, candidate_id, "yes")
            at += draw.randrange(72) * 60 * MINUTE
            other = self._free(stage_id, at)
            if other is None or slot.starts_at < at:
                break
            by: Literal["candidate", "admin"] = draw.choice(("candidate", "admin"))
            about = (booking_id, candidate_id, slot.slot_id, _snapshot(other), 1, by, CANARY, step)
            yield at, BookingRescheduled(*about, override=by == "admin")
            slot = other
        if draw.random() < 0.1:
            slot, at = self._reanchored(slot), at + MINUTE
            yield at, BookingReanchored(booking_id, candidate_id, _snapshot(slot))
        for _ in range(draw.randrange(3)):
            at += MINUTE
            yield at, AttendanceAnswered(booking_id, candidate_id, draw.choice(("yes", "unsure", "no")))
        yield from self._end(booking_id, candidate_id, slot, at)

    def _end(self, booking_id: UUID, candidate_id: UUID, slot: SlotPublished, at: datetime) -> Iterator[Dated]:
        draw = self.draw
        if draw.random() < 0.2:
            yield at + MINUTE, _cancelled(booking_id, candidate_id, slot, at + MINUTE)
            return
        if draw.random() < 0.1:
            return
        after = max(slot.ends_at, at) + 10 * MINUTE
        outcome: Literal["attended", "candidate-missed", "recruiter-missed"] = draw.choices(
            ("attended", "candidate-missed", "recruiter-missed"), (6, 4, 1)
        )[0]
        yield after, _outcome(booking_id, candidate_id, outcome)
        if draw.random() < 0.15:
            to: Literal["attended", "candidate-missed"] = "attended" if outcome != "attended" else "candidate-missed"
            late = 3 if to == "attended" else 0
            yield after + MINUTE, OutcomeCorrected(booking_id, candidate_id, outcome, to, late, CANARY, "admin")

    def _free(self, stage_id: str, at: datetime) -> SlotPublished | None:
        choice = [each for each in self.slots if each.stage_id == stage_id and at < each.starts_at]
        return self.draw.choice(choice[:40]) if choice else None

    @staticmethod
    def _reanchored(slot: SlotPublished) -> SlotPublished:
        times = {"starts_at": slot.starts_at - 60 * MINUTE, "ends_at": slot.ends_at - 60 * MINUTE}
        return msgspec.structs.replace(slot, **times)


def _snapshot(slot: SlotPublished) -> SlotSnapshot:
    return SlotSnapshot(**{name: getattr(slot, name) for name in SlotSnapshot.__struct_fields__})


def _cancelled(booking_id: UUID, candidate_id: UUID, slot: SlotPublished, at: datetime) -> BookingCancelled:
    return BookingCancelled(
        booking_id,
        candidate_id,
        slot.slot_id,
        by="candidate",
        reason_code="by-candidate",
        reason=CANARY,
        notice_seconds=int((slot.starts_at - at).total_seconds()),
        override=False,
    )


def _outcome(
    booking_id: UUID, candidate_id: UUID, outcome: Literal["attended", "candidate-missed", "recruiter-missed"]
) -> BookingAttended | BookingMissed:
    if outcome == "attended":
        return BookingAttended(booking_id, candidate_id, 4, "recruiter")
    return BookingMissed(booking_id, candidate_id, MISSING[outcome], "recorded", "recruiter")
