"""What a decision takes and gives: `decide(command, view, context) -> Accepted | Refusal`, pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple, TypeVar, overload
from uuid import UUID

import msgspec

from commands.actor import Actor
from daybook.ids import derived_id
from events.codec import Event
from events.entity import Ref

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
S = TypeVar("S")


class Context(NamedTuple):
    """Time, identity and authority, as arguments: a decision looks at no clock and draws no random number."""

    command_id: UUID
    actor: Actor
    now: datetime

    def new_id(self, kind: str) -> UUID:
        """Derive the id of something this command creates: the same command gives the same id, always."""
        return derived_id(self.command_id, kind)


class Accepted(NamedTuple):
    """The events to write, none where all is so already; the ids, and what else is to be told, stand in the reply."""

    events: tuple[Event, ...]
    ids: Mapping[str, UUID | str]
    report: Mapping[str, Any] = MappingProxyType({})


class Refusal(msgspec.Struct, frozen=True):
    """A no with a stable `code`; the fields of the struct are the facts behind it.

    `elsewhere` tells whether another slot would help.
    """

    code: ClassVar[str]
    meaning: ClassVar[str]
    elsewhere: ClassVar[bool] = False

    def facts(self) -> dict[str, Any]:
        """Return the facts by name."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value is not msgspec.UNSET}


Decision = Accepted | Refusal


class Known(NamedTuple):
    """A state, and the position up to which the log was read for it."""

    state: Any
    position: int


class Unread(Exception):
    """The decision needs states that are not at hand; it is made again once they are."""

    def __init__(self, tags: Iterable[str]) -> None:
        """Name what is missing."""
        super().__init__()
        self.tags = tuple(tags)


class View:
    """What one decision sees of the world. It notes what was read: that is what the decision depends on."""

    __slots__ = ("_lookup", "reads")

    def __init__(self, lookup: Callable[[str], Known | None]) -> None:
        """`lookup` returns None for a state that is not at hand."""
        self._lookup = lookup
        self.reads: dict[str, Known] = {}

    @overload
    def of(self, a: Ref[A], /) -> tuple[A]: ...
    @overload
    def of(self, a: Ref[A], b: Ref[B], /) -> tuple[A, B]: ...
    @overload
    def of(self, a: Ref[A], b: Ref[B], c: Ref[C], /) -> tuple[A, B, C]: ...
    def of(self, *refs: Ref[Any]) -> tuple[Any, ...]:
        """Return the states of up to three entities; asked for together, they are loaded together."""
        return self.all(refs)

    def all(self, refs: Iterable[Ref[S]]) -> tuple[S, ...]:
        """Return the states of any number of entities of one kind; raises Unread."""
        states = []
        missing = []
        for _, tag in refs:
            known = self._lookup(tag)
            if known is None:
                missing.append(tag)
            else:
                self.reads[tag] = known
                states.append(known.state)
        if missing:
            raise Unread(missing)
        return tuple(states)

    def new(self, ref: Ref[S]) -> S:
        """Return the state of something this command is about to create.

        What is not at hand is taken as never written, without a look into the log: the append, which depends on it
        like on anything that was read, notices if that is wrong.
        """
        known = self._lookup(ref.tag)
        if known is None:
            known = Known(ref.entity.initial, 0)
        self.reads[ref.tag] = known
        state: S = known.state
        return state
