"""Many commands in one request: each is settled on its own, in order."""

from typing import Any
from uuid import uuid4

import httpx

from api.bulk import BULK_BYTES, MOST_COMMANDS
from api.commands import BODY_BYTES
from commands.actor import Role
from tests.api.world import World


async def send(world: World, *commands: object, role: Role = "admin") -> httpx.Response:
    """Send commands together."""
    return await world.client.post("/v1/commands", json={"commands": commands}, headers=world.bearer(role))


async def outcomes(world: World, *commands: object, role: Role = "admin") -> list[dict[str, Any]]:
    """Send commands together and return their outcomes."""
    response = await send(world, *commands, role=role)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["outcomes"]
    return found


def publish(world: World, key: str | None = None, **fields: object) -> dict[str, object]:
    """One entry that publishes a slot."""
    return {"name": "publish-slot", "idempotency_key": key or str(uuid4()), "body": world.slot_body(**fields)}


async def test_each_command_is_settled_on_its_own(world: World) -> None:
    """A refused command in the middle stops none of the others, and outcomes come in the order of the commands."""
    commands = [publish(world), publish(world, city_id="nowhere"), publish(world)]

    found = await outcomes(world, *commands)

    assert [outcome["status"] for outcome in found] == [200, 404, 200]
    assert found[1]["body"]["code"] == "unknown-city"
    assert found[0]["body"]["position"] < found[2]["body"]["position"]


async def test_later_commands_see_what_earlier_ones_did(world: World) -> None:
    """A slot that the first command publishes is booked by the second and full for the third."""
    slot_id, first, second = str(uuid4()), await world.candidate(), await world.candidate()
    commands = [publish(world, slot_id=slot_id)] + [
        {"name": "book-slot", "idempotency_key": candidate, "body": {"slot_id": slot_id, "candidate_id": candidate}}
        for candidate in (first, second)
    ]

    found = await outcomes(world, *commands)

    assert [outcome["status"] for outcome in found] == [200, 200, 409]
    assert found[2]["body"]["code"] == "slot-full"


async def test_a_request_sent_twice_has_one_effect(world: World) -> None:
    """Sent again, every command gets its first reply, marked as a replay."""
    commands = [publish(world), publish(world, city_id="nowhere")]

    first, second = await outcomes(world, *commands), await outcomes(world, *commands)

    assert [outcome["replayed"] for outcome in first] == [False, False]
    assert [outcome["replayed"] for outcome in second] == [True, True]
    assert [outcome["body"] for outcome in second] == [outcome["body"] for outcome in first]


async def test_a_key_may_come_twice_in_one_request(world: World) -> None:
    """Of two equal commands under one key the second is a replay; with another body it is refused."""
    command = publish(world, key="monday")

    found = await outcomes(world, command, command, publish(world, key="monday"))

    assert [(outcome["status"], outcome["replayed"]) for outcome in found] == [(200, False), (200, True), (422, False)]
    assert found[2]["body"]["code"] == "idempotency-key-reused"


async def test_one_command_is_the_same_by_either_route(world: World) -> None:
    """A key used in bulk is known to the command's own route."""
    command = publish(world, key="monday")
    (outcome,) = await outcomes(world, command)

    response = await world.send("publish-slot", command["body"], key="monday")

    assert response.json() == outcome["body"]
    assert response.headers["idempotency-replayed"] == "true"


MALFORMED: list[tuple[object, int, str]] = [
    ({"name": "do-magic", "idempotency_key": "k", "body": {}}, 404, "unknown-command"),
    ({"name": "open-city", "idempotency_key": "k", "body": {}}, 403, "forbidden"),
    ({"name": "book-slot", "idempotency_key": "k", "body": {"colour": "blue"}}, 400, "invalid-body"),
    ({"name": "book-slot", "body": {}}, 400, "idempotency-key-missing"),
    ({"name": "book-slot", "idempotency_key": "a b", "body": {}}, 400, "invalid-parameter"),
    ({"name": "book-slot", "idempotency_key": "k"}, 400, "invalid-body"),
    ({"name": "book-slot", "idempotency_key": "k", "body": " " * BODY_BYTES}, 413, "body-too-large"),
    ("book-slot", 400, "invalid-body"),
    (None, 400, "invalid-body"),
]


async def test_a_malformed_entry_is_an_outcome(world: World) -> None:
    """An entry that cannot be settled is answered as its own route would, and the others are settled."""
    entries = [each for entry, _, _ in MALFORMED for each in (entry, publish(world))]

    found = await outcomes(world, *entries, role="recruiter")

    assert [outcome["status"] for outcome in found[1::2]] == [200] * len(MALFORMED)
    for outcome, (entry, status, code) in zip(found[::2], MALFORMED, strict=True):
        assert (outcome["status"], outcome["body"]["status"], outcome["body"]["code"]) == (status, status, code), entry


async def test_the_position_is_that_of_the_last_event(world: World) -> None:
    """The request as a whole reflects the position that its last command reached."""
    response = await send(world, publish(world), publish(world))

    last = response.json()["outcomes"][-1]["body"]["position"]
    assert response.headers["daybook-position"] == str(last)


async def test_nothing_to_settle_is_fine(world: World) -> None:
    """No command, no outcome."""
    assert await outcomes(world) == []


async def test_a_malformed_request_is_refused_as_a_whole(world: World) -> None:
    """What is not a list of commands is an invalid body."""
    for content in (b"", b"{", b"[]", b'{"commands": 7}', b'{"commands": [], "colour": 1}', b"{}"):
        response = await world.client.post("/v1/commands", content=content, headers=world.bearer("admin"))

        assert (response.status_code, response.json()["code"]) == (400, "invalid-body"), content


async def test_there_are_limits(world: World) -> None:
    """Neither too many commands nor too many bytes are taken, and nothing of such a request is settled."""
    many = await send(world, *[None] * (MOST_COMMANDS + 1))
    large = await world.client.post("/v1/commands", content=b" " * (BULK_BYTES + 1), headers=world.bearer("admin"))

    assert (many.status_code, many.json()["facts"]["field"]) == (400, "commands")
    assert (large.status_code, large.json()["code"]) == (413, "body-too-large")


async def test_five_hundred_at_once(world: World) -> None:
    """A full request is settled in order."""
    recruiters = [await world.recruiter() for _ in range(5)]
    body = world.slot_body()
    commands = [
        {"name": "publish-slot", "idempotency_key": f"k{n}", "body": {**body, "recruiter_id": recruiters[n % 5]}}
        for n in range(MOST_COMMANDS)
    ]

    found = await outcomes(world, *commands)

    assert [outcome["status"] for outcome in found[:5]] == [200] * 5
    assert {outcome["body"].get("code") for outcome in found[5:]} == {"recruiter-busy"}
