"""Many who ask the same at once share one query, and nobody gets less than they asked for."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from daybook.flights import Flights


class Queries:
    """Counts queries, and lets them come back when told."""

    def __init__(self) -> None:
        """None was sent."""
        self.sent = 0
        self.open = asyncio.Event()

    async def __call__(self) -> int:
        """Send one; its number comes back."""
        self.sent += 1
        number = self.sent
        await self.open.wait()
        return number


async def started(*asking: Coroutine[Any, Any, int]) -> list[asyncio.Task[int]]:
    """Begin to ask."""
    tasks = [asyncio.create_task(each) for each in asking]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


@pytest.fixture
def flights() -> Flights[int]:
    """Nothing is under way."""
    return Flights("ask")


async def test_one_query_answers_all_who_ask_at_once(flights: Flights[int]) -> None:
    """And the next to ask has it asked again."""
    query = Queries()
    asking = await started(*(flights.join("question", 5, query) for _ in range(10)))

    query.open.set()

    assert await asyncio.gather(*asking) == [1] * 10
    assert await flights.join("question", 5, query) == 2


async def test_who_wants_a_later_position_gets_a_query_of_their_own(flights: Flights[int]) -> None:
    """One that began before what they want to see would not show it; those who come later share the newer one."""
    query = Queries()
    early = await started(flights.join("question", 5, query))
    late = await started(
        flights.join("question", 7, query, suits=lambda position: position >= 6),
        flights.join("question", 7, query, suits=lambda position: position >= 5),
    )

    query.open.set()

    assert await asyncio.gather(*early, *late) == [1, 2, 2]


async def test_one_that_is_overtaken_comes_back_unnoticed(flights: Flights[int]) -> None:
    """Though the later one came back before it."""
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    slow, quick = Queries(), Queries()
    early = await started(flights.join("question", 5, slow))
    late = await started(flights.join("question", 7, quick, suits=lambda position: position >= 6))

    quick.open.set()
    await asyncio.gather(*late)
    slow.open.set()

    assert await asyncio.gather(*early) == [1]
    await asyncio.sleep(0)
    assert told == []


async def test_what_is_under_way_can_be_dropped(flights: Flights[int]) -> None:
    """All of it, also what was overtaken."""
    asking = await started(
        flights.join("question", 5, Queries()),
        flights.join("question", 7, Queries(), suits=lambda position: position >= 6),
    )

    await flights.close()

    told = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(each) for each in told] == [asyncio.CancelledError, asyncio.CancelledError]


async def test_who_leaves_does_not_spoil_it_for_the_others(flights: Flights[int]) -> None:
    """A client that hangs up cancels its own waiting."""
    query = Queries()
    leaving, staying = await started(flights.join("question", 5, query), flights.join("question", 5, query))

    leaving.cancel()
    query.open.set()

    assert await staying == 1


async def test_a_failure_is_told_to_all_and_forgotten(flights: Flights[int]) -> None:
    """The next to ask has a chance."""

    async def fail() -> int:
        raise ConnectionError

    asking = (flights.join("question", 5, fail) for _ in range(2))
    told = await asyncio.gather(*asking, return_exceptions=True)
    query = Queries()
    query.open.set()

    assert [type(each) for each in told] == [ConnectionError, ConnectionError]
    assert await flights.join("question", 5, query) == 1
