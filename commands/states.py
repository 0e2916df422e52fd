"""Folded states, by tag, each with the position it was read up to: bounded, and harmless when stale."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from commands.decision import Known
from events.catalogue import CODEC, entity_of
from events.log import Under


class UnknownTag(Exception):
    """A decision asks for a tag that no entity stands behind. A bug."""


class States:
    """The least recently used states are forgotten first. One that is stale costs a conflict, and is read on then."""

    def __init__(self, bound: int) -> None:
        """Keep at most `bound` states."""
        self._bound = bound
        self._known: OrderedDict[str, Known] = OrderedDict()

    def get(self, tag: str) -> Known | None:
        """Return a state that is at hand."""
        known = self._known.get(tag)
        if known is not None:
            self._known.move_to_end(tag)
        return known

    def put(self, learned: Mapping[str, Known]) -> None:
        """Take note of newer states."""
        for tag, known in learned.items():
            self._known[tag] = known
            self._known.move_to_end(tag)
        while len(self._known) > self._bound:
            self._known.popitem(last=False)

    def wanted(self, tags: Iterable[str]) -> dict[str, int]:
        """Say from which position each tag is to be read."""
        return {tag: self._known[tag].position if tag in self._known else 0 for tag in tags}

    def fold(self, found: Mapping[str, Under]) -> None:
        """Fold what was read onto what was known."""
        self.put({tag: self._folded(tag, under) for tag, under in found.items()})

    def _folded(self, tag: str, under: Under) -> Known:
        entity = entity_of(tag)
        if entity is None:
            raise UnknownTag(tag)
        state = self._known[tag].state if tag in self._known else entity.initial
        for recorded in under.events:
            state = entity.evolve(state, CODEC.decode(recorded.type, recorded.version, recorded.data))
        return Known(state, under.position)
