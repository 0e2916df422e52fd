"""No double booking: however many want a seat at once, through however many processes, it is taken once."""

from collections import Counter
from collections.abc import Callable

import pytest

from tests.support.checking import bound
from tests.support.races import about_slot, booking, breach_in, check_log, get_to_know, outcomes, play, stages
from tests.support.service import Answer, Scene, Service

pytestmark = pytest.mark.asyncio(loop_scope="session")

BOOKERS = 16
RACES = [(10, 1), (10, 3), *(pytest.param(*each, marks=pytest.mark.nightly) for each in ((10_000, 1), (2_000, 3)))]
RACES_PER_SCENE = 10


async def races(service: Service, scene: Scene, seats: int) -> list[list[Answer]]:
    """Let 16 candidates race for a new slot, ten times, every second one known to all processes."""
    ran = []
    for number, slot_id, bookers in await stages(scene, RACES_PER_SCENE, seats, BOOKERS):
        if number % 2 == 0:
            await get_to_know(service, [about_slot(slot_id)])
        ran.append(await service.send_at_once(booking(slot_id, each) for each in bookers))
    return ran


@pytest.mark.parametrize(("number", "seats"), RACES)
async def test_as_many_win_as_there_are_seats(
    service: Service, tell: Callable[[str], None], number: int, seats: int
) -> None:
    """16 bookers at once through two processes: each seat is taken once, and all others hear that the slot is full."""
    ran = await play(service, number, lambda scene: races(service, scene, seats))

    expected = Counter({"accepted": seats, "slot-full": BOOKERS - seats})
    assert [each for each in map(outcomes, ran) if each != expected] == [], bound(number)
    await check_log(service, [answer for race in ran for answer in race], number)
    tell(f"book/book, {seats} of {BOOKERS}: {bound(number)}")


async def test_without_the_conflict_check_a_seat_is_taken_twice(sabotaged: Service) -> None:
    """The races are such that a log which writes all that was decided seats two on one chair; the checker sees it."""
    scene = await Scene.open(sabotaged)

    ran = await races(sabotaged, scene, 1)

    assert sum(outcomes(each)["accepted"] for each in ran) > RACES_PER_SCENE
    assert await breach_in(scene, sabotaged) == "seats within capacity"
