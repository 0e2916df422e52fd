"""Tests: what a candidate takes before some interviews, and what counts as a pass."""

from __future__ import annotations

from typing import assert_never

import msgspec

from events import tags
from events.city import Slug
from events.entity import ABSENT, Absent, Entity


class TestDefined(msgspec.Struct, frozen=True):
    """A test can be taken; a pass holds for `valid_days`."""

    __test__ = False  # pytest would take the name for a test case

    test_id: Slug
    name: str
    max_score: int
    pass_score: int
    valid_days: int

    def tags(self) -> tuple[str, ...]:
        """The test's own rules change."""
        return (tags.test(self.test_id),)


TestEvent = TestDefined
TestState = Absent | TestDefined


def evolve(state: TestState, event: TestEvent) -> TestState:  # noqa: ARG001  every fold takes both
    """Fold one event: the newest definition counts."""
    match event:
        case TestDefined():
            return event
        case _:
            assert_never(event)


TEST: Entity[TestState] = Entity(ABSENT, evolve)
