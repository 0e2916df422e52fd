"""Alternatives to what a batch refuses, looked up while the batch waits for its turn to be appended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine
from typing import Any
from uuid import UUID

from commands.batch import Alternatives, Refused

Advise = Callable[[Collection[Refused]], Coroutine[Any, Any, Alternatives]]


async def no_advice(_: Collection[Refused]) -> Alternatives:
    """Know of no alternatives."""
    return {}


class Advice:
    """What one batch is told. One look-up is under way at a time, and takes along all that was refused by then."""

    def __init__(self, advise: Advise) -> None:
        """Nothing is asked yet."""
        self._advise = advise
        self._asked: set[UUID] = set()
        self._lookups: list[asyncio.Task[Alternatives]] = []

    def ask(self, refused: Collection[Refused]) -> None:
        """Begin to look up what is new, unless a look-up is under way."""
        if not all(lookup.done() for lookup in self._lookups):
            return
        new = [each for each in refused if each.refusal.elsewhere and each.request.command_id not in self._asked]
        if new:
            self._asked.update(each.request.command_id for each in new)
            self._lookups.append(asyncio.create_task(self._advise(new), name="advice"))

    async def told(self, refused: Collection[Refused]) -> Alternatives:
        """Look up what is left, and return everything."""
        for lookup in self._lookups:
            await lookup
        self.ask(refused)
        return {command_id: found for lookup in self._lookups for command_id, found in (await lookup).items()}
