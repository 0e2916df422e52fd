"""No double booking: however many want a seat at once, through however many processes, it is taken once."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from daybook.embedded import Server
from tests.support.checking import bound, broken_rule
from tests.support.sabotage import skip_the_conflict_check
from tests.support.service import Scene, Sent, Service, service_on

pytestmark = pytest.mark.asyncio(loop_scope="session")

BOOKERS = 16
ROUNDS = [(40, 1), (10, 3), *(pytest.param(*each, marks=pytest.mark.nightly) for each in ((10_000, 1), (2_000, 3)))]
ROUNDS_PER_SCENE = 10
STRANGER = "00000000-0000-4000-8000-000000000000"


def wishes(slot_id: str, candidates: Sequence[str]) -> list[Sent]:
    """Let each of the candidates ask for a seat."""
    return [Sent.new("book-slot", slot_id=slot_id, candidate_id=each) for each in candidates]


async def get_to_know(service: Service, slot_id: str) -> None:
    """Let every process fold the slot and keep it: what they decide next rests on memory alone."""
    answers = await service.send_at_once(wishes(slot_id, [STRANGER] * len(service.apis)))
    assert {answer.outcome for answer in answers} == {"unknown-candidate"}


async def races(service: Service, seats: int) -> list[Counter[str]]:
    """Let 16 candidates race for a new slot, ten times, every second one known to all processes; count outcomes."""
    scene = await Scene.open(service)
    slots, candidates = await scene.slots(ROUNDS_PER_SCENE, seats), await scene.candidates(ROUNDS_PER_SCENE * BOOKERS)
    counted = []
    for number, slot_id in enumerate(slots):
        if number % 2 == 0:
            await get_to_know(service, slot_id)
        bookers = candidates[number * BOOKERS : (number + 1) * BOOKERS]
        answers = await service.send_at_once(wishes(slot_id, bookers))
        counted.append(Counter(answer.outcome for answer in answers))
    return counted


@pytest.mark.parametrize(("rounds", "seats"), ROUNDS)
async def test_as_many_win_as_there_are_seats(service: Service, rounds: int, seats: int) -> None:
    """16 bookers at once through two processes: each seat is taken once, and all others hear that the slot is full."""
    outcomes: list[Counter[str]] = []
    while len(outcomes) < rounds:
        outcomes += await races(service, seats)

    expected = Counter({"accepted": seats, "slot-full": BOOKERS - seats})
    assert [each for each in outcomes if each != expected] == [], bound(rounds)
    assert await broken_rule(service.url) is None, bound(rounds)


async def test_without_the_conflict_check_a_seat_is_taken_twice(cluster: Server, folder: Path) -> None:
    """The races are such that a log which writes all that was decided seats two on one chair; the checker sees it."""
    async with service_on(cluster, folder, processes=2) as service:
        await skip_the_conflict_check(service.url)

        outcomes = await races(service, 1)

        assert sum(each["accepted"] for each in outcomes) > ROUNDS_PER_SCENE
        assert await broken_rule(service.url) == "seats within capacity"
