"""Advancing, rejecting, withdrawing and hiring: who leaves, and what they leave behind."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from commands import refusals
from commands.advance_candidate import AdvanceCandidate
from commands.decision import Accepted, Decision
from commands.hire_candidate import HireCandidate
from commands.reject_candidate import RejectCandidate
from commands.withdraw_candidate import WithdrawCandidate
from events.booking import BookingCancelled
from events.candidate import (
    CandidateAdvanced,
    CandidateHired,
    CandidateRejected,
    CandidateWithdrew,
    RegisteredCandidate,
)
from events.codec import Event
from events.hold import HoldExpired, HoldReleased
from events.offer import OfferExpired
from events.waitlist import WaitlistLeft
from tests.support import deciding as given
from tests.support.deciding import BOOKING, CANDIDATE, HOLD, OTHER_SLOT, RECRUITER_ACTOR, SLOT, decide, some_id

IDS = {"candidate_id": CANDIDATE}
THIRD_SLOT = some_id("third slot")
OFFER = some_id("offer")
OVER = timedelta(minutes=-1)

ENDINGS: list[Any] = [
    (RejectCandidate(CANDIDATE, "no"), CandidateRejected(CANDIDATE, "no"), "rejected"),
    (WithdrawCandidate(CANDIDATE), CandidateWithdrew(CANDIDATE, None), "withdrawn"),
    (HireCandidate(CANDIDATE, "yes"), CandidateHired(CANDIDATE, "yes"), "hired"),
]
ADVANCE = AdvanceCandidate(CANDIDATE, "interview")
ADVANCED = CandidateAdvanced(CANDIDATE, "screening", "interview", None)


def history(*more: Event) -> list[Event]:
    """Two stages, and a candidate in the first."""
    return [given.stage(), given.stage("interview"), given.recruiter(), given.candidate(), *more]


def of_screening() -> list[Event]:
    """A seat booked tomorrow, one held the day after, one offered the day after that, and a place in the list."""
    booked, held, offered = (
        given.slot(slot_id, timedelta(days=day)) for day, slot_id in enumerate((SLOT, OTHER_SLOT, THIRD_SLOT), 1)
    )
    return [
        *(booked, given.booked(booked)),
        *(held, given.held(held)),
        *(offered, given.waiting(), given.offered(offered, OFFER)),
    ]


def released(code: Any) -> tuple[Event, ...]:
    """What becomes of all that `of_screening` has in it."""
    return (
        BookingCancelled(BOOKING, CANDIDATE, SLOT, "admin", code, None, 86_400, override=False),
        HoldReleased(HOLD, CANDIDATE, OTHER_SLOT, "candidate-left"),
        OfferExpired(OFFER, CANDIDATE, THIRD_SLOT, "berlin", "screening", "candidate-left"),
        WaitlistLeft(CANDIDATE, "berlin", "screening", code),
    )


def events_of(decision: Decision) -> tuple[Event, ...]:
    """Return the events of a decision that must be an acceptance."""
    assert isinstance(decision, Accepted), decision
    return decision.events


def candidate_after(events: given.History) -> RegisteredCandidate:
    """Fold a history, and look at the candidate."""
    state: RegisteredCandidate = given.states_of(events)[f"candidate:{CANDIDATE}"].state
    return state


def test_a_candidate_advances_from_one_stage_to_another() -> None:
    """The event says from where to where, and that no rule did it."""
    decision = decide(history(), ADVANCE, RECRUITER_ACTOR)

    assert decision == Accepted((ADVANCED,), IDS)


def test_what_the_old_stage_leaves_behind_is_released() -> None:
    """Booking, hold, offer and wait of the old stage end in the same append, before the candidate is in the new one."""
    world = history(*of_screening())

    events = events_of(decide(world, ADVANCE))

    assert events == (*released("stage-left"), ADVANCED)
    after = candidate_after([*world, *events])
    assert (after.stage_id, after.booked, after.holds, after.waits) == ("interview", {}, {}, frozenset())


def test_what_is_of_another_stage_stays() -> None:
    """Only the stage that is left leaves anything behind."""
    booked = given.slot(stage_id="interview")
    held = given.slot(OTHER_SLOT, timedelta(days=2), stage_id="interview")
    world = history(booked, given.booked(booked), held, given.held(held), given.waiting(stage_id="interview"))

    events = events_of(decide(world, ADVANCE))

    assert events == (ADVANCED,)


def test_advancing_to_where_one_is_is_accepted_with_nothing_to_do() -> None:
    """Nothing is released then."""
    world = history(*of_screening())

    assert decide(world, AdvanceCandidate(CANDIDATE, "screening")) == Accepted((), IDS)


def test_who_advances_and_where_to_must_exist() -> None:
    """Each is named."""
    nowhere = AdvanceCandidate(CANDIDATE, "nowhere")

    assert decide([given.stage("interview")], ADVANCE) == refusals.UnknownCandidate(CANDIDATE)
    assert decide(history(), nowhere) == refusals.UnknownStage("nowhere")


@pytest.mark.parametrize(("command", "left", "status"), ENDINGS)
def test_an_end_releases_every_seat_to_come(command: msgspec.Struct, left: Event, status: str) -> None:
    """Whatever the stage: the seats end first, then the process."""
    interview = given.slot(some_id("interview slot"), timedelta(days=5), stage_id="interview")
    booking_id = some_id("interview booking")
    world = history(*of_screening(), interview, given.booked(interview, booking_id))

    events = events_of(decide(world, command))

    notice = 5 * 86_400
    first, *others = released("candidate-left")
    also = BookingCancelled(
        booking_id, CANDIDATE, interview.slot_id, "admin", "candidate-left", None, notice, override=False
    )
    assert events == (first, also, *others, left)
    after = candidate_after([*world, *events])
    assert (after.status, after.booked, after.holds, after.waits) == (status, {}, {}, frozenset())


@pytest.mark.parametrize(("command", "left", "status"), ENDINGS)
def test_the_same_end_again_is_accepted_with_nothing_to_do(command: msgspec.Struct, left: Event, status: str) -> None:
    """Another end after it is refused, and so is another stage."""
    world = history(left)

    assert decide(world, command) == Accepted((), IDS)
    others = [other for other, _, another in ENDINGS if another != status]
    assert [decide(world, other) for other in (*others, ADVANCE)] == [refusals.CandidateGone(status)] * 3


@pytest.mark.parametrize("command", [command for command, _, _ in ENDINGS])
def test_only_who_is_known_can_leave(command: msgspec.Struct) -> None:
    """The facts name the candidate."""
    assert decide([], command) == refusals.UnknownCandidate(CANDIDATE)


@pytest.mark.parametrize(("starts_in", "stays"), [(timedelta(0), True), (timedelta(seconds=1), False)])
def test_an_interview_that_has_started_is_not_cancelled(starts_in: timedelta, *, stays: bool) -> None:
    """What becomes of it is an outcome, to be recorded; one that starts in a second is still to come."""
    slot = given.slot(starts_in=starts_in)
    world = history(slot, given.booked(slot))

    events = events_of(decide(world, RejectCandidate(CANDIDATE, "no")))

    assert events[-1] == CandidateRejected(CANDIDATE, "no")
    assert (len(events) == 1) == stays


def test_a_hold_or_an_offer_whose_time_is_over_ends_as_what_it_is() -> None:
    """It expired; nobody gave it back."""
    held, offered = given.slot(), given.slot(OTHER_SLOT, timedelta(days=2))
    world = history(
        *(held, given.held(held, lasts=OVER)),
        *(offered, given.waiting(), given.offered(offered, OFFER, lasts=OVER)),
    )

    events = events_of(decide(world, RejectCandidate(CANDIDATE, "no")))

    assert events[:2] == (
        HoldExpired(HOLD, CANDIDATE, SLOT, given.NOW + OVER),
        OfferExpired(OFFER, CANDIDATE, OTHER_SLOT, "berlin", "screening", "timed-out"),
    )


def test_waits_end_in_an_order_that_is_always_the_same() -> None:
    """By city and stage: the same decision, made again, gives the same facts in the same order."""
    cities = ["berlin", "almaty", "cairo", "kathmandu"]
    world = history(*(given.waiting(city_id=city) for city in cities))

    events = events_of(decide(world, ADVANCE))

    assert [event.city_id for event in events if isinstance(event, WaitlistLeft)] == sorted(cities)


def test_a_seat_that_was_released_is_free_for_somebody_else() -> None:
    """The slot has all its seats again."""
    world = history(*of_screening())

    events = events_of(decide(world, RejectCandidate(CANDIDATE, "no")))

    slots = [given.slot_after([*world, *events], slot_id) for slot_id in (SLOT, OTHER_SLOT, THIRD_SLOT)]
    assert [slot.seats_left for slot in slots if hasattr(slot, "seats_left")] == [1, 1, 1]
