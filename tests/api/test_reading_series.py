"""Series over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.api.test_reading import shown
from tests.api.world import CITY, STAGE, World

pytestmark = pytest.mark.usefixtures("app")

START = (datetime.now(UTC) + timedelta(days=7)).replace(hour=10, minute=0, second=0, microsecond=0, tzinfo=None)


async def publish(world: World, **fields: Any) -> str:
    """Publish a series of three days, the second of which is left out."""
    body = {"recruiter_id": world.recruiter_id, "city_id": CITY, "stage_id": STAGE, "starts_at": START.isoformat()}
    exdates = [(START + timedelta(days=1)).isoformat()]
    reply = await world.do("publish-series", {**body, "rrule": "FREQ=DAILY;COUNT=3", "exdates": exdates, **fields})
    return str(reply["series_id"])


async def test_series_card_shows_its_plan_and_its_slots_by_time(world: World) -> None:
    """With how many seats are booked in each."""
    series_id = await publish(world, capacity=2)
    slots = (await shown(world, f"/v1/slots?series_id={series_id}")).json()["items"]
    await world.booking(slots[0]["slot_id"], await world.candidate())

    card = (await shown(world, f"/v1/series/{series_id}")).json()

    assert (card["status"], card["plan"]["rrule"], card["plan"]["zone"]) == (
        "running",
        "FREQ=DAILY;COUNT=3",
        "Europe/Rome",
    )
    assert (card["published"], card["withdrawn"], card["skipped"]) == (2, 0, 0)
    assert [(each["slot_id"], each["booked"], each["seats_left"]) for each in card["slots"]] == [
        (slots[0]["slot_id"], 1, 1),
        (slots[1]["slot_id"], 0, 2),
    ]
    assert [each["local_start"] for each in card["slots"]] == [
        START.isoformat(),
        (START + timedelta(days=2)).isoformat(),
    ]


async def test_series_card_says_which_occurrences_were_skipped_and_why(world: World) -> None:
    """The recruiter has another slot then."""
    await world.do("publish-slot", world.slot_body(starts_at=START.isoformat()))

    series_id = await publish(world)

    card = (await shown(world, f"/v1/series/{series_id}")).json()
    assert (card["published"], card["skipped"], len(card["slots"])) == (1, 1, 1)
    assert [(each["local_start"], each["reason"]) for each in card["not_offered"]] == [
        (START.isoformat(), "recruiter-busy")
    ]


async def test_series_are_listed_by_recruiter_and_known_when_they_have_ended(world: World) -> None:
    """One that ended is a series still."""
    other = await world.recruiter()
    first, second = await publish(world), await publish(world, recruiter_id=other)
    await world.do("end-series", {"series_id": first, "reason": "moved away"})

    everybody = (await shown(world, "/v1/series")).json()["items"]
    others = (await shown(world, f"/v1/series?recruiter_id={other}")).json()["items"]
    ended = (await shown(world, f"/v1/series/{first}")).json()

    assert [(each["series_id"], each["status"]) for each in everybody] == [(first, "ended"), (second, "running")]
    assert [each["series_id"] for each in others] == [second]
    assert (ended["status"], ended["reason"]) == ("ended", "moved away")


async def test_series_that_nobody_published_is_not_found(world: World) -> None:
    """With a code of its own."""
    response = await world.get(f"/v1/series/{uuid4()}")

    assert (response.status_code, response.json()["code"]) == (404, "unknown-series")
