"""Results that are voided, contact data that changes, chats that are linked."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from commands import refusals
from commands.change_contact import ChangeContact
from commands.decision import Accepted
from commands.link_chat import LinkChat
from commands.void_test_result import VoidTestResult
from events.candidate import ChatLinked, ContactChanged, TestResultVoided
from tests.support import deciding as given
from tests.support.deciding import BOT, CANDIDATE, NOW, decide

IDS = {"candidate_id": CANDIDATE}


def days_ago(days: int) -> Any:
    """The instant so many days before now."""
    return NOW - timedelta(days=days)


def test_the_result_that_counts_is_voided_if_none_is_named() -> None:
    """That is the one taken last, in whatever order they were recorded."""
    world = [given.candidate(), given.result(days_ago=1, passed=False), given.result(days_ago=3)]

    decision = decide(world, VoidTestResult(CANDIDATE, "typing", "broken keyboard"))

    voided = TestResultVoided(CANDIDATE, "typing", days_ago(1), "broken keyboard")
    assert decision == Accepted((voided,), IDS)


def test_a_result_is_voided_by_when_it_was_taken() -> None:
    """Written in any zone, it is the instant that counts; the other results stay."""
    world = [given.candidate(), given.result(days_ago=3, passed=False), given.result(days_ago=1)]
    named = msgspec.json.decode(b'"2027-02-26T14:45:00+05:45"', type=type(NOW))

    decision = decide(world, VoidTestResult(CANDIDATE, "typing", "somebody else sat there", named))

    voided = TestResultVoided(CANDIDATE, "typing", days_ago(3), "somebody else sat there")
    assert decision == Accepted((voided,), IDS)


def test_a_voided_result_can_be_voided_no_more() -> None:
    """Nor can one that never was, of this test or at this time."""
    taken = given.result()
    voided = TestResultVoided(CANDIDATE, "typing", taken.taken_at, "x")
    none = refusals.NoTestResult("typing")

    assert decide([], VoidTestResult(CANDIDATE, "typing", "x")) == refusals.UnknownCandidate(CANDIDATE)
    assert decide([given.candidate()], VoidTestResult(CANDIDATE, "typing", "x")) == none
    assert decide([given.candidate(), taken, voided], VoidTestResult(CANDIDATE, "typing", "x")) == none
    assert decide([given.candidate(), taken], VoidTestResult(CANDIDATE, "typing", "x", days_ago(7))) == none


def test_what_is_left_out_of_a_change_of_contact_stays_out_of_the_fact() -> None:
    """What is null is taken away, and that is said."""
    command = ChangeContact(CANDIDATE, email=None, locale="pt")

    decision = decide([given.candidate()], command, BOT)

    assert isinstance(decision, Accepted)
    assert decision == Accepted((ContactChanged(CANDIDATE, email=None, locale="pt"),), IDS)
    assert msgspec.to_builtins(decision.events[0]).keys() == {"candidate_id", "email", "locale"}


def test_changing_nothing_is_accepted_with_nothing_to_do() -> None:
    """For a candidate that there is."""
    assert decide([given.candidate()], ChangeContact(CANDIDATE)) == Accepted((), IDS)
    assert decide([], ChangeContact(CANDIDATE)) == refusals.UnknownCandidate(CANDIDATE)


@pytest.mark.parametrize("body", [{"name": None}, {"locale": None}, {"name": " "}, {"phone": ""}, {"locale": "?"}])
def test_a_name_and_a_locale_cannot_be_taken_away(body: dict[str, str | None]) -> None:
    """And what is given must be something to read."""
    given_body = {"candidate_id": str(CANDIDATE), **body}

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(given_body, ChangeContact)


def test_a_chat_is_linked_to_a_candidate() -> None:
    """The newest one counts."""
    command = LinkChat(CANDIDATE, "4711")

    assert decide([], command, BOT) == refusals.UnknownCandidate(CANDIDATE)
    assert decide([given.candidate()], command, BOT) == Accepted((ChatLinked(CANDIDATE, "4711"),), IDS)
