"""Four weeks in one city as life has them, as commands with the moment at which each is sent.

Slots are published a week ahead, people register, are tested, hold and book seats, move, cancel, come or do not, and go
on to the next stage. The shares are those of public studies of interviews. What is drawn depends on the seed alone.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from commands.actor import Actor
from commands.advance_candidate import AdvanceCandidate
from commands.answer_attendance import AnswerAttendance
from commands.book_slot import BookSlot
from commands.cancel_booking import CancelBooking
from commands.cancel_slot import CancelSlot
from commands.change_slot_capacity import ChangeSlotCapacity
from commands.define_stage import DefineStage
from commands.define_test import DefineTest
from commands.hire_candidate import HireCandidate
from commands.hold_slot import HoldSlot
from commands.join_waitlist import JoinWaitlist
from commands.leave_waitlist import LeaveWaitlist
from commands.open_city import OpenCity
from commands.publish_series import PublishSeries
from commands.publish_slot import PublishSlot
from commands.record_attendance import RecordAttendance
from commands.record_test_result import RecordTestResult
from commands.register_candidate import RegisterCandidate
from commands.register_recruiter import RegisterRecruiter
from commands.reject_candidate import RejectCandidate
from commands.reschedule_booking import RescheduleBooking
from events.booking import Answer
from events.local_time import zone as zone_named
from events.stage import Policy

DAY: Final = timedelta(days=1)
SPAN: Final = 28 * DAY
STAGE_ID: Final = "screening"
NEXT_STAGE_ID: Final = "interview"
TEST_ID: Final = "aptitude"
CITY_ID: Final = "city-0000"
"""The city of every life; a printed one is another, with an id as long."""

RECRUITERS: Final = 6
CANDIDATES: Final = 420
STARTS: Final = (time(9), time(10), time(11, 30), time(14))
WORKDAYS: Final = 5

_ADMIN: Final = Actor("admin", "bench")
_BOT: Final = Actor("bot", "bench")
_ANSWERS: Final[tuple[Answer, ...]] = (*("yes",) * 8, "unsure", "no")
_GIVEN: Final = ("Aigerim", "Ana", "Bilal", "Chidi", "Dana", "Elif", "Farid", "Giulia", "Hana", "Ivan", "Joao", "Kofi")
_FAMILY: Final = ("Almeida", "Bauer", "Castro", "Diallo", "Eriksen", "Fischer", "Gupta", "Haddad", "Ito", "Jansen")


class Sent(NamedTuple):
    """A command, who sends it and when."""

    at: datetime
    actor: Actor
    command: msgspec.Struct


def directory() -> list[tuple[Actor, msgspec.Struct]]:
    """List what is there before any city: a test, and two stages."""
    policy = Policy(
        min_notice_minutes=0,
        horizon_days=60,
        cancel_cutoff_minutes=0,
        reschedule_cutoff_minutes=0,
        max_active=1,
        max_reschedules=2,
    )
    return [
        (_ADMIN, DefineTest(TEST_ID, "Aptitude", 100, 50, 365)),
        (_ADMIN, DefineStage(STAGE_ID, "Screening", 1, 45, (TEST_ID,), policy)),
        (_ADMIN, DefineStage(NEXT_STAGE_ID, "Interview", 2, 60, (), policy)),
    ]


def opening(zone: str, seed: int) -> list[tuple[Actor, msgspec.Struct]]:
    """List what opens a city: the city and those who hold interviews there."""
    people: list[tuple[Actor, msgspec.Struct]] = [
        (_ADMIN, RegisterRecruiter(f"Recruiter {number} of {CITY_ID}", (CITY_ID,), recruiter_id))
        for number, recruiter_id in enumerate(recruiters(seed))
    ]
    return [(_ADMIN, OpenCity(CITY_ID, f"Town of {CITY_ID}", zone, "en")), *people]


def life(zone: str, seed: int, ends: datetime) -> list[Sent]:
    """Live the weeks that end at a moment; slots are on offer for a week beyond it."""
    return _Life(zone, seed, ends).live()


class _Offered(NamedTuple):
    slot_id: UUID
    recruiter_id: UUID
    published_at: datetime
    starts_at: datetime


class _Taken(NamedTuple):
    at: datetime
    slot: _Offered


def recruiters(seed: int) -> list[UUID]:
    """Name those who hold interviews in the city of that seed."""
    random = Random(seed)
    return [_new_id(random) for _ in range(RECRUITERS)]


def _new_id(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)


class _Life:
    def __init__(self, zone: str, seed: int, ends: datetime) -> None:
        self._random = Random(f"{zone} {seed}")
        self._zone = zone_named(zone)
        self._recruiters = recruiters(seed)
        self._ends = ends
        self._begins = ends - SPAN
        self._free: list[_Offered] = []
        self._firm: list[_Taken] = []
        self._sent: list[Sent] = []

    def live(self) -> list[Sent]:
        for week in range(SPAN.days // 7):
            self._publish(7 * week)
        self._publish_series()
        registered = sorted(self._begins + SPAN * self._random.random() for _ in range(CANDIDATES))
        for at in registered:
            self._go_through(at)
        self._look_after_the_rest()
        # What would come later is not told: it has not happened yet.
        return sorted((each for each in self._sent if each.at < self._ends), key=lambda each: each.at)

    def _publish(self, day: int) -> None:
        """Publish on a day the slots of the working days one week later."""
        at = self._begins + day * DAY
        for ahead in range(7, 7 + WORKDAYS):
            local_date = (at + ahead * DAY).astimezone(self._zone).date()
            for start in STARTS:
                wall = datetime.combine(local_date, start)
                for recruiter_id in self._recruiters:
                    at += timedelta(milliseconds=self._random.randrange(100, 2_000))
                    slot_id = _new_id(self._random)
                    told = wall.isoformat(timespec="minutes")
                    command = PublishSlot(recruiter_id, CITY_ID, STAGE_ID, told, slot_id)
                    self._say(at, Actor("recruiter", str(recruiter_id)), command)
                    starts_at = wall.replace(tzinfo=self._zone).astimezone(UTC)
                    self._free.append(_Offered(slot_id, recruiter_id, at, starts_at))

    def _publish_series(self) -> None:
        recruiter_id = self._recruiters[0]
        at = self._begins + timedelta(hours=2)
        first = datetime.combine((at + 7 * DAY).astimezone(self._zone).date(), time(17))
        told = first.isoformat(timespec="minutes")
        command = PublishSeries(
            recruiter_id, CITY_ID, STAGE_ID, told, "FREQ=WEEKLY;COUNT=4", _new_id(self._random), capacity=10
        )
        self._say(at, Actor("recruiter", str(recruiter_id)), command)

    def _go_through(self, at: datetime) -> None:
        """Register, be tested, and book after a while, or wait for a seat."""
        random, candidate_id = self._random, _new_id(self._random)
        name = f"{random.choice(_GIVEN)} {random.choice(_FAMILY)}"
        phone = f"+77{random.randrange(10**9):09}"
        telegram_id = str(random.randrange(10**8, 10**9))
        self._say(
            at,
            _BOT,
            RegisterCandidate(name, CITY_ID, STAGE_ID, "en", candidate_id, phone, telegram_id=telegram_id),
        )
        at = self._later(at, hours=2)
        score = random.randrange(30, 100)
        self._say(at, _ADMIN, RecordTestResult(candidate_id, TEST_ID, score))
        at = self._later(at, hours=20)
        if score < 50:
            self._say(at, _ADMIN, RejectCandidate(candidate_id, "did not pass"))
        elif random.random() < 0.95 and (slot := self._choose(at)) is not None:
            self._book(at, candidate_id, slot)
        else:
            self._say(at, _BOT, JoinWaitlist(candidate_id, CITY_ID, STAGE_ID))
            self._say(self._later(at, hours=48), _BOT, LeaveWaitlist(candidate_id, CITY_ID, STAGE_ID))

    def _book(self, at: datetime, candidate_id: UUID, slot: _Offered) -> None:
        random, booking_id = self._random, _new_id(self._random)
        gone = [each.slot for each in self._firm[-20:] if each.at < at < each.slot.starts_at]
        if gone and random.random() < 0.1:
            self._say(at - timedelta(minutes=2), _BOT, BookSlot(random.choice(gone).slot_id, candidate_id))
        if random.random() < 0.33:
            self._say(at - timedelta(minutes=1), _BOT, HoldSlot(slot.slot_id, candidate_id))
        self._say(at, _BOT, BookSlot(slot.slot_id, candidate_id, booking_id))
        fate = random.random()
        if fate < 0.12:
            self._say(self._until(at, slot), _BOT, CancelBooking(booking_id, "something came up"))
            return
        if fate < 0.24 and (other := self._choose(at + DAY)) is not None and slot.starts_at > at + 2 * DAY:
            at += DAY
            self._say(at, _BOT, RescheduleBooking(booking_id, other.slot_id))
            slot = other
        else:
            self._firm.append(_Taken(at, slot))
        if random.random() < 0.6:
            answer = random.choice(_ANSWERS)
            self._say(self._until(at, slot), _BOT, AnswerAttendance(booking_id, answer))
        self._meet(candidate_id, booking_id, slot)

    def _meet(self, candidate_id: UUID, booking_id: UUID, slot: _Offered) -> None:
        random, staff = self._random, Actor("recruiter", str(slot.recruiter_id))
        at = self._later(slot.starts_at + timedelta(hours=1), hours=1)
        if random.random() < 0.36:
            self._say(at, staff, RecordAttendance(booking_id, "candidate-missed"))
            return
        self._say(at, staff, RecordAttendance(booking_id, "attended", random.choice((0, 0, 5))))
        at = self._later(at, hours=24)
        fate = random.random()
        if fate < 0.5:
            self._say(at, staff, AdvanceCandidate(candidate_id, NEXT_STAGE_ID))
        elif fate < 0.8:
            self._say(at, staff, RejectCandidate(candidate_id, "not now"))
        else:
            self._say(at, staff, HireCandidate(candidate_id))

    def _look_after_the_rest(self) -> None:
        """Withdraw some of the slots that nobody took, and let some take more people in."""
        for slot in self._random.sample(self._free, len(self._free) // 10):
            staff, at = Actor("recruiter", str(slot.recruiter_id)), self._until(slot.published_at, slot)
            if self._random.random() < 0.5:
                self._say(at, staff, CancelSlot(slot.slot_id, "the room is taken"))
            else:
                self._say(at, staff, ChangeSlotCapacity(slot.slot_id, 2))

    def _choose(self, at: datetime) -> _Offered | None:
        """Take one of the soonest slots that are on offer; nobody takes the same again."""
        offered = [each for each in self._free if each.published_at < at and each.starts_at > at + timedelta(hours=4)]
        if not offered:
            return None
        slot = self._random.choice(sorted(offered, key=lambda each: each.starts_at)[:30])
        self._free.remove(slot)
        return slot

    def _later(self, at: datetime, *, hours: float) -> datetime:
        return at + timedelta(hours=hours) * self._random.random() + timedelta(minutes=5)

    def _until(self, at: datetime, slot: _Offered) -> datetime:
        return at + (slot.starts_at - at) * self._random.uniform(0.05, 0.95)

    def _say(self, at: datetime, actor: Actor, command: msgspec.Struct) -> None:
        self._sent.append(Sent(at, actor, command))
