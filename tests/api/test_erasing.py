"""Erasing over HTTP: at once, for good, and everywhere that shows a person."""

from uuid import UUID

import asyncpg
import pytest
from litestar import Litestar

from tests.api.test_sealed import BODY, CANARY, MARKS, registered
from tests.api.world import CITY, STAGE, World


async def erased(world: World, candidate_id: str) -> None:
    """Erase somebody."""
    await world.do("erase-candidate", {"candidate_id": candidate_id, "reason": "asked for it"})


async def test_the_key_is_gone_when_the_answer_is_given(app: Litestar, world: World, owner: asyncpg.Connection) -> None:
    """No worker is needed for that: what is sealed cannot be opened any more, and no new key is made."""
    candidate_id = await registered(world)

    await erased(world, candidate_id)

    row = await owner.fetchrow("select * from keys.person where person_id = $1", UUID(candidate_id))
    assert row is not None
    assert (row["wrapped"], row["destroyed_at"] is None) == (None, False)
    assert await app.state.services.vault.make([UUID(candidate_id)]) == {}


@pytest.mark.parametrize("together", [False, True], ids=["alone", "in-bulk"])
async def test_nothing_that_is_shown_says_who_it_was(
    world: World, owner: asyncpg.Connection, *, together: bool
) -> None:
    """Neither a card that was kept, nor lists, the past, the timeline, the feed; nor the tables behind them."""
    candidate_id = await registered(world)
    card = f"/v1/candidates/{candidate_id}"
    assert CANARY in (await world.get(f"{card}?min_position={world.position}")).text
    before = world.position
    if together:
        body = {"candidate_id": candidate_id, "reason": "asked for it"}
        command = {"name": "erase-candidate", "idempotency_key": "once", "body": body}
        response = await world.client.post("/v1/commands", json={"commands": [command]}, headers=world.bearer("admin"))
        world.position = int(response.headers["daybook-position"])
    else:
        await erased(world, candidate_id)

    now = f"min_position={world.position}"
    sought = await world.get(f"/v1/candidates?q=Canary&{now}")
    listed = await world.get(f"/v1/candidates?status=erased&{now}")
    others = [
        await world.get(path)
        for path in (f"{card}?{now}", f"{card}/timeline", f"{card}?as_of={before}", "/v1/events?limit=200")
    ]

    assert sought.json()["items"] == []
    assert [each["candidate_id"] for each in listed.json()["items"]] == [candidate_id]
    assert [each.status_code for each in others] == [200] * 4
    assert not any(mark in each.text for mark in MARKS for each in (listed, *others))
    rows = await owner.fetch("select c::text from candidates_v4.candidate c")
    assert not any(mark in row[0] for mark in MARKS for row in rows)


async def test_nothing_more_is_written_about_them(world: World) -> None:
    """By its code; to erase again is accepted with no events."""
    candidate_id = await registered(world)
    await erased(world, candidate_id)

    changed = await world.send("change-contact", {"candidate_id": candidate_id, "phone": "+1 555"})
    anew = {**BODY, "candidate_id": candidate_id, "city_id": CITY, "stage_id": STAGE, "locale": "pl"}
    again = await world.send("register-candidate", anew)
    twice = await world.do("erase-candidate", {"candidate_id": candidate_id, "reason": "again"})

    for refused in (changed, again):
        assert (refused.status_code, refused.json()["code"]) == (409, "candidate-erased")
        assert refused.json()["facts"] == {"candidate_id": candidate_id}
    assert twice["events"] == []


async def test_admins_alone_erase(world: World) -> None:
    """It cannot be undone."""
    candidate_id = await registered(world)

    for role in ("recruiter", "bot", "auditor", "analyst"):
        refused = await world.send("erase-candidate", {"candidate_id": candidate_id, "reason": "x"}, role=role)
        assert refused.status_code == 403, role
