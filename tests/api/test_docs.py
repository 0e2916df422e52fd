"""The documentation page works offline, and the document it shows is whole."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.app import ROUTES
from api.openapi import document
from commands.catalogue import COMMAND_TYPES
from tests.api.world import World

LOG = ("/v1/events", "/v1/history", "/v1/stream", "/v1/proofs", "/v1/receipts")
EXTERNAL = re.compile(r"(?:https?:)?//[\w.-]+")


@pytest.fixture
async def described(client: httpx.AsyncClient) -> dict[str, Any]:
    """The OpenAPI document."""
    response = await client.get("/openapi.json")
    assert response.headers["content-type"] == "application/json"
    document: dict[str, Any] = response.json()
    return document


def references(node: object) -> Iterator[str]:
    """Every reference inside a document."""
    match node:
        case dict():
            for key, value in node.items():
                if key == "$ref":
                    yield value
                else:
                    yield from references(value)
        case list():
            for each in node:
                yield from references(each)


async def test_the_page_loads_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    """The page and its script name no other host, and the policy forbids it besides."""
    page = await client.get("/docs")
    script = await client.get("/static/docs.js")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'self';")
    assert not EXTERNAL.search(page.text)
    assert not EXTERNAL.search(script.text)
    assert not re.search(r"<script>|\sstyle=|\son\w+=", page.text)


async def test_everything_the_page_needs_is_here(client: httpx.AsyncClient) -> None:
    """Each address in the page and its script is answered by this very application."""
    page = await client.get("/docs")
    script = await client.get("/static/docs.js")
    addresses = re.findall(r'(?:href|src|url)(?:=|: )"(/[^"]+)"', page.text + script.text)

    answers = {address: (await client.get(address)).status_code for address in addresses}

    assert answers == dict.fromkeys(
        [
            "/static/swagger-ui/swagger-ui.css",
            "/static/swagger-ui/swagger-ui-bundle.js",
            "/static/docs.js",
            "/openapi.json",
        ],
        200,
    )


async def test_static_files_end_at_their_folder(client: httpx.AsyncClient) -> None:
    """Nothing but the files of the page is given out."""
    for path in ("../app.py", "%2e%2e/app.py", "swagger-ui/../../app.py", "nothing.js"):
        response = await client.get(f"/static/{path}")

        assert (response.status_code, response.json()["code"]) == (404, "not-found"), path


async def test_answers_are_not_to_be_guessed_at(client: httpx.AsyncClient) -> None:
    """Every answer says that its media type is meant, and those of the API that nobody keeps them."""
    for path in ("/healthz", "/v1/events", "/nowhere", "/docs", "/static/docs.js"):
        response = await client.get(path)

        assert response.headers["x-content-type-options"] == "nosniff"
        assert ("no-store" in response.headers.get("cache-control", "")) == (not path.startswith("/static"))


async def test_every_command_is_described(described: dict[str, Any]) -> None:
    """Each command has a route with its own schema, a summary, a key and every kind of answer."""
    for kind in COMMAND_TYPES:
        operation = described["paths"][f"/v1/commands/{kind.name}"]["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]

        assert schema == {"$ref": f"#/components/schemas/{kind.struct.__name__}"}
        assert described["components"]["schemas"][kind.struct.__name__]["additionalProperties"] is False
        assert operation["summary"]
        assert operation["description"]
        assert {"200", "400", "401", "403", "404", "409", "412", "413", "422", "503"} <= operation["responses"].keys()
        assert {"Idempotency-Key", "If-Match"} <= {each["name"] for each in operation["parameters"]}


async def test_errors_are_described_as_problems(described: dict[str, Any]) -> None:
    """Every error of every route of the API has the media type and the form of RFC 9457."""
    for path, operations in described["paths"].items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if path.startswith("/v1/") and int(status) >= 400:
                    content = response["content"]["application/problem+json"]
                    assert content == {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}, (path, status)


async def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    """What the document refers to is in it."""
    schemas = described["components"]["schemas"]

    missing = {each for each in references(described) if each.removeprefix("#/components/schemas/") not in schemas}

    assert missing == set()


async def test_queries_are_described_with_what_they_share(described: dict[str, Any]) -> None:
    """Each query of the read models can wait for a position and be asked for news only."""
    shared = {
        path: {each["name"] for each in operations["get"]["parameters"]} & {"min_position", "If-None-Match"}
        for path, operations in described["paths"].items()
        if "get" in operations and path.startswith("/v1/") and not path.startswith(LOG)
    }

    assert shared
    assert all(names == {"min_position", "If-None-Match"} for names in shared.values()), shared


def test_describing_leaves_the_routes_as_they_are() -> None:
    """The document can be made again and again."""
    assert document(ROUTES) == document(ROUTES)


async def test_what_is_answered_is_what_is_described(world: World, described: dict[str, Any]) -> None:
    """A reply has every field that its schema requires."""
    schemas = described["components"]["schemas"]
    reply = await world.do("publish-slot", world.slot_body())
    problem = (await world.send("publish-slot", {})).json()

    assert set(schemas["CommandReply"]["required"]) <= reply.keys()
    assert set(schemas["ProblemDetails"]["required"]) == problem.keys()
