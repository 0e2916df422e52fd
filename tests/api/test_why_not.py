"""Why not, and what instead: explanations, and the alternatives that a refusal names."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.world import World

DAY = datetime(2032, 5, 3, 8, 0, tzinfo=UTC)


async def slot_at(world: World, hour: int, **fields: object) -> str:
    """Publish a slot at an hour of one day."""
    return await world.slot(starts_at=(DAY + timedelta(hours=hour)).isoformat(), **fields)


async def far_horizon(world: World) -> None:
    """Let candidates book years ahead."""
    await world.stage("first", horizon_days=3_650)


async def refused(world: World, slot_id: str, candidate_id: str, key: str | None = None) -> httpx.Response:
    """Book what cannot be booked, once the read models know of all there is."""
    await world.get(f"/v1/slots?min_position={world.position}")
    response = await world.send("book-slot", {"slot_id": slot_id, "candidate_id": candidate_id}, role="bot", key=key)
    assert response.status_code == 409, response.text
    return response


def alternatives(response: httpx.Response) -> list[str]:
    """Name the slots that a refusal suggests."""
    return [each["slot_id"] for each in response.json()["alternatives"]]


async def explained(world: World, slot_id: str, candidate_id: str) -> dict[str, Any]:
    """Ask why a slot is, or is not, offered."""
    response = await world.get(f"/v1/explain/slot?slot_id={slot_id}&candidate_id={candidate_id}")
    assert response.status_code == 200, response.text
    told: dict[str, Any] = response.json()
    return told


async def test_a_refusal_names_the_three_nearest_open_slots(world: World) -> None:
    """Before and after the one that is full; a full one is no alternative, nor is one that is closed."""
    await far_horizon(world)
    wanted = await slot_at(world, 6)
    hours = {hour: await slot_at(world, hour) for hour in (1, 4, 7, 9, 12)}
    await world.booking(wanted, await world.candidate())
    await world.booking(hours[7], await world.candidate())
    await world.do("close-slot", {"slot_id": hours[4], "reason": "ill"})

    response = await refused(world, wanted, await world.candidate())

    assert alternatives(response) == [hours[9], hours[1], hours[12]]
    assert response.json()["alternatives"][0]["recruiter"]["name"]


async def test_alternatives_come_back_byte_for_byte(world: World) -> None:
    """Even when they are gone: what is kept is what was answered."""
    await far_horizon(world)
    wanted, other = await slot_at(world, 6), await slot_at(world, 7)
    candidate_id, key = await world.candidate(), str(uuid4())
    await world.booking(wanted, await world.candidate())
    first = await refused(world, wanted, candidate_id, key)
    await world.do("cancel-slot", {"slot_id": other, "reason": "ill"})

    again = await refused(world, wanted, candidate_id, key)

    assert alternatives(first) == [other]
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"


async def test_who_is_busy_is_not_sent_to_a_slot_at_the_same_time(world: World) -> None:
    """Another recruiter's slot at the same hour would not help."""
    await far_horizon(world)
    candidate_id, colleague = await world.candidate(), await world.recruiter()
    mine, same_hour, later = (
        await slot_at(world, 6),
        await slot_at(world, 6, recruiter_id=colleague),
        await slot_at(world, 7),
    )
    third = await slot_at(world, 6, recruiter_id=await world.recruiter())
    await world.booking(mine, candidate_id)

    response = await refused(world, same_hour, candidate_id)

    assert response.json()["code"] == "candidate-busy"
    assert third not in alternatives(response)
    assert alternatives(response) == [later]


async def test_slots_that_could_not_be_booked_are_no_alternatives(world: World) -> None:
    """Too soon, too far ahead, or while their recruiter is away."""
    await world.stage("first", horizon_days=3_650, min_notice_minutes=525_600)
    wanted, away = await slot_at(world, 6), await slot_at(world, 7)
    soon, far = await world.slot(), await world.slot(starts_at="2042-01-01T10:00:00Z")
    absent = {"from": (DAY + timedelta(hours=7)).isoformat(), "to": (DAY + timedelta(hours=8)).isoformat()}
    await world.do("record-absence", {"recruiter_id": world.recruiter_id, **absent})
    await world.booking(wanted, await world.candidate())

    response = await refused(world, wanted, await world.candidate())

    assert not {away, soon, far} & {each["slot_id"] for each in response.json().get("alternatives", [])}


async def test_where_no_other_slot_would_help_none_is_named(world: World) -> None:
    """Who is in another stage is in another stage everywhere."""
    await far_horizon(world)
    await world.stage("second")
    await slot_at(world, 7)

    response = await refused(world, await slot_at(world, 6), await world.candidate("second"))

    assert "alternatives" not in response.json()


async def test_an_open_slot_is_explained_as_offered(world: World) -> None:
    """With its seats."""
    slot_id = await world.slot(capacity=3)
    await world.booking(slot_id, await world.candidate())

    told = await explained(world, slot_id, await world.candidate())

    assert told["offered"] is True
    assert told["reasons"] == []
    assert told["seats"] == {"capacity": 3, "booked": 1, "held": 0}


async def test_every_rule_that_says_no_is_named(world: World) -> None:
    """Where a refusal names the first only."""
    await world.test("logic")
    await world.stage("tested", "logic", min_notice_minutes=525_600)
    slot_id = await world.slot(stage_id="tested")
    await world.do("close-slot", {"slot_id": slot_id, "reason": "ill"})

    told = await explained(world, slot_id, await world.candidate())

    codes = [reason["code"] for reason in told["reasons"]]
    assert told["offered"] is False
    assert codes == ["slot-closed", "too-soon", "stage-not-open", "test-required"]


async def test_a_seat_or_a_hold_that_one_has_is_told(world: World) -> None:
    """A hold until when."""
    candidate_id = await world.candidate()
    held, other = await world.slot(), await world.candidate()
    hold = await world.do("hold-slot", {"slot_id": held, "candidate_id": candidate_id}, role="bot")

    mine, theirs = await explained(world, held, candidate_id), await explained(world, held, other)
    booking_id = await world.booking(held, candidate_id)
    booked = await explained(world, held, candidate_id)

    assert (mine["offered"], mine["hold_id"], mine["hold_expires_at"]) == (True, hold["hold_id"], hold["expires_at"])
    assert [reason["code"] for reason in theirs["reasons"]] == ["slot-full"]
    assert theirs["reasons"][0]["facts"] == {"capacity": 1, "booked": 0, "held": 1}
    assert (booked["offered"], booked["booking_id"]) == (True, booking_id)


async def test_a_cancelled_slot_is_explained(world: World) -> None:
    """It is still known."""
    slot_id = await world.slot()
    await world.do("cancel-slot", {"slot_id": slot_id, "reason": "ill"})

    told = await explained(world, slot_id, await world.candidate())

    assert [reason["code"] for reason in told["reasons"]] == ["slot-cancelled"]


@pytest.mark.parametrize("missing", ["slot", "candidate"])
async def test_what_there_is_not_cannot_be_explained(world: World, missing: str) -> None:
    """404 with the code that a command would get; a malformed id is named."""
    ids = {"slot": await world.slot(), "candidate": await world.candidate(), missing: str(uuid4())}

    response = await world.get(f"/v1/explain/slot?slot_id={ids['slot']}&candidate_id={ids['candidate']}")
    nonsense = await world.get(f"/v1/explain/slot?slot_id=7&candidate_id={ids['candidate']}")

    assert (response.status_code, response.json()["code"]) == (404, f"unknown-{missing}")
    assert (nonsense.status_code, nonsense.json()["facts"]["field"]) == (400, "slot_id")
