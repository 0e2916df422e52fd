"""Given these events, when this command is decided, then ...: no log, no writer."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import msgspec

from commands.actor import Actor
from commands.catalogue import BY_STRUCT
from commands.decision import Accepted, Context, Decision, Known, View
from events.booking import BookingCancelled, SlotBooked, SlotSnapshot
from events.candidate import CandidateRegistered, CandidateTested
from events.catalogue import entity_of
from events.city import CityOpened
from events.hold import SlotHeld
from events.offer import SeatOffered
from events.recruiter import RecruiterRegistered
from events.slot import OpenSlot, SlotPublished, SlotState
from events.stage import Policy, StageDefined
from events.test import TestDefined
from events.waitlist import WaitlistJoined

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
COMMAND_ID = UUID("00000000-0000-4000-8000-000000000001")

ADMIN = Actor("admin", "root")
BOT = Actor("bot", "telegram")


def policy(**changes: Any) -> Policy:
    """The usual policy, but for some of it."""
    return msgspec.structs.replace(POLICY, **changes)


# What happened before: events of any kind.
History = Sequence[Any]


def some_id(name: str) -> UUID:
    """Name an id, the same each time."""
    return uuid5(NAMESPACE_OID, name)


RECRUITER = some_id("recruiter")
OTHER_RECRUITER = some_id("other recruiter")
SLOT = some_id("slot")
OTHER_SLOT = some_id("other slot")
CANDIDATE = some_id("candidate")
BOOKING = some_id("booking")
HOLD = some_id("hold")

RECRUITER_ACTOR = Actor("recruiter", str(RECRUITER))
STRANGER = Actor("recruiter", str(OTHER_RECRUITER))

POLICY = Policy(
    min_notice_minutes=60,
    horizon_days=30,
    cancel_cutoff_minutes=120,
    reschedule_cutoff_minutes=240,
    max_active=2,
    max_reschedules=1,
)


def states_of(history: History) -> dict[str, Known]:
    """Fold a history under every tag it carries."""
    states: dict[str, Known] = {}
    for position, event in enumerate(history, 1):
        for tag in dict.fromkeys(event.tags()):
            entity = entity_of(tag)
            assert entity is not None
            before = states[tag].state if tag in states else entity.initial
            states[tag] = Known(entity.evolve(before, event), position)
    return states


def decide(history: History, command: msgspec.Struct, actor: Actor = ADMIN, now: datetime = NOW) -> Decision:
    """Decide one command after a history."""
    states = states_of(history)

    def lookup(tag: str) -> Known:
        entity = entity_of(tag)
        assert entity is not None
        return states.get(tag) or Known(entity.initial, 0)

    view = View(lookup)
    decision = BY_STRUCT[type(command)].decide(command, view, Context(COMMAND_ID, actor, now))
    if isinstance(decision, Accepted):
        written = {tag for event in decision.events for tag in event.tags()}
        assert written <= set(view.reads), "a decision reads all that it writes"
    return decision


def slot_after(history: History, slot_id: UUID) -> SlotState:
    """Return what a slot is after a history."""
    state: SlotState = states_of(history)[f"slot:{slot_id}"].state
    return state


def city(city_id: str = "berlin", time_zone: str = "Europe/Berlin") -> CityOpened:
    """An open city."""
    return CityOpened(city_id, city_id.title(), time_zone, "de", None)


def recruiter(recruiter_id: UUID = RECRUITER, min_gap_minutes: int = 0, city_id: str = "berlin") -> RecruiterRegistered:
    """A recruiter of one city."""
    return RecruiterRegistered(recruiter_id, "Anna", (city_id,), min_gap_minutes, None, None, "Europe/Berlin")


def stage(
    stage_id: str = "screening", policy: Policy = POLICY, version: int = 1, required_tests: tuple[str, ...] = ()
) -> StageDefined:
    """A stage of half an hour."""
    return StageDefined(stage_id, version, stage_id.title(), 1, 30, required_tests, policy)


def typing_test(test_id: str = "typing") -> TestDefined:
    """A test of 100 points, passed with 60, good for 90 days."""
    return TestDefined(test_id, test_id.title(), 100, 60, 90)


def candidate(candidate_id: UUID = CANDIDATE, stage_id: str = "screening") -> CandidateRegistered:
    """A person in a stage."""
    return CandidateRegistered(candidate_id, "Kim", "+49301234567", None, "4711", "berlin", stage_id, "de")


def result(test_id: str = "typing", *, passed: bool = True, days_ago: int = 1, valid_days: int = 90) -> CandidateTested:
    """A test result."""
    taken_at = NOW - timedelta(days=days_ago)
    score = 80 if passed else 20
    return CandidateTested(CANDIDATE, test_id, score, passed, taken_at, taken_at + timedelta(days=valid_days), "bot:x")


def slot(slot_id: UUID = SLOT, starts_in: timedelta = timedelta(days=1), **changes: Any) -> SlotPublished:
    """A slot of half an hour with one seat."""
    starts_at = NOW + starts_in
    published = SlotPublished(
        slot_id,
        RECRUITER,
        "berlin",
        "screening",
        starts_at,
        starts_at + timedelta(minutes=30),
        "Europe/Berlin",
        "2027-03-02T10:00:00",
        0,
        3600,
        "2026a",
        "wall",
        1,
        None,
        1,
    )
    return msgspec.structs.replace(published, **changes)


def details(published: SlotPublished) -> SlotSnapshot:
    """The slot as a booking keeps it."""
    state = slot_after([published], published.slot_id)
    assert isinstance(state, OpenSlot)
    return state.details


def booked(
    published: SlotPublished, booking_id: UUID = BOOKING, candidate_id: UUID = CANDIDATE, policy_version: int = 1
) -> SlotBooked:
    """A booking of a slot."""
    return SlotBooked(booking_id, candidate_id, details(published), policy_version, "auto", "candidate")


def held(
    published: SlotPublished,
    hold_id: UUID = HOLD,
    candidate_id: UUID = CANDIDATE,
    lasts: timedelta = timedelta(minutes=10),
) -> SlotHeld:
    """A hold on a slot that ends so long from now; already over if that is negative."""
    return SlotHeld(hold_id, candidate_id, details(published), NOW + lasts, 1, "candidate")


def waiting(candidate_id: UUID = CANDIDATE, priority: int = 0, days_ago: int = 1, **changes: Any) -> WaitlistJoined:
    """Somebody who waits for a screening in Berlin."""
    joined = WaitlistJoined(candidate_id, "berlin", "screening", None, None, priority, NOW - timedelta(days=days_ago))
    return msgspec.structs.replace(joined, **changes)


def offered(
    published: SlotPublished,
    hold_id: UUID = HOLD,
    candidate_id: UUID = CANDIDATE,
    lasts: timedelta = timedelta(minutes=60),
) -> SeatOffered:
    """A seat offered to somebody who waits, until so long from now."""
    return SeatOffered(hold_id, candidate_id, details(published), 1, (), NOW + lasts, 1)


def cancelled(booking: SlotBooked) -> BookingCancelled:
    """The end of a booking."""
    return BookingCancelled(
        booking.booking_id,
        booking.candidate_id,
        booking.slot.slot_id,
        "candidate",
        "by-candidate",
        None,
        86_400,
        override=False,
    )
