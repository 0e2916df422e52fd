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

    def __init__(self, name: str) -> None:
        """Nothing is under way; `name` is that of the tasks."""
        self._name = name
        self._flights: dict[Hashable, Flight[T]] = {}
        self._tasks: set[asyncio.Task[T]] = set()

    async def close(self) -> None:
        """Drop what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def join(
        self,
        question: Hashable,
        position: int,
        ask: Callable[[], Coroutine[Any, Any, T]],
        *,
        suits: Callable[[int], bool] = lambda _: True,
    ) -> T:
        """Return what the query under way finds, if the position it reflects suits; else begin one, at `position`.

        Who is cancelled does not spoil it for the others.
        """
        flight = self._flights.get(question)
        if flight is None or not suits(flight.position):
            flight = Flight(position, asyncio.create_task(ask(), name=self._name))
            self._flights[question] = flight
            self._tasks.add(flight.task)
            flight.task.add_done_callback(lambda task: self._landed(question, task))
        return await asyncio.shield(flight.task)

    def _landed(self, question: Hashable, task: asyncio.Task[T]) -> None:
        self._tasks.discard(task)
        flight = self._flights.get(question)
        if flight is not None and flight.task is task:  # else a later one has overtaken it
            del self._flights[question]
        if not task.cancelled():
            task.exception()  # those who asked have it, or have left
