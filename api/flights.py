"""One query for all who ask the same at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Flight(NamedTuple, Generic[T]):
    """A query under way; what it finds reflects `position` at least."""

    position: int
    task: asyncio.Task[T]


class Flights(Generic[T]):
    """Queries under way, by question: the one that began last, of each."""

    def __init__(self) -> None:
        """Nothing is under way."""
        self._flights: dict[Hashable, Flight[T]] = {}

    async def join(
        self, question: Hashable, wanted: int, position: int, ask: Callable[[], Coroutine[Any, Any, T]]
    ) -> T:
        """Return what the query under way finds, if it reflects the position `wanted`; else begin one, at `position`.

        Who is cancelled does not spoil it for the others.
        """
        flight = self._flights.get(question)
        if flight is None or flight.position < wanted:
            flight = Flight(position, asyncio.create_task(ask()))
            self._flights[question] = flight
            flight.task.add_done_callback(lambda task: self._landed(question, task))
        return await asyncio.shield(flight.task)

    def _landed(self, question: Hashable, task: asyncio.Task[T]) -> None:
        if self._flights[question].task is task:
            del self._flights[question]
        if not task.cancelled():
            task.exception()  # those who asked have it, or have left
