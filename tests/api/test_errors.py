"""Every error is a problem in the form of RFC 9457, and tells nothing it should not."""

import httpx
import pytest

from api.errors import split_message
from commands.handling import Busy, Writer
from events.log import LogUnavailable
from tests.api.problems import assert_problem
from tests.api.world import World


async def test_no_route(client: httpx.AsyncClient) -> None:
    """Where there is nothing, there is a problem."""
    for path in ("/", "/v1", "/v2/slots", "/%00", "/v1/history/"):
        assert_problem(await client.get(path), 404, "not-found")
    assert_problem(await client.post("/v1/commands/do-magic"), 404, "not-found")


async def test_a_wrong_method(client: httpx.AsyncClient) -> None:
    """The wrong method is told which ones are right."""
    response = await client.delete("/v1/events")

    assert_problem(response, 405, "method-not-allowed")
    assert set(response.headers["allow"].split(", ")) == {"GET", "OPTIONS"}


@pytest.mark.parametrize(
    ("error", "status", "code"), [(Busy(), 503, "busy"), (LogUnavailable("x"), 503, "log-unavailable")]
)
async def test_what_may_succeed_later_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    """A writer that is busy or cannot reach the log: 503 with Retry-After, alone and in bulk."""

    async def failing(*_: object) -> None:
        raise error

    monkeypatch.setattr(Writer, "submit", failing)
    body = world.slot_body()

    alone = await world.send("publish-slot", body)
    command = {"name": "publish-slot", "idempotency_key": "k", "body": body}
    together = await world.client.post("/v1/commands", json={"commands": [command]}, headers=world.bearer("admin"))

    assert_problem(alone, status, code)
    assert alone.headers["retry-after"] == "1"
    assert together.json()["outcomes"][0]["status"] == status
    assert together.json()["outcomes"][0]["body"]["code"] == code


async def test_a_problem_is_found_in_the_traces(client: httpx.AsyncClient) -> None:
    """A problem carries the id of the trace that the client sent."""
    trace = "0af7651916cd43dd8448eb211c80319c"

    response = await client.get("/v1/events", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})

    assert response.json()["trace_id"] == trace


@pytest.mark.parametrize(
    ("message", "field", "reason"),
    [
        ("Expected `int`, got `str` - at `$.policy.horizon_days`", "policy.horizon_days", "Expected `int`, got `str`"),
        ("Expected `object`, got `array`", "", "Expected `object`, got `array`"),
        ("Object missing required field `name`", "", "Object missing required field `name`"),
        ("Invalid enum value 'a - at `b`' - at `$.answer`", "answer", "Not one of the values allowed"),
        ("Expected `str`, got `int` - at `$.tests[3]`", "tests[3]", "Expected `str`, got `int`"),
        ("Expected `str` matching regex '^[^`]$' - at `$.a`", "a", "Expected `str` matching regex '^[^`]$'"),
    ],
)
def test_messages_are_taken_apart(message: str, field: str, reason: str) -> None:
    """Messages of msgspec give the path of the field and a reason without the value."""
    assert split_message(message) == (field, reason)
