"""Sending a command again: one effect, one reply, and a clear no where the key is wrong."""

import asyncio
from uuid import UUID, uuid4

import pytest

from tests.api.world import World


@pytest.mark.parametrize("key", ["0b7f26c6-16a9-4f6e-9f28-0d41e8f3a111", "order 66?", "k" * 255])
async def test_a_key_without_visible_characters_only_is_refused(world: World, key: str) -> None:
    """A key has 1 to 255 visible characters, so no blank."""
    response = await world.send("book-slot", {"slot_id": str(uuid4()), "candidate_id": str(uuid4())}, key=key)

    accepted = " " not in key
    assert response.json()["code"] == ("unknown-slot" if accepted else "invalid-parameter")
    assert accepted or response.json()["facts"]["field"] == "Idempotency-Key"


async def test_a_key_is_required(world: World) -> None:
    """A command without a key is refused before anything else is looked at."""
    response = await world.client.post("/v1/commands/book-slot", content=b"{", headers=world.bearer("bot"))

    assert response.status_code == 400
    assert response.json()["code"] == "idempotency-key-missing"


async def test_a_uuid_is_the_command_id_in_any_case(world: World) -> None:
    """A UUID as a key is the id of the command, however its letters are written."""
    key = uuid4()
    slot_body = world.slot_body()

    first = await world.send("publish-slot", slot_body, key=str(key).upper())
    second = await world.send("publish-slot", slot_body, key=str(key))

    assert UUID(first.json()["command_id"]) == key
    assert second.headers["idempotency-replayed"] == "true"


async def test_a_key_belongs_to_its_principal(world: World) -> None:
    """Two principals may use the same word as a key without meeting."""
    replies = [
        await world.send("publish-slot", world.slot_body(), role=role, key="monday") for role in ("admin", "recruiter")
    ]

    assert [response.status_code for response in replies] == [200, 200]
    assert replies[0].json()["command_id"] != replies[1].json()["command_id"]


@pytest.mark.parametrize("key", ["monday", "5f0f4c3e-38a6-4d34-9d3c-1c2ab4a8e6c5"])
async def test_a_repeated_command_gets_the_first_reply(world: World, key: str) -> None:
    """The same key and body get the first reply again, byte for byte, marked as a replay."""
    body = world.slot_body()
    first = await world.send("publish-slot", body, key=key)
    await world.slot()

    second = await world.send("publish-slot", body, key=key)

    assert second.content == first.content
    assert second.status_code == first.status_code == 200
    assert second.headers["idempotency-replayed"] == "true"
    assert second.headers["daybook-position"] == first.headers["daybook-position"]


async def test_a_refusal_is_kept_too(world: World) -> None:
    """The same key gets the same refusal, byte for byte, also when the reason for it is gone."""
    slot_id, candidate_id = await world.slot(), await world.candidate()
    taken = await world.booking(slot_id, await world.candidate())
    body = {"slot_id": slot_id, "candidate_id": candidate_id}
    first = await world.send("book-slot", body, role="bot", key="seat")
    await world.do("cancel-booking", {"booking_id": taken})

    second = await world.send("book-slot", body, role="bot", key="seat")

    assert first.json()["code"] == "slot-full"
    assert second.content == first.content
    assert second.status_code == 409
    assert second.headers["content-type"] == "application/problem+json"
    assert second.headers["idempotency-replayed"] == "true"


async def test_a_key_with_another_body_is_refused(world: World) -> None:
    """The same key with another body has no effect, and says so."""
    await world.send("publish-slot", world.slot_body(), key="monday")

    response = await world.send("publish-slot", world.slot_body(), key="monday")

    assert response.status_code == 422
    assert response.json()["code"] == "idempotency-key-reused"


async def test_a_key_at_another_command_is_refused(world: World) -> None:
    """A UUID that was the id of one command is not that of another."""
    key = str(uuid4())
    slot = (await world.send("publish-slot", world.slot_body(), key=key)).json()

    response = await world.send("cancel-slot", {"slot_id": slot["slot_id"], "reason": "ill"}, key=key)

    assert response.status_code == 422


async def test_one_key_sent_at_once_has_one_effect(world: World) -> None:
    """Of twenty equal commands at once one is settled, and all get its reply."""
    body = world.slot_body()

    replies = await asyncio.gather(*(world.send("publish-slot", body, key="rush") for _ in range(20)))

    assert {response.status_code for response in replies} == {200}
    assert len({response.content for response in replies}) == 1
    assert sum("idempotency-replayed" in response.headers for response in replies) == 19


async def test_one_key_with_two_bodies_at_once_has_one_effect(world: World) -> None:
    """Of two bodies under one key at once, one is settled and the other refused."""
    bodies = [world.slot_body(), world.slot_body()]

    replies = await asyncio.gather(*(world.send("publish-slot", body, key="rush") for body in bodies))

    assert sorted(response.status_code for response in replies) == [200, 422]
