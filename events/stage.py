"""Stages: templates of an interview and the policy under which it is booked. Every definition is a new version."""

from __future__ import annotations

from typing import Annotated, Literal, assert_never

import msgspec

from events import tags
from events.city import Slug
from events.entity import ABSENT, Absent, Entity

Minutes = Annotated[int, msgspec.Meta(ge=0, le=525_600)]
Days = Annotated[int, msgspec.Meta(ge=1, le=3_650)]
Count = Annotated[int, msgspec.Meta(ge=1, le=1_000)]


class Cooldown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """After `missed` interviews no booking for `days`."""

    missed: Count
    days: Days


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When and how often a candidate may hold, book, cancel and reschedule.

    A hold lasts `hold_minutes`, an offer to somebody who waits `offer_minutes`; `max_holds` are live at once.
    """

    min_notice_minutes: Minutes
    horizon_days: Days
    cancel_cutoff_minutes: Minutes
    reschedule_cutoff_minutes: Minutes
    max_active: Count
    max_reschedules: Annotated[int, msgspec.Meta(ge=0, le=1_000)]
    hold_minutes: Annotated[int, msgspec.Meta(ge=1, le=1_440)] = 10
    approval: Literal["auto", "required"] = "auto"
    cooldown: Cooldown | None = None
    max_holds: Count = 1
    offer_minutes: Annotated[int, msgspec.Meta(ge=1, le=10_080)] = 60


class StageDefined(msgspec.Struct, frozen=True):
    """A stage has a new version, which decisions use from here on."""

    stage_id: Slug
    version: int
    name: str
    order: int
    duration_minutes: int
    required_tests: tuple[Slug, ...]
    policy: Policy

    def tags(self) -> tuple[str, ...]:
        """The stage's own rules change."""
        return (tags.stage(self.stage_id),)


StageEvent = StageDefined


class DefinedStage(msgspec.Struct, frozen=True):
    """A stage as it stands, and the policies of all its versions (the first is version 1)."""

    latest: StageDefined
    policies: tuple[Policy, ...]

    def policy(self, version: int) -> Policy:
        """Return the policy that was pinned under a version."""
        return self.policies[version - 1]


StageState = Absent | DefinedStage


def evolve(state: StageState, event: StageEvent) -> StageState:
    """Fold one event."""
    match event:
        case StageDefined():
            earlier = state.policies if isinstance(state, DefinedStage) else ()
            return DefinedStage(event, (*earlier, event.policy))
        case _:
            assert_never(event)


STAGE: Entity[StageState] = Entity(ABSENT, evolve)
