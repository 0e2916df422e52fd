"""Booking a slot, rule by rule."""

from datetime import timedelta

import msgspec
import pytest

from commands import refusals
from commands.actor import Actor
from commands.book_slot import BookSlot
from commands.decision import Accepted, Decision
from events.booking import SlotBooked
from events.codec import Event
from events.recruiter import RecruiterDeactivated
from events.slot import SlotCancelled
from tests.support import deciding as given
from tests.support.deciding import ADMIN, BOOKING, BOT, CANDIDATE, COMMAND_ID, NOW, OTHER_SLOT, SLOT, STRANGER, some_id

BOOK = BookSlot(SLOT, CANDIDATE)
ONE_DAY = timedelta(days=1)


def history(*more: Event) -> list[Event]:
    """An open slot tomorrow, and a candidate in its stage."""
    return [given.city(), given.stage(), given.recruiter(), given.slot(), given.candidate(), *more]


def book(events: given.History, command: BookSlot = BOOK, actor: Actor = BOT) -> Decision:
    """Decide a booking by the bot."""
    return given.decide(events, command, actor)


def booking_of(decision: Decision) -> SlotBooked:
    """Return the one event of an accepted booking."""
    assert isinstance(decision, Accepted)
    (event,) = decision.events
    assert isinstance(event, SlotBooked)
    return event


def test_a_free_seat_is_taken() -> None:
    """The booking carries a snapshot of the slot and pins the version of the policy it was made under."""
    events = history(given.stage(version=2))

    decision = book(events)

    event = booking_of(decision)
    assert event.candidate_id == CANDIDATE
    assert event.slot.slot_id == SLOT
    assert event.slot.starts_at == NOW + ONE_DAY
    assert event.policy_version == 2
    assert event.by == "candidate"
    assert isinstance(decision, Accepted)
    assert decision.ids == {"booking_id": event.booking_id}


def test_an_id_derives_from_the_command_unless_the_client_gives_one() -> None:
    """The same command makes the same booking, however often it is decided."""
    events = history()

    derived, again = booking_of(book(events)).booking_id, booking_of(book(events)).booking_id
    chosen = booking_of(book(events, BookSlot(SLOT, CANDIDATE, BOOKING))).booking_id

    assert derived == again
    assert derived != COMMAND_ID
    assert chosen == BOOKING


def test_booking_the_seat_one_has_is_accepted_with_nothing_to_do() -> None:
    """The reply names the booking that is there."""
    events = history(given.booked(given.slot()))

    decision = book(events)

    assert decision == Accepted((), {"booking_id": BOOKING})


def test_what_does_not_exist_cannot_be_booked() -> None:
    """Slot and candidate are each named."""
    no_slot = [given.candidate()]
    no_candidate = [given.city(), given.stage(), given.recruiter(), given.slot()]

    assert book(no_slot) == refusals.UnknownSlot(SLOT)
    assert book(no_candidate) == refusals.UnknownCandidate(CANDIDATE)


def test_a_booking_id_is_used_once() -> None:
    """Not even a cancelled booking's id comes back."""
    earlier = given.booked(given.slot(OTHER_SLOT, timedelta(days=3)))
    events = history(given.slot(OTHER_SLOT, timedelta(days=3)), earlier, given.cancelled(earlier))

    decision = book(events, BookSlot(SLOT, CANDIDATE, BOOKING))

    assert decision == refusals.AlreadyExists(str(BOOKING))


def test_s1_no_more_bookings_than_seats() -> None:
    """Facts tell how many there are of each."""
    other = some_id("somebody else")
    taken = given.booked(given.slot(), some_id("their booking"), other)
    events = history(given.candidate(other), taken)

    assert book(events) == refusals.SlotFull(1, 1)


def test_s1_a_cancelled_booking_frees_its_seat() -> None:
    """The seat can be taken again."""
    other = some_id("somebody else")
    taken = given.booked(given.slot(), some_id("their booking"), other)
    events = history(given.candidate(other), taken, given.cancelled(taken))

    assert booking_of(book(events)).slot.slot_id == SLOT


def test_s1_a_group_slot_has_as_many_seats_as_its_capacity() -> None:
    """Two seats: the second is free when one is taken."""
    group = given.slot(capacity=2)
    other = some_id("somebody else")
    taken = given.booked(group, some_id("their booking"), other)
    events = [given.city(), given.stage(), given.recruiter(), group, given.candidate(), given.candidate(other), taken]

    assert booking_of(book(events)).candidate_id == CANDIDATE


def test_s3_nothing_is_booked_on_a_slot_that_has_started() -> None:
    """The start itself is too late."""
    events = [given.stage(), given.recruiter(), given.slot(starts_in=timedelta(0)), given.candidate()]

    assert book(events) == refusals.SlotStarted(NOW)


def test_s3_nothing_is_booked_on_a_cancelled_slot() -> None:
    """The slot stays known, and closed."""
    published = given.slot()
    gone = SlotCancelled(SLOT, published.recruiter_id, published.starts_at, published.ends_at, "ill")

    assert book(history(gone)) == refusals.SlotWithdrawn(SLOT)


def test_r1_a_deactivated_recruiter_takes_no_bookings() -> None:
    """Their open slots cannot be booked any more."""
    events = history(RecruiterDeactivated(given.RECRUITER, "left"))

    assert book(events) == refusals.RecruiterInactive(given.RECRUITER)


@pytest.mark.parametrize(
    ("other_starts_in", "clashes"),
    [
        (ONE_DAY - timedelta(minutes=30), False),
        (ONE_DAY - timedelta(minutes=29), True),
        (ONE_DAY + timedelta(minutes=29), True),
        (ONE_DAY + timedelta(minutes=30), False),
    ],
)
def test_c1_a_candidate_is_in_one_place_at_a_time(other_starts_in: timedelta, clashes: bool) -> None:  # noqa: FBT001
    """Overlap is refused; back to back is allowed."""
    other = given.slot(OTHER_SLOT, other_starts_in, recruiter_id=some_id("colleague"), stage_id="final")
    events = history(other, given.booked(other))

    decision = book(events)

    assert isinstance(decision, refusals.CandidateBusy if clashes else Accepted)


def test_c2_one_active_booking_for_each_stage() -> None:
    """The facts name the one that stands."""
    other = given.slot(OTHER_SLOT, timedelta(days=3))
    events = history(other, given.booked(other))

    assert book(events) == refusals.AlreadyBooked(BOOKING, "screening")


def test_c2_an_interview_that_is_over_blocks_nothing() -> None:
    """Only what lies ahead, or is going on, is active."""
    past = given.slot(OTHER_SLOT, -timedelta(minutes=30))
    events = history(past, given.booked(past))

    assert booking_of(book(events)).slot.slot_id == SLOT


def test_c3_no_more_active_bookings_than_the_stage_allows() -> None:
    """Bookings of other stages count."""
    others = [
        given.slot(some_id(name), timedelta(days=days), stage_id=name)
        for days, name in ((3, "final"), (4, "assessment"))
    ]
    bookings = [given.booked(other, some_id(f"booking {other.stage_id}")) for other in others]
    events = history(*others, *bookings)

    assert book(events) == refusals.TooManyActive(2, 2)


@pytest.mark.parametrize(
    ("starts_in", "refusal"),
    [
        (timedelta(minutes=59, seconds=59), refusals.TooSoon),
        (timedelta(minutes=60), None),
        (timedelta(days=30), None),
        (timedelta(days=30, seconds=1), refusals.TooFar),
    ],
)
def test_b1_not_too_soon_and_not_too_far(starts_in: timedelta, refusal: type | None) -> None:
    """Both ends of the window are inside it."""
    events = [given.stage(), given.recruiter(), given.slot(starts_in=starts_in), given.candidate()]

    decision = book(events)

    assert isinstance(decision, refusal or Accepted)


def test_f1_the_candidate_is_in_the_stage_of_the_slot() -> None:
    """Both stages are facts."""
    events = [given.stage(), given.recruiter(), given.slot(), given.candidate(stage_id="final")]

    assert book(events) == refusals.StageNotOpen("final", "screening")


@pytest.mark.parametrize(
    ("results", "allowed"),
    [
        ([], False),
        ([given.result(passed=False)], False),
        ([given.result()], True),
        ([given.result(days_ago=90)], False),
        ([given.result(days_ago=5), given.result(passed=False, days_ago=1)], False),
        ([given.result(days_ago=1), given.result(passed=False, days_ago=5)], True),
    ],
    ids=["none", "failed", "passed", "expired", "failed later", "failed earlier, recorded later"],
)
def test_f1_required_tests_are_passed_and_unexpired(results: list[Event], allowed: bool) -> None:  # noqa: FBT001
    """The result that was taken last counts."""
    events = history(given.stage(version=2, required_tests=("typing",)), *results)

    decision = book(events)

    assert isinstance(decision, Accepted) if allowed else decision == refusals.TestRequired(("typing",))


def test_a_recruiter_books_on_their_own_slots_only() -> None:
    """The slot of a colleague is forbidden; staff's bookings say so."""
    events = history()

    assert isinstance(book(events, actor=STRANGER), refusals.Forbidden)
    assert booking_of(book(events, actor=given.RECRUITER_ACTOR)).by == "recruiter"
    assert booking_of(book(events, actor=ADMIN)).by == "admin"


def test_a_stage_that_requires_approval_says_so_in_the_booking() -> None:
    """Who approves comes later; the fact is there from the first day."""
    careful = msgspec.structs.replace(given.POLICY, approval="required")
    events = history(given.stage(version=2, policy=careful))

    assert booking_of(book(events)).approval == "required"
