"""What a decision reads: the state of one entity, folded from the events under its tag."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

S = TypeVar("S")
T = TypeVar("T")


class Absent(msgspec.Struct, frozen=True):
    """Nothing has happened under this tag yet."""


ABSENT = Absent()


class BrokenHistory(Exception):
    """The log holds an event that cannot follow the ones before it under the same tag."""

    def __init__(self, state: object, event: object) -> None:
        """State and event are kept by type only: either may hold a person's data."""
        super().__init__(f"{type(event).__name__} cannot follow {type(state).__name__}")


def expect(state: object, kind: type[T], event: object) -> T:
    """Return the state as the kind that the event can follow; BrokenHistory if it is another."""
    if isinstance(state, kind):
        return state
    raise BrokenHistory(state, event)


class Entity(msgspec.Struct, Generic[S], frozen=True, eq=False):
    """A kind of thing with rules: its state before any event, and the fold."""

    initial: S
    evolve: Callable[[S, Any], S]

    def at(self, tag: str) -> Ref[S]:
        """Name one entity of this kind by its tag."""
        return Ref(self, tag)


class Ref(NamedTuple, Generic[S]):
    """One entity, by tag, typed by the state it folds to."""

    entity: Entity[S]
    tag: str
