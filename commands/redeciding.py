"""Decide the whole history again from the stored commands, and find the same: outcome by outcome, event by event.

Decisions are pure, so what was decided can be decided once more from what is stored: the body (personal fields
redacted), the actor, the moment, and the log as it stood then. Where the result differs, either the history was
altered or the rules were changed without a new version.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import msgspec

from commands.actor import Actor
from commands.catalogue import BY_NAME
from commands.decision import Accepted, Context, Decision, View
from commands.refusals import Changed
from commands.world import World
from events.catalogue import CODEC
from events.codec import Event
from events.log import ACCEPTED, Log, Recorded, StoredCommand
from events.personal import redact


class Difference(msgspec.Struct, frozen=True):
    """A command that comes out otherwise; what is said holds no personal data."""

    command_id: str
    name: str
    position: int
    recorded: str
    redecided: str


class Report(msgspec.Struct):
    """How many commands came out the same; how many could not be decided again, and why not."""

    same: int = 0
    conditional: int = 0
    foreign: int = 0
    differences: list[Difference] = msgspec.field(default_factory=list)


async def redecide(log: Log) -> Report:
    """Decide every stored command again, in the order they were decided.

    Not decided again are refusals for an `If-Match` (`conditional`: what was expected is not kept) and commands that
    are none of Daybook's own (`foreign`). Holds the folded state of every entity in memory.
    """
    world = World(log.read())
    report = Report()
    async for stored in log.commands():
        await world.before(stored)
        own = await world.take(stored)
        _compare(stored, own, world, report)
        world.fold(own)
    return report


def _compare(stored: StoredCommand, own: Sequence[Recorded], world: World, report: Report) -> None:
    kind = BY_NAME.get(stored.name)
    if kind is None:
        report.foreign += 1
    elif stored.outcome == Changed.code:
        report.conditional += 1
    else:
        command = msgspec.json.decode(stored.body, type=kind.struct)
        context = Context(stored.command_id, Actor.parse(stored.actor), stored.decided_at)
        decision = kind.decide(command, View(world.known), context)
        recorded = [CODEC.decode(each.type, each.version, each.data) for each in own]
        if _outcome(decision) == stored.outcome and _redacted(_events(decision)) == _redacted(recorded):
            report.same += 1
        else:
            report.differences.append(
                Difference(
                    str(stored.command_id),
                    stored.name,
                    stored.position,
                    _said(stored.outcome, recorded),
                    _said(_outcome(decision), _events(decision)),
                )
            )


def _outcome(decision: Decision) -> str:
    return ACCEPTED if isinstance(decision, Accepted) else decision.code


def _events(decision: Decision) -> Sequence[Event]:
    return decision.events if isinstance(decision, Accepted) else ()


def _redacted(events: Sequence[Event]) -> list[msgspec.Struct]:
    return [redact(cast("msgspec.Struct", event)) for event in events]


def _said(outcome: str, events: Sequence[Event]) -> str:
    written = "; ".join(msgspec.json.encode(event).decode() for event in _redacted(events))
    return f"{outcome}: {written}" if written else outcome
