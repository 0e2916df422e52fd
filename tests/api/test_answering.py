"""Answers from the read models: ETags, waiting for a position, and what is said when there is no answer."""

from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar, Request, get
from sqlalchemy import text

from api.answering import answer
from api.app import create_app, create_routes
from api.auth import PUBLIC, ROLES
from api.exchange import Answer
from daybook.engine import Connection
from daybook.settings import Settings
from queries.page import BadCursor
from tests.api.running import client_of, projecting, running
from tests.api.world import World


@pytest.fixture
def routes() -> Litestar:
    """Routes that no other test uses: what is planted stays."""
    return create_routes()


@pytest.fixture
def found() -> dict[str, Any]:
    """What the planted query finds."""
    return {"answer": {"n": 1}}


@pytest.fixture
async def client(app: Litestar, client: httpx.AsyncClient, found: dict[str, Any]) -> httpx.AsyncClient:
    """A client of an application with one more route, which answers from a query of ours."""

    async def query(connection: Connection) -> Any:
        await connection.fetch(text("select 1"))
        if isinstance(found["answer"], Exception):
            raise found["answer"]
        return found["answer"]

    @get("/planted", opt={ROLES: PUBLIC})
    async def planted(request: Request[Any, Any, Any]) -> Answer:
        return await answer(request, query, unknown="unknown-plant")

    app.register(planted)
    return client


async def test_an_answer_carries_its_tag_and_position(client: httpx.AsyncClient) -> None:
    """An answer is JSON, with a strong ETag, the position it reflects, and nobody keeps it."""
    response = await client.get("/planted")

    assert response.json() == {"n": 1}
    assert response.headers["content-type"] == "application/json"
    assert response.headers["etag"][0] == response.headers["etag"][-1] == '"'
    assert response.headers["daybook-position"] == "0"
    assert response.headers["cache-control"] == "no-store"


async def test_what_one_has_is_not_sent_again(client: httpx.AsyncClient) -> None:
    """If-None-Match with the answer's tag, in a list, weak, or as `*`: 304, no body, the same headers."""
    first = await client.get("/planted")

    for form in ("{}", "W/{}", '"old", {}', 'W/"old",W/{} , "x"', "*"):
        second = await client.get("/planted", headers={"If-None-Match": form.format(first.headers["etag"])})

        assert (second.status_code, second.content) == (304, b""), form
        assert second.headers["etag"] == first.headers["etag"], form
        assert "daybook-position" in second.headers, form


async def test_what_one_does_not_have_is_sent(client: httpx.AsyncClient) -> None:
    """Another tag is no reason to send nothing."""
    for given in ('"old"', "", "nonsense", 'W/"old", "older"'):
        response = await client.get("/planted", headers={"If-None-Match": given})

        assert response.status_code == 200, given


async def test_another_answer_has_another_tag(client: httpx.AsyncClient, found: dict[str, Any]) -> None:
    """A changed answer is sent to who has the old one."""
    first = await client.get("/planted")
    found["answer"] = {"n": 2}

    second = await client.get("/planted", headers={"If-None-Match": first.headers["etag"]})

    assert second.json() == {"n": 2}


async def test_nothing_found_is_unknown(client: httpx.AsyncClient, found: dict[str, Any]) -> None:
    """None is 404 with the code of the route."""
    found["answer"] = None

    response = await client.get("/planted")

    assert response.status_code == 404
    assert response.json()["code"] == "unknown-plant"


async def test_a_bad_cursor_is_refused(client: httpx.AsyncClient, found: dict[str, Any]) -> None:
    """A cursor that is not ours is the client's mistake."""
    found["answer"] = BadCursor()

    response = await client.get("/planted")

    assert response.status_code == 400
    assert response.json()["code"] == "invalid-cursor"


async def test_a_malformed_position_is_refused(client: httpx.AsyncClient) -> None:
    """A position is a whole number, as a parameter and as a header."""
    for given in ("-1", "1.5", "now", "", "9" * 30):
        as_parameter = await client.get("/planted", params={"min_position": given})
        as_header = await client.get("/planted", headers={"Daybook-Min-Position": given})

        for response, name in ((as_parameter, "min_position"), (as_header, "Daybook-Min-Position")):
            assert (response.status_code, response.json()["code"]) == (400, "invalid-parameter"), given
            assert response.json()["facts"]["field"] == name, given


async def test_an_answer_waits_for_a_position(world: World) -> None:
    """A query that names the position of a command reflects it."""
    slot = await world.do("publish-slot", world.slot_body())

    response = await world.client.get("/planted", params={"min_position": slot["position"]})

    assert int(response.headers["daybook-position"]) >= slot["position"]


@pytest.mark.parametrize("catch_up_seconds", [0.05])
@pytest.mark.parametrize("headers", [{}, {"Daybook-Min-Position": "1000000"}])
async def test_an_answer_does_not_wait_for_ever(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    """A position that is not reached in time: 503, try again, and how far it is."""
    params = {} if headers else {"min_position": 1_000_000}

    response = await client.get("/planted", params=params, headers=headers)

    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert response.json()["code"] == "not-caught-up"
    assert response.json()["facts"] == {"position": 0, "min_position": 1_000_000}


@pytest.mark.parametrize("catch_up_seconds", [0.05])
async def test_the_projector_is_what_is_waited_for(settings: Settings, tokens: dict[Any, str]) -> None:
    """What was written is not shown before the projector has run, and is shown once it has."""
    application = create_app(settings)
    async with running(application) as services, client_of(application) as client:
        world = World(client, tokens, "6d1f0a52-4c1c-4ee9-8c3b-14d1fcb24e0b")
        await world.open()
        stopped = await world.get("/v1/cities?min_position=1")

        async with projecting(services):
            assert await services.positions.reach(1, 60.0)
            started = await world.get("/v1/cities?min_position=1")

    assert (stopped.status_code, started.status_code) == (503, 200)
    assert [city["city_id"] for city in msgspec.json.decode(started.content)["items"]] == ["rome"]
