"""Refusals over HTTP: what was refused, to whom and why."""

from urllib.parse import quote

import pytest

from commands.actor import Role
from tests.api.test_reading import shown
from tests.api.test_reading_lists import walk
from tests.api.world import World

pytestmark = pytest.mark.usefixtures("app")


async def refuse(world: World, slot_id: str) -> str:
    """Have a new candidate refused at a slot that is full; return who it was."""
    candidate_id = await world.candidate()
    refused = await world.send("book-slot", {"slot_id": slot_id, "candidate_id": candidate_id}, role="bot")
    assert refused.json()["code"] == "slot-full"
    return candidate_id


async def full_slot(world: World) -> str:
    """Publish a slot of one seat and book it."""
    slot_id = await world.slot()
    await world.booking(slot_id, await world.candidate())
    return slot_id


async def test_refusal_tells_what_was_asked_and_what_was_answered(world: World) -> None:
    """The body without personal data, the code with its facts, and who asked."""
    slot_id = await full_slot(world)
    candidate_id = await refuse(world, slot_id)

    [refused] = (await shown(world, "/v1/refusals", role="auditor")).json()["items"]

    assert (refused["command"], refused["code"], refused["actor"]) == ("book-slot", "slot-full", "bot:the bot")
    assert (refused["body"]["slot_id"], refused["body"]["candidate_id"]) == (slot_id, candidate_id)
    assert (refused["facts"]["capacity"], refused["facts"]["booked"]) == (1, 1)


async def test_refusals_are_filtered_newest_first_and_in_pages(world: World) -> None:
    """By whom and what they were about, by code, command and time."""
    slots = [await full_slot(world) for _ in range(2)]
    refused = [await refuse(world, slot_id) for slot_id in (slots[0], slots[1], slots[0])]
    unknown = await world.send("cancel-booking", {"booking_id": slots[0]})
    assert unknown.status_code == 404

    async def candidates(query: str) -> list[str]:
        page = (await shown(world, f"/v1/refusals?{query}")).json()
        return [each["body"].get("candidate_id") for each in page["items"]]

    moment = quote((await shown(world, f"/v1/refusals?candidate_id={refused[1]}")).json()["items"][0]["decided_at"])
    assert await candidates("code=slot-full") == refused[::-1]
    assert await candidates("command=cancel-booking") == [None]
    assert await candidates(f"candidate_id={refused[1]}") == [refused[1]]
    assert await candidates(f"slot_id={slots[0]}") == [refused[2], refused[0]]
    assert await candidates(f"booking_id={slots[0]}") == [None]
    assert await candidates(f"from={moment}&code=slot-full") == [refused[2], refused[1]]
    assert await candidates(f"to={moment}") == [refused[0]]
    assert [each["code"] for each in await walk(world, "/v1/refusals", 1)] == ["unknown-booking", *["slot-full"] * 3]


async def test_refused_contact_is_not_told(world: World) -> None:
    """A command about a person is kept without what is personal."""
    body = {"name": "Grace", "phone": "+39 06 1", "city_id": "nowhere", "stage_id": "first", "locale": "it"}
    assert (await world.send("register-candidate", body)).status_code == 404

    [refused] = (await shown(world, "/v1/refusals?command=register-candidate")).json()["items"]

    assert (refused["body"]["name"], refused["body"]["phone"]) == ("[redacted]", "[redacted]")


@pytest.mark.parametrize("role", ["recruiter", "bot", "analyst"])
async def test_refusals_are_for_auditors(world: World, role: Role) -> None:
    """They tell of everybody."""
    assert (await world.get("/v1/refusals", role=role)).status_code == 403
