"""The independent checker finds each breach of each rule, and nothing in a clean history."""

import re
from pathlib import Path

import pytest

from cli.checking.breach import Rule
from cli.checking.rules import UNWATCHED, WATCHED
from events.catalogue import EVENT_TYPES
from tests.cli import doctored_people, doctored_seats, doctored_slots, doctored_waiting
from tests.cli.doctoring import Case
from tests.cli.histories import History

ROOT = Path(__file__).parents[2]
CASES = [*doctored_slots.CASES, *doctored_seats.CASES, *doctored_people.CASES, *doctored_waiting.CASES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule.name}-{case.doctor.__name__}")
def test_a_breach_is_found_where_it_is(case: Case) -> None:
    """The rule is named, and the event that breaks it."""
    history = History()
    case.doctor(history)

    breach = history.breach()

    assert breach is not None
    assert (breach.rule, breach.position) == (case.rule, len(history.events) - case.before), breach


def test_every_rule_can_be_broken() -> None:
    """There is a doctored history for each."""
    assert {case.rule for case in CASES} == set(Rule)


def test_every_kind_of_event_is_looked_at_or_known_to_need_no_look() -> None:
    """A new one does not pass unnoticed."""
    assert WATCHED.keys() | UNWATCHED == {each.name for each in EVENT_TYPES}
    assert not WATCHED.keys() & UNWATCHED


def test_every_rule_is_explained() -> None:
    """Each by its name, in the page about audits."""
    page = (ROOT / "docs" / "audit.md").read_text()

    assert [rule for rule in Rule if f"| {rule} |" not in page] == []


def test_it_shares_no_code_with_what_it_checks() -> None:
    """Of decisions and folds it imports nothing: a mistake in them would be its own."""
    sources = "\n".join(path.read_text() for path in (ROOT / "cli" / "checking").glob("*.py"))
    imported = re.findall(r"^(?:from|import) ([\w.]+)", sources, flags=re.MULTILINE)

    ours = {name for name in imported if name.startswith(("commands", "events", "queries", "projections"))}
    assert ours == {"events.log"}
