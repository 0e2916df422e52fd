"""What the service writes down for commands: decided by its own rules, in memory, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from api.errors import render_refusal
from bench.keys import SECRET
from bench.life import Sent
from commands.batch import Batch
from commands.decision import Known
from commands.request import make_request
from events.catalogue import entity_of
from events.log import Attempt, Fact, Written


class Settled(NamedTuple):
    """A command as the log keeps it, but for its place there."""

    decided_at: datetime
    command_id: UUID
    name: str
    body: bytes
    actor: str
    outcome: str
    reply: bytes
    facts: tuple[Fact, ...]


class Recorder:
    """Settles commands, each on all that came before it."""

    def __init__(self, new_id: Callable[[], UUID]) -> None:
        """Nothing has happened. `new_id` gives commands their ids."""
        self._new_id = new_id
        self._known: dict[str, Known] = {}
        self._position = 0

    def settle(self, every: Iterable[Sent]) -> list[Settled]:
        """Decide them at the moments at which they are sent."""
        return [self._settle(sent) for sent in every]

    def _settle(self, sent: Sent) -> Settled:
        batch = Batch(self._look_up, render_refusal, lambda: sent.at)
        batch.add(make_request(self._new_id(), sent.actor, sent.command, secret=SECRET))
        (attempt,) = batch.attempts(MappingProxyType({}))
        first = self._position + 1
        self._position += len(attempt.facts)
        self._known.update(batch.learned([Written(first if attempt.facts else None, self._position)]))
        return _settled(sent.at, attempt)

    def _look_up(self, tag: str) -> Known | None:
        entity = entity_of(tag)
        return self._known.get(tag) or (None if entity is None else Known(entity.initial, 0))


def _settled(at: datetime, attempt: Attempt) -> Settled:
    return Settled(
        at,
        attempt.command_id,
        attempt.name,
        attempt.body,
        attempt.actor,
        attempt.outcome,
        attempt.reply,
        tuple(attempt.facts),
    )
