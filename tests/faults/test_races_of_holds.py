"""Holds and bookings that want the same seats through two processes at once, on one clock and on two."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio

from daybook.embedded import Server
from tests.support.checking import bound
from tests.support.races import (
    about_slot,
    arranged,
    booking,
    breach_in,
    check_log,
    created,
    get_to_know,
    holding,
    outcomes,
    play,
    seats_taken,
    send_to,
    stages,
    written,
)
from tests.support.service import Answer, Scene, Sent, Service, service_on

pytestmark = pytest.mark.asyncio(loop_scope="session")

CROWD = 8  # half of them hold, half of them book
RACES = [(4, 1), *(pytest.param(2_500, seats, marks=pytest.mark.nightly) for seats in (1, 3))]
RACES_PER_SCENE = 4
BEHIND, AHEAD = 0, 1  # a hold of ten minutes is live for one process, and over for the other
LEAD = timedelta(minutes=30)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def skewed(cluster: Server, folder: Path) -> AsyncIterator[Service]:
    """Two API processes on one database; the second one's clock is ahead by more than a hold lasts."""
    async with service_on(cluster, folder) as made:
        await made.start_ahead(LEAD)
        yield made


class Rush(NamedTuple):
    """What was answered to those who came first, to what they did next, and to the one who came late."""

    first: list[Answer]
    second: list[Answer]
    late: Answer


async def rushes(service: Service, scene: Scene, seats: int) -> list[Rush]:
    """Hold and book at once; then book by a hold, give it back or try again, at once."""
    return [await _rush(service, *each) for each in await stages(scene, RACES_PER_SCENE, seats, CROWD + 1)]


async def _rush(service: Service, number: int, slot_id: str, people: list[str]) -> Rush:
    *crowd, last = people
    if number % 2 == 0:
        await get_to_know(service, [about_slot(slot_id)])
    wishes = [(holding, booking)[n // 2 % 2](slot_id, each) for n, each in enumerate(crowd)]

    first = await service.send_at_once(arranged(wishes, number))
    second = await service.send_at_once(arranged(_next_wishes(slot_id, first), number))

    return Rush(first, second, await service.send(booking(slot_id, last), number % len(service.apis)))


def _next_wishes(slot_id: str, first: list[Answer]) -> list[Sent]:
    """Every second hold is used, the others are given back; whoever has no seat tries again."""
    held = [answer for answer in first if written([answer], "SlotHeld", "hold_id")]
    used, given_back = held[::2], held[1::2]
    refused = [answer for answer in first if answer.outcome == "slot-full"]
    return [
        *(Sent.new("release-hold", hold_id=created(answer, "hold_id")) for answer in given_back),
        *(booking(slot_id, answer.sent.body["candidate_id"], hold_id=created(answer, "hold_id")) for answer in used),
        *(booking(slot_id, answer.sent.body["candidate_id"]) for answer in refused),
    ]


@pytest.mark.parametrize(("number", "seats"), RACES)
async def test_a_seat_is_held_or_booked_once(
    service: Service, tell: Callable[[str], None], number: int, seats: int
) -> None:
    """As many win as there are seats, a hold is always good for its seat, and what is given back can be had."""
    ran = await play(service, number, lambda scene: rushes(service, scene, seats))

    firsts = [outcomes(rush.first) for rush in ran]
    by_hold = [answer for rush in ran for answer in rush.second if "hold_id" in answer.sent.body]
    expected = [seats_taken([*rush.first, *rush.second]) < seats for rush in ran]
    assert [each for each in firsts if each != {"accepted": seats, "slot-full": CROWD - seats}] == [], bound(number)
    assert set(outcomes(by_hold)) == {"accepted"}, bound(number)
    assert [rush.late.outcome == "accepted" for rush in ran] == expected, bound(number)
    await check_log(service, [answer for rush in ran for answer in (*rush.first, *rush.second, rush.late)], number)
    tell(f"hold/hold/book, {seats} of {CROWD}: {bound(number)}")


class Overtaking(NamedTuple):
    """What was answered to those who held all seats, and then to all at once."""

    held: list[Answer]
    race: list[Answer]
    late: Answer


async def overtakings(service: Service, scene: Scene, seats: int) -> list[Overtaking]:
    """Book by holds that one process sees expired, while others book over them through both."""
    prepared = await stages(scene, RACES_PER_SCENE, seats, 3 * seats + 1)
    return [await _overtaking(service, seats, *each) for each in prepared]


async def _overtaking(service: Service, seats: int, number: int, slot_id: str, candidates: list[str]) -> Overtaking:
    holders, patient, hasty = (candidates[start : start + seats] for start in (0, seats, 2 * seats))
    held = await service.send_all([holding(slot_id, each) for each in holders])
    holds = [created(answer, "hold_id") for answer in held]
    if number % 2 == 0:
        await get_to_know(service, [about_slot(slot_id)])
    own = ((booking(slot_id, each, hold_id=hold), BEHIND) for each, hold in zip(holders, holds, strict=True))
    over = ((booking(slot_id, each), AHEAD) for each in hasty)
    wishes = [
        *chain.from_iterable(zip(over, own, strict=True)),
        *((booking(slot_id, each), BEHIND) for each in patient),
        (Sent.new("expire-hold", hold_id=holds[0]), AHEAD),
    ]

    race = await send_to(service, arranged(wishes, number))

    return Overtaking(held, race, await service.send(booking(slot_id, candidates[-1]), number % len(service.apis)))


@pytest.mark.parametrize(("number", "seats"), RACES)
async def test_a_hold_that_expired_for_one_process_alone_is_one_seat(
    skewed: Service, tell: Callable[[str], None], number: int, seats: int
) -> None:
    """Each hold ends once, by its owner's booking or by expiry, and exactly as many book as there are seats."""
    ran = await play(skewed, number, lambda scene: overtakings(skewed, scene, seats))

    endings = [
        sorted(written(each.race, "HoldExpired", "hold_id") + written(each.race, "SlotBooked", "hold_id"))
        for each in ran
    ]
    assert set(outcomes(answer for each in ran for answer in each.race)) == {"accepted", "slot-full"}, bound(number)
    assert endings == [sorted(written(each.held, "SlotHeld", "hold_id")) for each in ran], bound(number)
    assert {len(written(each.race, "SlotBooked", "booking_id")) for each in ran} == {seats}, bound(number)
    assert {each.late.outcome for each in ran} == {"slot-full"}, bound(number)
    await check_log(skewed, [answer for each in ran for answer in (*each.held, *each.race, each.late)], number)
    expired = sum(len(written(each.race, "HoldExpired", "hold_id")) for each in ran)
    tell(f"hold/expire/book, {seats} seats: {bound(number)}; {expired} holds expired first")


async def test_without_the_conflict_check_a_seat_is_held_twice(sabotaged: Service) -> None:
    """A log that writes all that was decided keeps one seat for several."""
    scene = await Scene.open(sabotaged)

    ran = await rushes(sabotaged, scene, 1)

    assert sum(outcomes(rush.first)["accepted"] for rush in ran) > RACES_PER_SCENE
    assert await breach_in(scene, sabotaged) == "seats within capacity"
