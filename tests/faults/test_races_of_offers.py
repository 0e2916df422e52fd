"""Offered seats that are accepted, declined and wanted by others through two processes at once."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import pytest

from tests.support.checking import bound
from tests.support.races import (
    about_offer,
    about_slot,
    arranged,
    booking,
    breach_in,
    check_log,
    created,
    get_to_know,
    outcomes,
    play,
    seats_taken,
    stages,
    story,
)
from tests.support.service import Answer, Scene, Sent, Service

pytestmark = pytest.mark.asyncio(loop_scope="session")

STORIES = {
    "OfferAccepted, SlotBooked, decline-offer: offer-ended",
    "OfferDeclined, accept-offer: offer-ended",
}
RACES = [(4, 1), *(pytest.param(2_500, seats, marks=pytest.mark.nightly) for seats in (1, 3))]
RACES_PER_SCENE = 4
TOO_MANY = 2  # more offers are asked for, and more wait, than there are seats


class Auction(NamedTuple):
    """What was answered when the seats were offered, then to all at once, and to the one who came late."""

    offering: list[Answer]
    race: list[Answer]
    late: Answer
    stories: list[str]


async def auctions(service: Service, scene: Scene, seats: int) -> list[Auction]:
    """Offer all seats at once; then accept and decline each offer, while others want the seats."""
    where, wanted = {"city_id": scene.name, "stage_id": scene.name}, seats + TOO_MANY
    ran = []
    for number, slot_id, people in await stages(scene, RACES_PER_SCENE, seats, wanted + 2 * seats + 1):
        joining = [Sent.new("join-waitlist", candidate_id=each, **where) for each in people[:wanted]]
        await service.all_accepted(joining)
        ran.append(await _auction(service, number, slot_id, wanted, people[wanted:]))
    return ran


async def _auction(service: Service, number: int, slot_id: str, wanted: int, people: list[str]) -> Auction:
    *strangers, last = people
    if number % 2 == 0:
        await get_to_know(service, [about_slot(slot_id)])
    offering = await service.send_at_once(Sent.new("offer-seat", slot_id=slot_id) for _ in range(wanted))
    offers = [created(answer, "offer_id") for answer in offering if answer.outcome == "accepted"]
    if number % 2 == 0:
        await get_to_know(service, [about_slot(slot_id), *map(about_offer, offers)])
    wishes = [
        *(Sent.new(name, offer_id=each) for each in offers for name in ("accept-offer", "decline-offer")),
        *(booking(slot_id, each) for each in strangers),
    ]

    race = await service.send_at_once(arranged(wishes, number))

    late = await service.send(booking(slot_id, last), number % len(service.apis))
    of = [[answer for answer in race if answer.sent.body.get("offer_id") == each] for each in offers]
    return Auction(offering, race, late, [story(each) for each in of])


@pytest.mark.parametrize(("number", "seats"), RACES)
async def test_an_offered_seat_is_taken_once(
    service: Service, tell: Callable[[str], None], number: int, seats: int
) -> None:
    """Each seat is offered once, each offer has one answer, and who books openly gets only what was declined."""
    ran = await play(service, number, lambda scene: auctions(service, scene, seats))

    stories = Counter(each for auction in ran for each in auction.stories)
    offered = Counter({"accepted": seats, "slot-full": TOO_MANY})
    answers = [answer for each in ran for answer in (*each.offering, *each.race, each.late)]
    expected = [seats_taken([*each.offering, *each.race]) < seats for each in ran]
    assert [each for each in ran if outcomes(each.offering) != offered] == [], bound(number)
    assert set(stories) <= STORIES, bound(number)
    assert [each.late.outcome == "accepted" for each in ran] == expected, bound(number)
    await check_log(service, answers, number)
    tell(f"accept/decline/book, {seats} seats: {bound(number)}; {dict(stories)}")


async def test_without_the_conflict_check_an_offer_has_two_answers(sabotaged: Service) -> None:
    """A log that writes all that was decided offers a seat twice, and lets an offer be accepted and declined."""
    scene = await Scene.open(sabotaged)

    ran = await auctions(sabotaged, scene, 1)

    assert sum(outcomes(each.offering)["accepted"] for each in ran) > RACES_PER_SCENE
    assert await breach_in(scene, sabotaged) in {"seats within capacity", "the waitlist knows who waits"}
