"""Define a stage, or a new version of it."""

from __future__ import annotations

from typing import Annotated

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.fields import DurationMinutes, Name
from commands.refusals import UnknownTest
from events import tags
from events.city import Slug
from events.entity import Absent
from events.stage import STAGE, DefinedStage, Policy, StageDefined
from events.test import TEST


class DefineStage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `define-stage`; `order` sorts the stages a candidate passes through."""

    stage_id: Slug
    name: Name
    order: Annotated[int, msgspec.Meta(ge=0, le=1_000)]
    duration_minutes: DurationMinutes
    required_tests: Annotated[tuple[Slug, ...], msgspec.Meta(max_length=50)]
    policy: Policy


def decide(command: DefineStage, view: View, _: Context) -> Decision:
    """Each definition is a new version; one that changes nothing is accepted, with nothing to do."""
    (stage,) = view.of(STAGE.at(tags.stage(command.stage_id)))
    tests = view.all([TEST.at(tags.test(test_id)) for test_id in command.required_tests])
    for test_id, test in zip(command.required_tests, tests, strict=True):
        if isinstance(test, Absent):
            return UnknownTest(test_id)
    version = len(stage.policies) if isinstance(stage, DefinedStage) else 0
    if isinstance(stage, DefinedStage) and stage.latest == _defined(command, version):
        return Accepted((), {"stage_id": command.stage_id})
    return Accepted((_defined(command, version + 1),), {"stage_id": command.stage_id})


def _defined(command: DefineStage, version: int) -> StageDefined:
    return StageDefined(
        command.stage_id,
        version,
        command.name,
        command.order,
        command.duration_minutes,
        command.required_tests,
        command.policy,
    )
