"""Waitlists over HTTP."""

import pytest

from tests.api.test_reading import shown
from tests.api.test_reading_lists import walk
from tests.api.world import CITY, STAGE, World

pytestmark = pytest.mark.usefixtures("app")

PATH = f"/v1/waitlists/{CITY}/{STAGE}"


async def join(world: World, priority: int = 0) -> str:
    """Let a new candidate wait."""
    candidate_id = await world.candidate()
    body = {"candidate_id": candidate_id, "city_id": CITY, "stage_id": STAGE, "priority": priority}
    await world.do("join-waitlist", body)
    return candidate_id


async def test_waitlist_is_in_the_order_of_promotion_and_says_what_decides(world: World) -> None:
    """By priority, then by age; pages of any size show everybody once."""
    old, young, urgent = await join(world), await join(world), await join(world, priority=5)

    items = (await shown(world, PATH)).json()["items"]
    walked = await walk(world, PATH, 1)

    assert [(each["rank"], each["candidate"]["id"], each["behind_by"]) for each in items] == [
        (1, urgent, None),
        (2, old, "priority"),
        (3, young, "age"),
    ]
    assert [each["rank"] for each in walked] == [1, 2, 3]
    assert (await shown(world, f"/v1/waitlists/{CITY}/second")).json()["items"] == []


async def test_waitlist_shows_live_offers_and_slots_that_were_let_go(world: World) -> None:
    """An offer is there until it is answered or its time is over."""
    candidate_id, slot_id = await join(world), await world.slot()
    offer_id = (await world.do("offer-seat", {"slot_id": slot_id}))["offer_id"]

    offered = (await shown(world, PATH)).json()["items"][0]
    world.clock.forward(hours=2)
    over = (await shown(world, PATH)).json()["items"][0]

    assert (offered["candidate"]["id"], offered["offer"]["offer_id"]) == (candidate_id, offer_id)
    assert (offered["offer"]["slot_id"], offered["passed"]) == (slot_id, [])
    assert over["offer"] is None


async def test_slot_that_was_declined_is_passed(world: World) -> None:
    """Who declined goes on waiting."""
    candidate_id, slot_id = await join(world), await world.slot()
    offer = await world.do("offer-seat", {"slot_id": slot_id})

    await world.do("decline-offer", {"offer_id": offer["offer_id"]}, role="bot")

    waiting = (await shown(world, PATH)).json()["items"][0]
    assert (waiting["candidate"]["id"], waiting["offer"], waiting["passed"]) == (candidate_id, None, [slot_id])
