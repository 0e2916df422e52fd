"""What one candidate wants of two processes at once: in one place at a time, one booking of a stage, few holds."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.support.checking import bound
from tests.support.races import (
    about_candidate,
    about_slot,
    booking,
    breach_in,
    check_log,
    get_to_know,
    holding,
    outcomes,
    play,
)
from tests.support.service import Answer, Scene, Sent, Service

pytestmark = pytest.mark.asyncio(loop_scope="session")

WISHES = 4
RACES = [4, pytest.param(5_000, marks=pytest.mark.nightly)]
HOLDS = [(4, 1), (4, 3), *(pytest.param(2_500, most, marks=pytest.mark.nightly) for most in (1, 3))]
RACES_PER_SCENE = 4

Wish = Callable[[str, str], Sent]


async def at_one_time(service: Service, scene: Scene) -> list[str]:
    """Publish slots of several recruiters that are all at the same time."""
    starts_at = (datetime.now(UTC) + timedelta(days=20)).isoformat(timespec="minutes")
    ids = [str(uuid4()) for _ in range(WISHES)]
    slots = [
        scene.slot(each, RACES_PER_SCENE, recruiter_id=await scene.recruiter(), starts_at=starts_at) for each in ids
    ]
    await service.all_accepted(slots)
    return ids


async def grasps(service: Service, scene: Scene, slots: Sequence[str], wish: Wish) -> list[list[Answer]]:
    """Let each candidate want all slots at once; every second one is known to all processes."""
    ran = []
    for number, candidate_id in enumerate(await scene.candidates(RACES_PER_SCENE)):
        if number % 2 == 0:
            await get_to_know(service, [about_candidate(candidate_id), *map(about_slot, slots)])
        ran.append(await service.send_at_once(wish(slot_id, candidate_id) for slot_id in slots))
    return ran


async def overlapping(service: Service, scene: Scene) -> list[list[Answer]]:
    """Want to be in several places at the same time."""
    return await grasps(service, scene, await at_one_time(service, scene), booking)


async def successive(service: Service, scene: Scene, wish: Wish = booking) -> list[list[Answer]]:
    """Want several slots of the same stage, one after the other in time."""
    return await grasps(service, scene, await scene.slots(WISHES, RACES_PER_SCENE), wish)


@pytest.mark.parametrize("number", RACES)
async def test_a_candidate_is_in_one_place_at_a_time(
    service: Service, tell: Callable[[str], None], number: int
) -> None:
    """C1: of slots at the same time one is booked, whichever process is asked."""
    ran = await play(service, number, lambda scene: overlapping(service, scene))

    expected = Counter({"accepted": 1, "candidate-busy": WISHES - 1})
    assert [each for each in map(outcomes, ran) if each != expected] == [], bound(number)
    await check_log(service, [answer for race in ran for answer in race], number)
    tell(f"one candidate, {WISHES} slots at one time: {bound(number)}")


@pytest.mark.parametrize("number", RACES)
async def test_a_candidate_has_one_booking_of_a_stage(
    service: Service, tell: Callable[[str], None], number: int
) -> None:
    """C2: of several slots of one stage one is booked, whichever process is asked."""
    ran = await play(service, number, lambda scene: successive(service, scene))

    expected = Counter({"accepted": 1, "already-booked": WISHES - 1})
    assert [each for each in map(outcomes, ran) if each != expected] == [], bound(number)
    await check_log(service, [answer for race in ran for answer in race], number)
    tell(f"one candidate, {WISHES} slots of one stage: {bound(number)}")


@pytest.mark.parametrize(("number", "most"), HOLDS)
async def test_a_candidate_holds_no_more_than_allowed(
    service: Service, tell: Callable[[str], None], number: int, most: int
) -> None:
    """As many seats are held as the policy lets one candidate hold, whichever process is asked."""
    ran = await play(service, number, lambda scene: successive(service, scene, holding), max_holds=most)

    expected = Counter({"accepted": most, "too-many-holds": WISHES - most})
    assert [each for each in map(outcomes, ran) if each != expected] == [], bound(number)
    await check_log(service, [answer for race in ran for answer in race], number)
    tell(f"one candidate, {most} of {WISHES} holds: {bound(number)}")


async def test_without_the_conflict_check_a_candidate_is_in_two_places(sabotaged: Service) -> None:
    """A log that writes all that was decided books a candidate twice for the same time."""
    scene = await Scene.open(sabotaged)

    ran = await overlapping(sabotaged, scene)

    assert sum(outcomes(each)["accepted"] for each in ran) > RACES_PER_SCENE
    assert await breach_in(scene, sabotaged) == "a candidate is in one place"


async def test_without_the_conflict_check_a_candidate_hoards(sabotaged: Service) -> None:
    """A log that writes all that was decided lets a candidate hold one seat too many."""
    scene = await Scene.open(sabotaged)

    ran = await successive(sabotaged, scene, holding)

    assert sum(outcomes(each)["accepted"] for each in ran) > RACES_PER_SCENE
    assert await breach_in(scene, sabotaged) == "no more live holds than allowed"
