"""No double booking: however many want a seat at once, through however many processes, it is taken once."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from daybook.embedded import Server
from tests.support.checking import bound, broken_rule
from tests.support.sabotage import skip_the_conflict_check
from tests.support.service import Answer, Scene, Sent, Service, service_on

pytestmark = pytest.mark.asyncio(loop_scope="session")

BOOKERS = 16
ROUNDS = [(40, 1), (10, 3), *(pytest.param(*each, marks=pytest.mark.nightly) for each in ((10_000, 1), (2_000, 3)))]
SABOTAGED_ROUNDS = 5
STRANGER = "00000000-0000-4000-8000-000000000000"


async def get_to_know(service: Service, slot_id: str) -> None:
    """Let every process fold the slot and keep it: what they decide next rests on memory alone."""
    ask = [Sent.new("book-slot", slot_id=slot_id, candidate_id=STRANGER) for _ in service.apis]
    answers = await asyncio.gather(*(service.send(each, to) for to, each in enumerate(ask)))
    assert {answer.outcome for answer in answers} == {"unknown-candidate"}


async def race(service: Service, slot_id: str, candidates: list[str]) -> list[Answer]:
    """Let all candidates book the slot at once, turn by turn through every process."""
    wishes = [Sent.new("book-slot", slot_id=slot_id, candidate_id=each) for each in candidates]
    return await asyncio.gather(*(service.send(each, number % len(service.apis)) for number, each in enumerate(wishes)))


async def races(service: Service, scene: Scene, rounds: int, seats: int) -> list[Counter[str]]:
    """Race for a new slot each round, every second time one that all processes know; count the outcomes."""
    counted = []
    for number in range(rounds):
        (slot_id,) = await scene.slots(1, seats)
        candidates = await scene.candidates(BOOKERS)
        if number % 2 == 0:
            await get_to_know(service, slot_id)
        counted.append(Counter(answer.outcome for answer in await race(service, slot_id, candidates)))
    return counted


@pytest.mark.parametrize(("rounds", "seats"), ROUNDS)
async def test_as_many_win_as_there_are_seats(service: Service, scene: Scene, rounds: int, seats: int) -> None:
    """16 bookers at once through two processes: each seat is taken once, and all others hear that the slot is full."""
    outcomes = await races(service, scene, rounds, seats)

    expected = Counter({"accepted": seats, "slot-full": BOOKERS - seats})
    assert [each for each in outcomes if each != expected] == [], bound(rounds)
    assert await broken_rule(service.url) is None, bound(rounds)


async def test_without_the_conflict_check_a_seat_is_taken_twice(cluster: Server, folder: Path) -> None:
    """The races are such that a log which writes all that was decided seats two on one chair, and the checker sees it."""
    async with service_on(cluster, folder, processes=2) as service:
        await skip_the_conflict_check(service.url)

        outcomes = await races(service, await Scene.open(service), SABOTAGED_ROUNDS, 1)

        assert sum(each["accepted"] for each in outcomes) > SABOTAGED_ROUNDS
        assert await broken_rule(service.url) == "seats within capacity"
