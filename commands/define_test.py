"""Define a test, or define it anew."""

from __future__ import annotations

from typing import Annotated

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.fields import Name, Score
from commands.refusals import PassScoreAboveMax
from events import tags
from events.city import Slug
from events.stage import Days
from events.test import TEST, TestDefined


class DefineTest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `define-test`; a pass holds for `valid_days` from the day the test was taken."""

    test_id: Slug
    name: Name
    max_score: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    pass_score: Score
    valid_days: Days


def decide(command: DefineTest, view: View, _: Context) -> Decision:
    """A definition that changes nothing is accepted, with nothing to do. Results recorded earlier stay as they are."""
    (test,) = view.of(TEST.at(tags.test(command.test_id)))
    if command.pass_score > command.max_score:
        return PassScoreAboveMax(command.max_score, command.pass_score)
    defined = TestDefined(command.test_id, command.name, command.max_score, command.pass_score, command.valid_days)
    return Accepted(() if test == defined else (defined,), {"test_id": command.test_id})
