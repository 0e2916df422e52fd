"""Holding a seat: it counts as taken while it lasts, and is given back by whoever comes next."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from commands import refusals
from commands.book_slot import BookSlot
from commands.decision import Accepted, Decision
from commands.expire_hold import ExpireHold
from commands.hold_slot import HoldSlot
from commands.release_hold import ReleaseHold
from events.booking import SlotBooked
from events.codec import Event
from events.hold import HoldExpired, HoldReleased, SlotHeld
from tests.support import deciding as given
from tests.support.deciding import BOT, CANDIDATE, HOLD, NOW, OTHER_SLOT, SLOT, some_id

SOMEBODY = some_id("somebody else")
THEIR_HOLD = some_id("their hold")
OVER = -timedelta(seconds=1)


def history(*more: Event, **slot: Any) -> list[Event]:
    """An open slot tomorrow, and two candidates in its stage."""
    people = [given.candidate(), given.candidate(SOMEBODY)]
    return [given.city(), given.stage(), given.recruiter(), given.slot(**slot), *people, *more]


def hold(events: given.History, slot_id: UUID = SLOT) -> Decision:
    """Decide a hold by the bot."""
    return given.decide(events, HoldSlot(slot_id, CANDIDATE), BOT)


def book(events: given.History, **fields: Any) -> Decision:
    """Decide a booking by the bot."""
    return given.decide(events, BookSlot(SLOT, CANDIDATE, **fields), BOT)


def events_of(decision: Decision) -> list[Event]:
    """Return what an accepted decision writes."""
    assert isinstance(decision, Accepted), decision
    return list(decision.events)


def test_a_hold_keeps_a_seat_for_as_long_as_the_stage_says() -> None:
    """The stage says ten minutes; the reply tells until when."""
    decision = hold(history())

    (held,) = events_of(decision)
    assert isinstance(held, SlotHeld)
    assert held.expires_at == NOW + timedelta(minutes=10)
    assert isinstance(decision, Accepted)
    assert decision.ids == {"hold_id": held.hold_id}
    assert decision.report == {"expires_at": held.expires_at}


def test_a_hold_ends_with_the_start_at_the_latest() -> None:
    """Nothing can be done with it afterwards."""
    late = msgspec.structs.replace(given.POLICY, min_notice_minutes=0)
    events = history(given.stage(version=2, policy=late), starts_in=timedelta(minutes=3))

    (held,) = events_of(hold(events))

    assert isinstance(held, SlotHeld)
    assert held.expires_at == NOW + timedelta(minutes=3)


def test_s1_a_held_seat_is_taken_for_everybody_else() -> None:
    """The facts tell held seats from booked ones."""
    events = history(given.held(given.slot(), THEIR_HOLD, SOMEBODY))

    assert book(events) == refusals.SlotFull(1, 0, 1)
    assert hold(events) == refusals.SlotFull(1, 0, 1)


@pytest.mark.parametrize("named", [None, HOLD])
def test_a_candidates_own_hold_is_used_up_by_booking(named: object) -> None:
    """Whether or not the command names it."""
    events = history(given.held(given.slot()))

    (booked,) = events_of(book(events, hold_id=named))

    assert isinstance(booked, SlotBooked)
    assert booked.hold_id == HOLD
    slot = given.slot_after([*events, booked], SLOT)
    assert not slot.holds  # type: ignore[union-attr]


def test_s1_whoever_books_over_an_expired_hold_writes_first_that_it_expired() -> None:
    """So the log alone proves that capacity was never exceeded."""
    events = history(given.held(given.slot(), THEIR_HOLD, SOMEBODY, OVER))

    expired, booked = events_of(book(events))

    assert expired == HoldExpired(THEIR_HOLD, SOMEBODY, SLOT, NOW + OVER)
    assert isinstance(booked, SlotBooked)


def test_s1_of_several_expired_holds_the_oldest_goes_and_the_others_stay() -> None:
    """One booking needs one seat."""
    group = given.slot(capacity=2)
    older = given.held(group, some_id("older"), SOMEBODY, -timedelta(minutes=2))
    third = some_id("third")
    newer = given.held(group, some_id("newer"), third, OVER)
    events = history(given.candidate(third), newer, older, capacity=2)

    expired, booked = events_of(book(events))

    assert isinstance(expired, HoldExpired)
    assert expired.hold_id == older.hold_id
    assert isinstance(booked, SlotBooked)


def test_an_expired_hold_is_left_alone_while_other_seats_are_free() -> None:
    """Nobody needs its seat."""
    events = history(given.held(given.slot(capacity=2), THEIR_HOLD, SOMEBODY, OVER), capacity=2)

    (booked,) = events_of(book(events))

    assert isinstance(booked, SlotBooked)


def test_a_hold_that_expires_this_instant_is_over() -> None:
    """Live means that it ends later than now."""
    events = history(given.held(given.slot(), THEIR_HOLD, SOMEBODY, timedelta(0)))

    assert isinstance(events_of(book(events))[0], HoldExpired)


def test_naming_a_hold_that_expired_books_the_seat_if_it_is_free() -> None:
    """Being slow costs the right to the seat, not the seat."""
    events = history(given.held(given.slot(), lasts=OVER))

    expired, booked = events_of(book(events, hold_id=HOLD))

    assert isinstance(expired, HoldExpired)
    assert isinstance(booked, SlotBooked)
    assert booked.hold_id is None


def test_a_hold_is_named_by_its_owner_only_and_for_its_own_slot() -> None:
    """An unknown one is named as such."""
    events = history(given.held(given.slot(capacity=2), THEIR_HOLD, SOMEBODY), capacity=2)

    assert isinstance(book(events, hold_id=THEIR_HOLD), refusals.Forbidden)
    assert book(events, hold_id=HOLD) == refusals.UnknownHold(HOLD)


def test_holding_what_one_holds_is_accepted_with_nothing_to_do() -> None:
    """It does not last any longer for that."""
    events = history(given.held(given.slot()))

    decision = hold(events)

    assert decision == Accepted((), {"hold_id": HOLD}, {"expires_at": NOW + timedelta(minutes=10)})


def test_holding_again_after_it_expired_is_a_new_hold() -> None:
    """The old one ends first."""
    events = history(given.held(given.slot(), lasts=OVER))

    expired, held = events_of(hold(events))

    assert isinstance(expired, HoldExpired)
    assert isinstance(held, SlotHeld)
    assert held.hold_id != HOLD


def test_nobody_hoards_seats() -> None:
    """As many live holds as the stage allows; expired ones do not count."""
    other = given.slot(OTHER_SLOT, timedelta(days=2))
    events = history(other)

    assert hold([*events, given.held(other)]) == refusals.TooManyHolds(1, 1)
    assert events_of(hold([*events, given.held(other, lasts=OVER)]))


def test_what_cannot_be_booked_cannot_be_held() -> None:
    """Every rule of booking holds for holding."""
    assert isinstance(hold(history(starts_in=timedelta(minutes=59))), refusals.TooSoon)
    assert isinstance(hold(history(given.booked(given.slot()))), refusals.AlreadyBooked)
    assert hold([given.candidate()]) == refusals.UnknownSlot(SLOT)
    assert hold(history()[:4]) == refusals.UnknownCandidate(CANDIDATE)


def test_a_hold_that_is_released_frees_its_seat() -> None:
    """Releasing it again is accepted, with nothing to do."""
    events = history(given.held(given.slot()))

    decision = given.decide(events, ReleaseHold(HOLD), BOT)

    (released,) = events_of(decision)
    assert released == HoldReleased(HOLD, CANDIDATE, SLOT, "given-back")
    assert events_of(given.decide([*events, released], ReleaseHold(HOLD), BOT)) == []


def test_a_hold_that_is_released_too_late_has_expired() -> None:
    """The log says what happened first."""
    events = history(given.held(given.slot(), lasts=OVER))

    (expired,) = events_of(given.decide(events, ReleaseHold(HOLD), BOT))

    assert isinstance(expired, HoldExpired)


def test_nobody_releases_the_hold_of_somebody_else() -> None:
    """A bot that says for whom it acts is held to it."""
    events = history(given.held(given.slot()))

    assert isinstance(given.decide(events, ReleaseHold(HOLD, SOMEBODY), BOT), refusals.Forbidden)
    assert given.decide(history(), ReleaseHold(HOLD), BOT) == refusals.UnknownHold(HOLD)


def test_a_hold_expires_at_its_time_and_not_before() -> None:
    """Once only."""
    live, over = history(given.held(given.slot())), history(given.held(given.slot(), lasts=OVER))

    assert given.decide(live, ExpireHold(HOLD)) == refusals.HoldLive(NOW + timedelta(minutes=10))
    (expired,) = events_of(given.decide(over, ExpireHold(HOLD)))
    assert isinstance(expired, HoldExpired)
    assert events_of(given.decide([*over, expired], ExpireHold(HOLD))) == []
    assert given.decide(history(), ExpireHold(HOLD)) == refusals.UnknownHold(HOLD)
