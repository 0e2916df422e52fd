"""Commands over HTTP: their replies, If-Match, correlation, and every way of sending one wrongly."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from api.commands import BODY_BYTES
from tests.api.world import POLICY, STAGE, World

STAGE_BODY = {"stage_id": "x", "name": "X", "order": 1, "duration_minutes": 30, "required_tests": [], "policy": POLICY}


async def test_a_reply_tells_what_happened(world: World) -> None:
    """The reply has the command's id, its events with their positions, and the id of what was made."""
    key = str(uuid4())
    body = {"slot_id": await world.slot(), "candidate_id": await world.candidate()}

    response = await world.send("book-slot", body, role="bot", key=key)

    reply = response.json()
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.headers["daybook-position"] == str(reply["position"])
    assert "idempotency-replayed" not in response.headers
    assert reply["command_id"] == key
    assert [(event["type"], event["position"]) for event in reply["events"]] == [("SlotBooked", reply["position"])]
    assert reply["events"][0]["data"]["booking_id"] == reply["booking_id"]


async def test_nothing_to_do_is_accepted(world: World) -> None:
    """Asking under another key for what is already so writes no event, and names what there is."""
    slot_id, candidate_id = await world.slot(), await world.candidate()
    booking_id = await world.booking(slot_id, candidate_id)

    again = await world.do("book-slot", {"slot_id": slot_id, "candidate_id": candidate_id}, role="bot")

    assert again["events"] == []
    assert again["booking_id"] == booking_id


async def test_a_reply_holds_no_personal_data(world: World) -> None:
    """What a person told of themselves does not come back in the reply, which is kept for good."""
    body = {"name": "Grace Hopper", "email": "grace@navy.example", "city_id": "rome", "stage_id": STAGE, "locale": "it"}

    response = await world.send("register-candidate", body)

    assert response.status_code == 200
    assert "Grace" not in response.text
    assert "navy" not in response.text


async def test_if_match_lets_through_what_has_not_changed(world: World) -> None:
    """A command that names the position of the last change is decided as if it named none."""
    slot = await world.do("publish-slot", world.slot_body())

    body = {"slot_id": slot["slot_id"], "reason": "ill"}
    response = await world.send("cancel-slot", body, If_Match=f'"{slot["position"]}"')

    assert response.status_code == 200


async def test_if_match_stops_what_has_changed(world: World) -> None:
    """A command that names an older position is refused, with the position of the change."""
    slot = await world.do("publish-slot", world.slot_body())
    booked = await world.do("book-slot", {"slot_id": slot["slot_id"], "candidate_id": await world.candidate()})

    body = {"slot_id": slot["slot_id"], "reason": "ill"}
    response = await world.send("cancel-slot", body, If_Match=f'"{slot["position"]}"')

    assert response.status_code == 412
    assert response.json()["code"] == "changed"
    assert response.json()["facts"] == {"position": booked["position"]}


async def test_a_malformed_if_match_is_refused(world: World) -> None:
    """If-Match is one position in quotes."""
    for given in ("7", '"seven"', 'W/"7"', "*", '""', f'"{"9" * 30}"'):
        response = await world.send("cancel-slot", {"slot_id": str(uuid4()), "reason": "ill"}, If_Match=given)

        assert (response.status_code, response.json()["code"]) == (400, "invalid-parameter"), given
        assert response.json()["facts"]["field"] == "If-Match", given


async def test_a_correlation_id_stands_with_the_events(world: World) -> None:
    """The conversation a command belongs to is found again in the feed; without one it starts its own."""
    conversation = str(uuid4())

    with_one = (await world.send("publish-slot", world.slot_body(), Daybook_Correlation_Id=conversation)).json()
    without = await world.do("publish-slot", world.slot_body())

    feed = (await world.get(f"/v1/events?after={with_one['position'] - 1}")).json()["items"]
    assert [event["correlation_id"] for event in feed] == [conversation, without["command_id"]]


async def test_a_malformed_correlation_id_is_refused(world: World) -> None:
    """A correlation id is a UUID."""
    response = await world.send("publish-slot", world.slot_body(), Daybook_Correlation_Id="us")

    assert response.status_code == 400
    assert response.json()["facts"]["field"] == "Daybook-Correlation-Id"


INVALID: list[tuple[str, object, str]] = [
    ("book-slot", None, ""),
    ("book-slot", [], ""),
    ("book-slot", "text", ""),
    ("book-slot", {}, ""),
    ("book-slot", {"slot_id": "mine", "candidate_id": str(uuid4())}, "slot_id"),
    ("book-slot", {"slot_id": 7, "candidate_id": str(uuid4())}, "slot_id"),
    ("define-stage", {**STAGE_BODY, "order": "1"}, "order"),
    ("define-stage", {**STAGE_BODY, "order": -1}, "order"),
    ("define-stage", {**STAGE_BODY, "order": 1.5}, "order"),
    ("define-stage", {**STAGE_BODY, "order": 10**30}, "order"),
    ("define-stage", {**STAGE_BODY, "stage_id": "Upper"}, "stage_id"),
    ("define-stage", {**STAGE_BODY, "required_tests": [7]}, "required_tests[0]"),
    ("define-stage", {**STAGE_BODY, "policy": {**POLICY, "horizon_days": 0}}, "policy.horizon_days"),
    ("define-stage", {**STAGE_BODY, "policy": {**POLICY, "approval": "sometimes"}}, "policy.approval"),
    ("record-test-result", {"candidate_id": str(uuid4()), "test_id": "x", "score": 1, "taken_at": "2027"}, "taken_at"),
]


async def test_an_invalid_body_names_its_field(world: World) -> None:
    """What a body is wrong in is named by its path, with a reason."""
    for name, body, field in INVALID:
        response = await world.send(name, body)

        problem = response.json()
        assert (response.status_code, problem["code"]) == (400, "invalid-body"), (name, body)
        assert problem["facts"]["field"] == field, (name, body)
        assert problem["facts"]["reason"], (name, body)


@pytest.mark.parametrize(
    ("extra", "field"), [({"colour": "blue"}, ""), ({"policy": {**POLICY, "colour": "blue"}}, "policy")]
)
async def test_an_unknown_field_is_refused_by_name(world: World, extra: dict[str, Any], field: str) -> None:
    """A field that the body does not have is named, where it stood."""
    response = await world.send("define-stage", {**STAGE_BODY, **extra})

    assert response.status_code == 400
    assert response.json()["facts"]["field"] == field
    assert "`colour`" in response.json()["facts"]["reason"]


@pytest.mark.parametrize("value", ["hunter2", 48151623])
async def test_no_value_comes_back(world: World, value: object) -> None:
    """Whatever a client sent in the wrong place is not repeated in the answer."""
    policy = {**POLICY, "approval": value}

    response = await world.send("define-stage", {**STAGE_BODY, "policy": policy})

    assert response.status_code == 400
    assert str(value) not in response.text


async def test_what_is_no_json_is_refused(world: World) -> None:
    """A body that is not JSON is an invalid body as a whole."""
    headers = {**world.bearer("bot"), "Idempotency-Key": "x"}

    for content in (b"", b"{", b"{'a': 1}", b"\xff\xfe", b"[" * 60_000, b"NaN", b'{"slot_id": "\\ud800"}'):
        response = await world.client.post("/v1/commands/book-slot", content=content, headers=headers)

        assert response.status_code == 400, content
        assert (response.json()["code"], response.json()["facts"]["field"]) == ("invalid-body", ""), content


async def test_a_body_may_be_as_large_as_the_limit(world: World) -> None:
    """Blanks up to the limit are read, one more byte is too large."""
    headers = {**world.bearer("bot"), "Idempotency-Key": "x"}

    codes = []
    for size in (BODY_BYTES, BODY_BYTES + 1):
        response = await world.client.post("/v1/commands/book-slot", content=b"{}".ljust(size), headers=headers)
        codes.append((response.status_code, response.json()["code"]))

    assert codes == [(400, "invalid-body"), (413, "body-too-large")]


async def test_a_large_body_in_pieces_is_refused(world: World) -> None:
    """A body that does not say its length is measured as it comes."""
    pieces = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal pieces
        while True:
            pieces += 1
            yield b" " * 1024

    headers = {**world.bearer("bot"), "Idempotency-Key": "x"}
    response = await world.client.post("/v1/commands/book-slot", content=endless(), headers=headers)

    assert response.status_code == 413
    assert pieces <= BODY_BYTES // 1024 + 1
