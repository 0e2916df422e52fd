"""What a machine drives: anything that takes commands by name, and tells the time."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import msgspec

from cli.checking.rules import Rules
from cli.checking.world import Entry
from commands.actor import Actor
from commands.catalogue import BY_NAME
from commands.decision import Context, Known, Refusal, View
from events.catalogue import CODEC, entity_of

ACCEPTED = "accepted"
START = datetime(2027, 3, 1, 9, tzinfo=UTC)


class Answer(NamedTuple):
    """The outcome, the ids that were told, and the events: each a type and what it says."""

    outcome: str
    ids: Mapping[str, str]
    events: Sequence[tuple[str, Mapping[str, Any]]]


class Driver(Protocol):
    """Takes commands."""

    @property
    def now(self) -> datetime:
        """The time."""
        ...

    def new_id(self) -> str:
        """An id that nothing has."""
        ...

    def do(self, name: str, body: Mapping[str, Any], actor: Actor) -> Answer:
        """Send one command."""
        ...


class Core:
    """The pure decisions over folded states, with a clock that is moved by hand; every event goes to the checker."""

    def __init__(self) -> None:
        """Nothing has happened, at nine in the morning."""
        self.now = START
        self._ids = 0
        self._position = 0
        self._states: dict[str, Known] = {}
        self._rules = Rules()

    def new_id(self) -> str:
        """Count."""
        self._ids += 1
        return str(UUID(int=self._ids))

    def do(self, name: str, body: Mapping[str, Any], actor: Actor) -> Answer:
        """Decide, check, fold."""
        kind = BY_NAME[name]
        assert actor.role in kind.roles
        command = msgspec.convert(body, kind.struct)
        context = Context(UUID(self.new_id()), actor, self.now)
        view = View(self._known)
        decision = kind.decide(command, view, context)
        if isinstance(decision, Refusal):
            return Answer(decision.code, {}, ())
        told = []
        for event in decision.events:
            assert set(event.tags()) <= view.reads.keys(), f"{name} writes {event.tags()} and read {set(view.reads)}"
            told.append(self._write(event, context))
        breach = self._rules.end()
        assert breach is None, str(breach)
        return Answer(ACCEPTED, {key: str(value) for key, value in decision.ids.items()}, told)

    def _known(self, tag: str) -> Known:
        entity = entity_of(tag)
        assert entity is not None, tag
        return self._states.get(tag) or Known(entity.initial, 0)

    def _write(self, event: Any, context: Context) -> tuple[str, Mapping[str, Any]]:
        self._position += 1
        fact = CODEC.encode(event)
        entry = Entry(self._position, fact.type, fact.data, context.now, context.command_id, str(context.actor))
        breach = self._rules.take(entry)
        assert breach is None, str(breach)
        for tag in dict.fromkeys(fact.tags):
            entity = entity_of(tag)
            assert entity is not None, tag
            self._states[tag] = Known(entity.evolve(self._known(tag).state, event), self._position)
        return fact.type, msgspec.json.decode(fact.data)
