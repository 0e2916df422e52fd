"""Slots that are published for one recruiter through two processes at once: in one place, and not too many."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.support.checking import bound
from tests.support.races import breach_in, check_log, get_to_know, outcomes, play
from tests.support.service import Answer, Scene, Sent, Service

pytestmark = pytest.mark.asyncio(loop_scope="session")

OVERLAPPING = ("10:00", "10:05", "10:10", "10:15", "10:20")
ADJACENT = ("10:00", "10:30", "11:00", "11:30", "12:00")
FIRST = "06:00"  # of every day, published before
RACES = [4, pytest.param(5_000, marks=pytest.mark.nightly)]
LIMITS = [(4, 1), (4, 3), *(pytest.param(2_500, most, marks=pytest.mark.nightly) for most in (1, 3))]
DAYS_PER_SCENE = 4


async def offers(service: Service, scene: Scene, times: Sequence[str], most: int | None = None) -> list[list[Answer]]:
    """Publish at several times of one day at once, day by day, for one who takes so many more slots than the first."""
    recruiter_id = await scene.recruiter(daily_limit=most and most + 1)
    return [await _offers(service, scene, recruiter_id, times, number) for number in range(DAYS_PER_SCENE)]


async def _offers(service: Service, scene: Scene, recruiter_id: str, times: Sequence[str], number: int) -> list[Answer]:
    day = datetime.now(UTC).date() + timedelta(days=10 + number)

    def slot(time: str) -> Sent:
        return scene.slot(str(uuid4()), recruiter_id=recruiter_id, starts_at=f"{day}T{time}")

    await service.all_accepted([slot(FIRST)])
    if number % 2 == 0:
        await get_to_know(service, [slot(FIRST)])
    return await service.send_at_once(map(slot, times))


@pytest.mark.parametrize("number", RACES)
async def test_a_recruiter_is_in_one_place_at_a_time(
    service: Service, tell: Callable[[str], None], number: int
) -> None:
    """R1: of slots that overlap one is published, whichever process is asked."""
    ran = await play(service, number, lambda scene: offers(service, scene, OVERLAPPING))

    expected = Counter({"accepted": 1, "recruiter-busy": len(OVERLAPPING) - 1})
    assert [each for each in map(outcomes, ran) if each != expected] == [], bound(number)
    await check_log(service, [answer for race in ran for answer in race], number)
    tell(f"publish/publish, overlapping: {bound(number)}")


@pytest.mark.parametrize(("number", "most"), LIMITS)
async def test_a_recruiter_offers_no_more_than_they_take(
    service: Service, tell: Callable[[str], None], number: int, most: int
) -> None:
    """R2: as many slots of a day are published as the recruiter takes, whichever process is asked."""
    ran = await play(service, number, lambda scene: offers(service, scene, ADJACENT, most))

    expected = Counter({"accepted": most, "recruiter-limit": len(ADJACENT) - most})
    assert [each for each in map(outcomes, ran) if each != expected] == [], bound(number)
    await check_log(service, [answer for race in ran for answer in race], number)
    tell(f"publish/publish, {most} more a day: {bound(number)}")


async def test_without_the_conflict_check_a_recruiter_is_in_two_places(sabotaged: Service) -> None:
    """A log that writes all that was decided publishes slots that overlap."""
    scene = await Scene.open(sabotaged)

    ran = await offers(sabotaged, scene, OVERLAPPING)

    assert sum(outcomes(each)["accepted"] for each in ran) > DAYS_PER_SCENE
    assert await breach_in(scene, sabotaged) == "a recruiter is in one place"


async def test_without_the_conflict_check_a_recruiter_offers_too_much(sabotaged: Service) -> None:
    """A log that writes all that was decided publishes more slots of a day than the recruiter takes."""
    scene = await Scene.open(sabotaged)

    ran = await offers(sabotaged, scene, ADJACENT, 1)

    assert sum(outcomes(each)["accepted"] for each in ran) > DAYS_PER_SCENE
    assert await breach_in(scene, sabotaged) == "slots within the recruiter's limits"
