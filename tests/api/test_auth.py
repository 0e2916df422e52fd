"""Who may do what: default deny, the matrix of routes and roles, and every way of not being let in."""

from collections.abc import Iterator
from typing import get_args

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from api import tokens as tokens_module
from api.app import create_routes
from api.auth import PUBLIC, ROLES
from api.tokens import PREFIX, revoke_token
from commands.actor import Role
from commands.catalogue import BY_NAME
from tests.api.world import World

ALL_ROLES: tuple[Role, ...] = get_args(Role)


def routes(app: Litestar) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Every method and path of an application, with the options of its handler."""
    for route in app.routes:
        assert isinstance(route, HTTPRoute), "a kind of route that the matrix does not know"
        for handler in route.route_handlers:
            for method in handler.http_methods - {"OPTIONS"}:
                yield str(method), route.path_format, handler.opt


APPLICATION = create_routes()


def test_every_route_says_who_may_use_it() -> None:
    """A route declares its roles, or that it is public."""
    silent = [(method, path) for method, path, options in routes(APPLICATION) if ROLES not in options]

    assert silent == []


def test_only_these_routes_are_public() -> None:
    """What may be read without a token is listed here, so that nothing joins it by accident."""
    public = {path for _, path, options in routes(APPLICATION) if options[ROLES] is PUBLIC}

    assert public == {"/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/static/{file_path}"}


def test_a_command_is_for_the_roles_of_the_catalogue() -> None:
    """The route of a command is open to exactly the roles that the catalogue names."""
    told = {
        path.rpartition("/")[2]: options[ROLES]
        for _, path, options in routes(APPLICATION)
        if path.startswith("/v1/commands/")
    }

    assert told == {name: kind.roles for name, kind in BY_NAME.items()}


@pytest.mark.parametrize("role", ALL_ROLES)
async def test_a_role_gets_where_it_may_and_nowhere_else(world: World, role: Role) -> None:
    """For every route: 403 without the role, and neither 401 nor 403 with it."""
    wrong = []

    for method, template, options in routes(APPLICATION):
        roles = options[ROLES]
        path = template.replace("{recruiter_id}", world.recruiter_id).replace("{file_path}", "docs.js")
        path = path.replace("{tag}", "city:rome").replace("{", "").replace("}", "")
        response = await world.client.request(method, path, headers=world.bearer(role))
        refused = response.status_code in {401, 403}
        expected = roles is not PUBLIC and role not in roles  # type: ignore[operator]  # a frozenset by now
        if refused != expected or response.status_code == 401:
            wrong.append((method, path, response.status_code, response.text))

    assert wrong == []


async def test_without_a_token_only_what_is_public_is_open(client: httpx.AsyncClient) -> None:
    """For every route that is not public: 401 without a token."""
    wrong = []

    for method, path, options in routes(APPLICATION):
        response = await client.request(method, path)
        if (response.status_code == 401) != (options[ROLES] is not PUBLIC):
            wrong.append((method, path, response.status_code))

    assert wrong == []


WRONG_TOKENS = [
    None,
    "",
    "Bearer",
    "Bearer ",
    "Basic {token}",
    "{token}",
    "Bearer {token}x",
    "Bearer x{token}",
    "Bearer {swapped}",
    "Bearer dbk_",
    "Bearer dbk_" + "A" * 43,
    "Bearer dbk_" + "A" * 4_000,
    "Bearer \u00ff",
    "Bearer {token} {token}",
]


async def test_a_wrong_token_is_refused(world: World) -> None:
    """Missing, malformed and unknown tokens: 401, and the scheme that is asked for."""
    token = world.tokens["admin"]

    for form in WRONG_TOKENS:
        given = (form or "").format(token=token, swapped=token.swapcase())
        headers = {} if form is None else {b"Authorization": given.encode("latin-1")}
        response = await world.client.get("/v1/events", headers=headers)

        assert (response.status_code, response.json()["code"]) == (401, "unauthorized"), form
        assert response.headers["www-authenticate"] == "Bearer", form
        assert PREFIX not in response.text, form


async def test_the_scheme_is_read_in_any_case(world: World) -> None:
    """Names of authentication schemes are not case sensitive."""
    for scheme in ("Bearer", "bearer", "BEARER"):
        given = f"{scheme} {world.tokens['auditor']}"
        response = await world.client.get("/v1/events", headers={"Authorization": given})

        assert response.status_code == 200, scheme


@pytest.mark.parametrize(("fresh_seconds", "status"), [(0.0, 401), (3600.0, 200)])
async def test_a_revoked_token_is_refused_once_it_is_no_longer_fresh(
    world: World, database_url: str, monkeypatch: pytest.MonkeyPatch, fresh_seconds: float, status: int
) -> None:
    """What is remembered of a token holds for as long as it is fresh, and not a request longer."""
    monkeypatch.setattr(tokens_module, "FRESH_SECONDS", fresh_seconds)
    before = await world.get("/v1/events", role="auditor")

    await revoke_token(database_url, "the auditor")
    after = await world.get("/v1/events", role="auditor")

    assert (before.status_code, after.status_code) == (200, status)
    assert (await world.get("/v1/events", role="admin")).status_code == 200


async def test_events_name_who_acted(world: World) -> None:
    """An event carries its principal: a recruiter by id, everybody else by the token's name."""
    first = await world.do("publish-slot", world.slot_body(), role="recruiter")
    await world.do("publish-slot", world.slot_body())

    feed = (await world.get(f"/v1/events?after={first['position'] - 1}")).json()["items"]
    assert [event["actor"] for event in feed] == [f"recruiter:{world.recruiter_id}", "admin:the admin"]
