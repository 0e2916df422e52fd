"""Routes that are planted: what holds for every route holds for one that nobody thought of."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar, Request, get
from litestar.params import FromQuery

from api.app import create_routes
from api.auth import PUBLIC, ROLES, actor_of
from commands.actor import ROLES as ALL_ROLES
from tests.api.problems import assert_problem
from tests.api.world import World


@pytest.fixture
def routes() -> Litestar:
    """Routes that no other test uses: what is planted stays."""
    return create_routes()


async def test_a_route_that_says_nothing_is_closed(app: Litestar, world: World) -> None:
    """A route planted without roles lets nobody in, not even an administrator."""

    @get("/forgotten")
    async def forgotten() -> str:
        return "secret"

    app.register(forgotten)

    assert (await world.client.get("/forgotten")).status_code == 401
    assert [(await world.get("/forgotten", role=role)).status_code for role in ALL_ROLES] == [403] * len(ALL_ROLES)


async def test_a_handler_knows_who_asks(app: Litestar, world: World, recruiter_id: UUID) -> None:
    """A route that is not public gets the actor of the token."""
    seen = []

    @get("/who", opt={ROLES: frozenset({"recruiter"})})
    async def who(request: Request[Any, Any, Any]) -> None:
        seen.append(actor_of(request))

    app.register(who)
    await world.get("/who", role="recruiter")

    assert [(actor.role, actor.name) for actor in seen] == [("recruiter", str(recruiter_id))]


async def test_a_bug_tells_nothing(app: Litestar, client: httpx.AsyncClient) -> None:
    """An exception nobody thought of is a 500 without a word of it."""

    @get("/broken", opt={ROLES: PUBLIC})
    async def broken() -> None:
        raise RuntimeError("select secret from /etc/passwd")

    app.register(broken)

    response = await client.get("/broken")

    assert_problem(response, 500, "internal-error")
    for word in ("select", "secret", "/etc", "RuntimeError", "Traceback"):
        assert word not in response.text


async def test_a_wrong_parameter_is_named(app: Litestar, client: httpx.AsyncClient) -> None:
    """A parameter of any route that is wrong or missing is named, without its value."""

    @get("/counted", opt={ROLES: PUBLIC})
    async def counted(number: FromQuery[int]) -> int:
        return number

    app.register(counted)

    wrong, missing = await client.get("/counted?number=hunter2"), await client.get("/counted")

    for response in (wrong, missing):
        assert_problem(response, 400, "invalid-parameter")
        assert response.json()["facts"]["field"] == "number"
    assert "hunter2" not in wrong.text
