"""Erasing a candidate: what ends with them, and that nothing is written about them afterwards."""

from typing import Any

import pytest

from commands import refusals
from commands.accept_offer import AcceptOffer
from commands.advance_candidate import AdvanceCandidate
from commands.book_slot import BookSlot
from commands.change_contact import ChangeContact
from commands.decision import Accepted, Refusal, View
from commands.erase_candidate import EraseCandidate
from commands.explaining import explain
from commands.hire_candidate import HireCandidate
from commands.hold_slot import HoldSlot
from commands.join_waitlist import JoinWaitlist
from commands.leave_waitlist import LeaveWaitlist
from commands.link_chat import LinkChat
from commands.record_attendance import RecordAttendance
from commands.record_test_result import RecordTestResult
from commands.register_candidate import RegisterCandidate
from commands.reject_candidate import RejectCandidate
from commands.void_test_result import VoidTestResult
from commands.withdraw_candidate import WithdrawCandidate
from events.candidate import CandidateErased, CandidateHired, CandidateRejected, CandidateWithdrew
from events.codec import Event
from tests.commands.test_leaving import candidate_after, events_of, history, of_screening, released
from tests.support import deciding as given
from tests.support.deciding import BOOKING, CANDIDATE, NOW, OTHER_SLOT, SLOT, decide

ERASE = EraseCandidate(CANDIDATE, "asked for it")
ERASED = CandidateErased(CANDIDATE, CANDIDATE)
LATER: list[Any] = [
    RegisterCandidate("Kim", "berlin", "screening", "de", CANDIDATE),
    ChangeContact(CANDIDATE, phone="+49 1"),
    ChangeContact(CANDIDATE),
    LinkChat(CANDIDATE, "7"),
    RecordTestResult(CANDIDATE, "typing", 70),
    VoidTestResult(CANDIDATE, "typing", "x"),
    AdvanceCandidate(CANDIDATE, "interview"),
    RejectCandidate(CANDIDATE, "x"),
    WithdrawCandidate(CANDIDATE),
    HireCandidate(CANDIDATE),
    BookSlot(OTHER_SLOT, CANDIDATE),
    HoldSlot(OTHER_SLOT, CANDIDATE),
    JoinWaitlist(CANDIDATE, "berlin", "screening"),
    LeaveWaitlist(CANDIDATE, "berlin", "screening"),
]


def test_everything_ahead_is_given_up_with_it() -> None:
    """Seats, holds, offers and waits end before it, in the same append; the key is named as the person is."""
    world = history(*of_screening())

    events = events_of(decide(world, ERASE))

    assert events == (*released("candidate-left"), ERASED)
    after = candidate_after([*world, *events])
    assert (after.status, after.booked, after.holds, after.waits) == ("erased", {}, {}, frozenset())


@pytest.mark.parametrize(
    "ended",
    [CandidateRejected(CANDIDATE, "no"), CandidateWithdrew(CANDIDATE, None), CandidateHired(CANDIDATE, None)],
    ids=lambda event: type(event).__name__,
)
def test_whose_process_has_ended_can_be_erased(ended: Event) -> None:
    """They have nothing ahead any more."""
    assert decide(history(ended), ERASE) == Accepted((ERASED,), {"candidate_id": CANDIDATE})


def test_erasing_again_is_accepted_with_nothing_to_do() -> None:
    """Whoever asks twice has nothing to fear."""
    assert decide(history(ERASED), ERASE) == Accepted((), {"candidate_id": CANDIDATE})


def test_who_is_erased_must_be_known() -> None:
    """Else nothing is written."""
    assert decide([given.stage()], ERASE) == refusals.UnknownCandidate(CANDIDATE)


@pytest.mark.parametrize("command", LATER, ids=lambda command: type(command).__name__)
def test_nothing_more_is_written_about_who_was_erased(command: Any) -> None:
    """Whatever is asked about them is refused, also to make them anew under their id."""
    slot = given.slot(OTHER_SLOT)
    world = history(given.city(), given.typing_test(), given.result(), slot, ERASED)

    assert decide(world, command) == refusals.Erased(CANDIDATE)


def test_an_offer_ended_with_them() -> None:
    """It cannot be accepted any more."""
    world = history(*of_screening())
    events = events_of(decide(world, ERASE))

    refusal = decide([*world, *events], AcceptOffer(given.some_id("offer")))

    assert isinstance(refusal, Refusal)
    assert refusal.code == "offer-expired"


def test_the_outcome_of_an_interview_that_has_been_can_still_be_recorded() -> None:
    """It is about the booking, and says nothing of who it was."""
    slot = given.slot()
    world = history(slot, given.booked(slot), ERASED)

    decision = decide(world, RecordAttendance(BOOKING, "attended"), now=slot.starts_at)

    assert [type(event).__name__ for event in events_of(decision)] == ["BookingAttended"]


def test_why_a_slot_is_not_offered_to_them_is_said() -> None:
    """By the code of the refusal."""
    slot = given.slot()
    states = given.states_of(history(given.city(), slot, ERASED))

    explained = explain(SLOT, CANDIDATE, View(states.get), NOW)

    assert [reason.code for reason in explained.reasons] == ["candidate-erased"]  # type: ignore[union-attr]
