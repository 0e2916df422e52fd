"""Rescheduling a booking: leaving one seat and taking another, in one fact."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from commands import refusals
from commands.actor import Actor
from commands.decision import Accepted, Decision
from commands.reschedule_booking import RescheduleBooking
from events.booking import BookingRescheduled
from events.codec import Event
from events.slot import OpenSlot, SlotCancelled
from tests.support import deciding as given
from tests.support.deciding import ADMIN, BOOKING, BOT, CANDIDATE, OTHER_SLOT, SLOT, STRANGER, some_id

ONE_DAY = timedelta(days=1)


def history(
    *more: Event, starts_in: timedelta = ONE_DAY, target_in: timedelta = 2 * ONE_DAY, **target: Any
) -> list[Event]:
    """A booking of one slot, and another slot to move to."""
    held = given.slot(starts_in=starts_in)
    free = given.slot(OTHER_SLOT, target_in, **target)
    return [given.stage(), given.recruiter(), held, free, given.candidate(), given.booked(held), *more]


def reschedule(events: given.History, actor: Actor = BOT, **body: Any) -> Decision:
    """Decide the move to the other slot."""
    return given.decide(events, RescheduleBooking(BOOKING, OTHER_SLOT, **body), actor)


def move_of(decision: Decision) -> BookingRescheduled:
    """Return the one event of an accepted move."""
    assert isinstance(decision, Accepted), decision
    (event,) = decision.events
    assert isinstance(event, BookingRescheduled)
    return event


def test_one_event_frees_the_old_seat_and_takes_the_new_one() -> None:
    """The booking keeps its identity; both slots change by the same fact."""
    events = history()

    event = move_of(reschedule(events, reason="train is late"))

    assert (event.booking_id, event.from_slot, event.to_slot.slot_id, event.count) == (BOOKING, SLOT, OTHER_SLOT, 1)
    assert (event.reason, event.override, event.by) == ("train is late", False, "candidate")
    old, new = given.slot_after([*events, event], SLOT), given.slot_after([*events, event], OTHER_SLOT)
    assert isinstance(old, OpenSlot)
    assert isinstance(new, OpenSlot)
    assert old.bookings == {}
    assert new.bookings == {CANDIDATE: BOOKING}


def test_moving_to_the_slot_one_has_is_accepted_with_nothing_to_do() -> None:
    """Also when it is full, by oneself."""
    decision = given.decide(history(), RescheduleBooking(BOOKING, SLOT), BOT)

    assert decision == Accepted((), {"booking_id": BOOKING})


def test_booking_and_slot_must_exist() -> None:
    """Each is named."""
    assert reschedule([]) == refusals.UnknownBooking(BOOKING)
    held = given.slot()
    no_target = [given.stage(), given.recruiter(), held, given.candidate(), given.booked(held)]
    assert reschedule(no_target) == refusals.UnknownSlot(OTHER_SLOT)


def test_a_cancelled_booking_is_not_moved() -> None:
    """It is over."""
    events = history()

    decision = reschedule([*events, given.cancelled(given.booked(given.slot()))])

    assert decision == refusals.BookingEnded(BOOKING)


@pytest.mark.parametrize(
    ("starts_in", "late"), [(timedelta(hours=4), False), (timedelta(hours=4) - timedelta(seconds=1), True)]
)
def test_b2_rescheduling_has_a_cut_off_of_its_own(starts_in: timedelta, late: bool) -> None:  # noqa: FBT001
    """Four hours here, where cancelling has two."""
    decision = reschedule(history(starts_in=starts_in))

    assert isinstance(decision, refusals.TooLateToReschedule if late else Accepted)


def test_b2_staff_bypass_the_cut_off_with_a_reason_which_is_recorded() -> None:
    """A bot never does."""
    late = history(starts_in=timedelta(hours=1))

    assert isinstance(reschedule(late, BOT, override=True, reason="x"), refusals.TooLateToReschedule)
    assert isinstance(reschedule(late, ADMIN), refusals.TooLateToReschedule)
    assert reschedule(late, ADMIN, override=True) == refusals.ReasonRequired("reason")
    assert move_of(reschedule(late, ADMIN, override=True, reason="recruiter ill")).override is True


def test_c4_no_more_reschedules_than_the_stage_allows() -> None:
    """One is allowed here; the second is refused."""
    events = history()
    events.append(move_of(reschedule(events)))

    decision = given.decide(events, RescheduleBooking(BOOKING, SLOT), BOT)

    assert decision == refusals.TooManyReschedules(1, 1)


def test_s3_a_booking_is_not_moved_once_its_interview_has_started() -> None:
    """Not even by staff."""
    decision = reschedule(history(starts_in=timedelta(0)), ADMIN, override=True, reason="x")

    assert isinstance(decision, refusals.SlotStarted)


def test_s1_the_new_slot_has_a_seat_left() -> None:
    """Else the old seat is kept."""
    other = some_id("somebody else")
    target = given.slot(OTHER_SLOT, 2 * ONE_DAY)
    taken = given.booked(target, some_id("their booking"), other)

    assert reschedule(history(given.candidate(other), taken)) == refusals.SlotFull(1, 1)


def test_s3_the_new_slot_is_open() -> None:
    """Neither cancelled nor started."""
    target = given.slot(OTHER_SLOT, 2 * ONE_DAY)
    gone = SlotCancelled(OTHER_SLOT, target.recruiter_id, target.starts_at, target.ends_at, "ill")

    assert reschedule(history(gone)) == refusals.SlotWithdrawn(OTHER_SLOT)
    assert isinstance(reschedule(history(target_in=-ONE_DAY)), refusals.SlotStarted)


def test_c1_the_booking_that_moves_is_not_in_its_own_way() -> None:
    """Moving by fifteen minutes overlaps with nothing but itself."""
    colleague = some_id("colleague")
    events = history(given.recruiter(colleague), target_in=ONE_DAY + timedelta(minutes=15), recruiter_id=colleague)

    assert move_of(reschedule(events)).to_slot.slot_id == OTHER_SLOT


def test_c1_the_new_slot_does_not_overlap_with_another_booking() -> None:
    """The candidate's other commitments stand."""
    third = given.slot(some_id("third"), 2 * ONE_DAY, stage_id="final", recruiter_id=some_id("colleague"))
    events = history(third, given.booked(third, some_id("third booking")))

    assert isinstance(reschedule(events), refusals.CandidateBusy)


def test_b1_notice_and_horizon_hold_for_the_new_slot() -> None:
    """As for any booking."""
    assert isinstance(reschedule(history(target_in=timedelta(minutes=59))), refusals.TooSoon)
    assert isinstance(reschedule(history(target_in=31 * ONE_DAY)), refusals.TooFar)


def test_f1_a_booking_stays_within_its_stage_and_needs_its_tests() -> None:
    """A slot of another stage is not open, and a test that expired meanwhile is required again."""
    needs_test = given.stage(version=2, required_tests=("typing",))

    assert isinstance(reschedule(history(stage_id="final")), refusals.StageNotOpen)
    assert reschedule(history(needs_test)) == refusals.TestRequired(("typing",))


def test_the_new_version_of_the_policy_is_pinned() -> None:
    """From the move on, its cut-offs hold."""
    newer = given.stage(version=2, policy=msgspec.structs.replace(given.POLICY, cancel_cutoff_minutes=5))

    assert move_of(reschedule(history(newer))).policy_version == 2


def test_a_recruiter_moves_bookings_between_their_own_slots_only() -> None:
    """Neither from a colleague nor to one."""
    to_colleague = history(recruiter_id=some_id("colleague"))

    assert isinstance(reschedule(history(), STRANGER), refusals.Forbidden)
    assert isinstance(reschedule(to_colleague, given.RECRUITER_ACTOR), refusals.Forbidden)


def test_a_bot_that_says_for_whom_it_acts_touches_only_their_bookings() -> None:
    """Acting for somebody else is forbidden."""
    assert isinstance(reschedule(history(), on_behalf_of=some_id("somebody else")), refusals.Forbidden)
