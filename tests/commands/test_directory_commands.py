"""Cities, recruiters, stages, tests, candidates and their results; and cancelling a slot."""

from datetime import UTC, datetime, timedelta

from commands import refusals
from commands.cancel_slot import CancelSlot
from commands.deactivate_recruiter import DeactivateRecruiter
from commands.decision import Accepted
from commands.define_stage import DefineStage
from commands.define_test import DefineTest
from commands.open_city import OpenCity
from commands.record_test_result import RecordTestResult
from commands.register_candidate import RegisterCandidate
from commands.register_recruiter import RegisterRecruiter
from events.booking import BookingCancelled
from events.candidate import CandidateRegistered, CandidateTested
from events.recruiter import RecruiterDeactivated
from events.slot import SlotCancelled
from events.stage import StageDefined
from tests.support import deciding as given
from tests.support.deciding import BOT, CANDIDATE, NOW, POLICY, RECRUITER, SLOT, STRANGER, decide, some_id


def test_a_city_is_opened_once() -> None:
    """The second time its id is taken."""
    command = OpenCity("berlin", "Berlin", "Europe/Berlin", "de")

    assert isinstance(decide([], command), Accepted)
    assert decide([given.city()], command) == refusals.AlreadyExists("berlin")


def test_a_city_has_a_zone_of_the_iana_database() -> None:
    """An abbreviation is none."""
    assert decide([], OpenCity("berlin", "Berlin", "CEST", "de")) == refusals.UnknownTimeZone("CEST")


def test_a_recruiter_works_in_open_cities() -> None:
    """Each one must be there, and an id is used once."""
    command = RegisterRecruiter("Anna", ("berlin", "paris"), RECRUITER)

    assert decide([given.city()], command) == refusals.UnknownCity("paris")
    assert isinstance(decide([given.city(), given.city("paris")], command), Accepted)
    taken = [given.city(), given.city("paris"), given.recruiter()]
    assert decide(taken, command) == refusals.AlreadyExists(str(RECRUITER))


def test_a_recruiter_is_deactivated_once() -> None:
    """Again is accepted, with nothing to do."""
    command = DeactivateRecruiter(RECRUITER, "left")
    ids = {"recruiter_id": RECRUITER}
    left = RecruiterDeactivated(RECRUITER, "left")

    assert decide([], command) == refusals.UnknownRecruiter(RECRUITER)
    assert decide([given.recruiter()], command) == Accepted((left,), ids)
    assert decide([given.recruiter(), left], command) == Accepted((), ids)


def test_each_definition_of_a_stage_is_a_new_version() -> None:
    """One that changes nothing is accepted, with nothing to do."""
    command = DefineStage("screening", "Screening", 1, 45, (), POLICY)

    first = decide([], command)
    second = decide([given.stage()], command)

    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert [event.version for event in (*first.events, *second.events) if isinstance(event, StageDefined)] == [1, 2]
    assert decide([*first.events], command) == Accepted((), {"stage_id": "screening"})


def test_a_stage_requires_tests_that_exist() -> None:
    """The missing one is named."""
    command = DefineStage("screening", "Screening", 1, 45, ("typing", "excel"), POLICY)

    assert decide([given.typing_test()], command) == refusals.UnknownTest("excel")


def test_a_test_can_be_passed() -> None:
    """A pass score above the maximum is refused; a definition that changes nothing is accepted, with nothing to do."""
    unpassable = DefineTest("typing", "Typing", 100, 101, 90)
    same = DefineTest("typing", "Typing", 100, 60, 90)

    assert decide([], unpassable) == refusals.PassScoreAboveMax(100, 101)
    assert decide([given.typing_test()], same) == Accepted((), {"test_id": "typing"})
    assert isinstance(decide([given.typing_test()], DefineTest("typing", "Typing", 100, 70, 90)), Accepted)


def test_a_candidate_starts_in_a_stage_and_city_that_exist() -> None:
    """Contact data is optional, and an id is used once."""
    command = RegisterCandidate("Kim", "berlin", "screening", "de", CANDIDATE)
    world = [given.city(), given.stage()]

    decision = decide(world, command)

    assert decision == Accepted(
        (CandidateRegistered(CANDIDATE, "Kim", None, None, None, "berlin", "screening", "de"),),
        {"candidate_id": CANDIDATE},
    )
    assert decide([given.stage()], command) == refusals.UnknownCity("berlin")
    assert decide([given.city()], command) == refusals.UnknownStage("screening")
    assert decide([*world, given.candidate()], command) == refusals.AlreadyExists(str(CANDIDATE))


def test_a_result_is_a_pass_from_the_pass_score_on_and_valid_from_the_day_it_was_taken() -> None:
    """The event says until when, and who scored."""
    world = [given.typing_test(), given.candidate()]
    taken_at = datetime(2027, 2, 1, 12, 0, tzinfo=UTC)

    passed = decide(world, RecordTestResult(CANDIDATE, "typing", 60, taken_at), BOT)
    failed = decide(world, RecordTestResult(CANDIDATE, "typing", 59), BOT)

    assert isinstance(passed, Accepted)
    assert isinstance(failed, Accepted)
    until = taken_at + timedelta(days=90)
    assert passed.events == (CandidateTested(CANDIDATE, "typing", 60, True, taken_at, until, "bot:telegram"),)  # noqa: FBT003
    assert [event.taken_at for event in failed.events if isinstance(event, CandidateTested) and not event.passed] == [
        NOW
    ]


def test_a_result_is_possible() -> None:
    """Known candidate, known test, a score within range, taken before now."""
    world = [given.typing_test(), given.candidate()]
    tomorrow = NOW + timedelta(days=1)

    assert decide([given.typing_test()], RecordTestResult(CANDIDATE, "typing", 1)) == refusals.UnknownCandidate(
        CANDIDATE
    )
    assert decide([given.candidate()], RecordTestResult(CANDIDATE, "typing", 1)) == refusals.UnknownTest("typing")
    assert decide(world, RecordTestResult(CANDIDATE, "typing", 101)) == refusals.ScoreOutOfRange(101, 100)
    assert decide(world, RecordTestResult(CANDIDATE, "typing", 1, tomorrow)) == refusals.TakenInFuture(tomorrow)


def test_cancelling_a_slot_cancels_every_booking_on_it_in_the_same_append() -> None:
    """Each booking's end is a fact of its own, before the slot's."""
    group = given.slot(capacity=3)
    people = [some_id("first"), some_id("second")]
    bookings = [given.booked(group, some_id(f"booking {number}"), person) for number, person in enumerate(people)]
    world = [given.stage(), given.recruiter(), group, *map(given.candidate, people), *bookings]

    decision = decide(world, CancelSlot(SLOT, "fire drill"))

    assert isinstance(decision, Accepted)
    *ends, last = decision.events
    assert isinstance(last, SlotCancelled)
    assert [
        (end.candidate_id, end.reason_code, end.reason, end.by) for end in ends if isinstance(end, BookingCancelled)
    ] == [(person, "slot-cancelled", "fire drill", "admin") for person in people]


def test_a_slot_is_cancelled_once_before_it_starts_and_by_those_it_belongs_to() -> None:
    """Again is accepted, with nothing to do."""
    published = given.slot()
    gone = SlotCancelled(SLOT, RECRUITER, published.starts_at, published.ends_at, "ill")
    command = CancelSlot(SLOT, "ill")

    assert decide([], command) == refusals.UnknownSlot(SLOT)
    assert decide([published, gone], command) == Accepted((), {"slot_id": SLOT})
    assert decide([published], command, now=published.starts_at) == refusals.SlotStarted(published.starts_at)
    assert isinstance(decide([published], command, STRANGER), refusals.Forbidden)
