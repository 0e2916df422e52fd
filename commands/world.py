"""The world as it stood at a position: the states that decisions read, folded from the log as it is passed through."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from commands.decision import Known
from events.catalogue import CODEC, entity_of
from events.codec import Event, UnknownEvent
from events.log import Recorded, StoredCommand


class World:
    """The states of all entities, in memory."""

    def __init__(self, events: AsyncIterator[Recorded]) -> None:
        """Nothing is folded yet; `events` are those of a log, in order."""
        self._events = events
        self._ahead: Recorded | None = None
        self._states: dict[str, Known] = {}

    async def before(self, stored: StoredCommand) -> None:
        """Fold everything that a command was decided on."""
        await self._advance(stored.position if stored.first is None else stored.first - 1)

    async def take(self, stored: StoredCommand) -> list[Recorded]:
        """Return the events that a command wrote, without folding them."""
        own: list[Recorded] = []
        while stored.first is not None and (event := await self._peek()) and event.position <= stored.position:
            own.append(event)
            self._ahead = None
        return own

    def fold(self, events: Iterable[Recorded]) -> None:
        """Fold these events; those of types that are not ours are passed over."""
        for recorded in events:
            try:
                event = CODEC.decode(recorded.type, recorded.version, recorded.data)
            except UnknownEvent:
                continue
            self._take_in(recorded, event)

    def known(self, tag: str) -> Known | None:
        """Return the state under a tag."""
        entity = entity_of(tag)
        return None if entity is None else self._states.get(tag, Known(entity.initial, 0))

    def _take_in(self, recorded: Recorded, event: Event) -> None:
        for tag in recorded.tags:
            entity = entity_of(tag)
            known = self.known(tag)
            if entity is not None and known is not None:
                self._states[tag] = Known(entity.evolve(known.state, event), recorded.position)

    async def _advance(self, position: int) -> None:
        while (event := await self._peek()) is not None and event.position <= position:
            self.fold([event])
            self._ahead = None

    async def _peek(self) -> Recorded | None:
        if self._ahead is None:
            self._ahead = await anext(self._events, None)
        return self._ahead
