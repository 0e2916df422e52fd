"""Folded states, by tag, each with the position it was read up to: bounded, and harmless when stale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from commands.decision import Known
from events.catalogue import CODEC, entity_of
from events.log import Under


class UnknownTag(Exception):
    """A decision asks for a tag that no entity stands behind. A bug."""


class States:
    """Two generations: what was not used while half the bound was learned or used again is forgotten.

    That costs one look-up where an exact order of use would cost a move each time. A state that is stale costs a
    conflict, and is read on then.
    """

    def __init__(self, bound: int) -> None:
        """Keep at most `bound` states."""
        self._half = max(1, bound // 2)
        self._young: dict[str, Known] = {}
        self._old: dict[str, Known] = {}

    def get(self, tag: str) -> Known | None:
        """Return a state that is at hand."""
        known = self._young.get(tag)
        if known is None and (known := self._old.get(tag)) is not None:
            self._young[tag] = known
        return known

    def put(self, learned: Mapping[str, Known]) -> None:
        """Take note of newer states."""
        self._young.update(learned)
        if len(self._young) > self._half:
            self._old, self._young = self._young, {}

    def wanted(self, tags: Iterable[str]) -> dict[str, int]:
        """Say from which position each tag is to be read."""
        known = ((tag, self.get(tag)) for tag in tags)
        return {tag: state.position if state else 0 for tag, state in known}

    def fold(self, found: Mapping[str, Under]) -> None:
        """Fold what was read onto what was known."""
        self.put({tag: self._folded(tag, under) for tag, under in found.items()})

    def _folded(self, tag: str, under: Under) -> Known:
        entity = entity_of(tag)
        if entity is None:
            raise UnknownTag(tag)
        known = self.get(tag)
        state = known.state if known else entity.initial
        for recorded in under.events:
            state = entity.evolve(state, CODEC.decode(recorded.type, recorded.version, recorded.data))
        return Known(state, under.position)
