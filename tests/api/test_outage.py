"""With its database gone the application stays up, says so, and goes on when the database is back."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from litestar import Litestar, Request, get
from sqlalchemy import text

from api import tokens as tokens_module
from api.answering import answer
from api.app import create_app
from api.auth import PUBLIC, ROLES
from api.exchange import Answer
from api.tokens import create_token
from commands import handling
from commands.actor import Role
from daybook import embedded
from daybook.engine import Connection
from daybook.settings import Settings
from tests.api.running import client_of, running
from tests.api.world import World
from tests.support.clusters import lay_migrated_cluster
from tests.support.keys import MASTER_KEY


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[embedded.Server]:
    """A PostgreSQL of our own, to be killed; appends are not tried again for long."""
    monkeypatch.setattr(handling, "RESEND_SECONDS", 0.05)
    with tempfile.TemporaryDirectory(prefix="daybook-") as name:
        folder = Path(name) / "data"
        lay_migrated_cluster(folder)
        with embedded.postgres(folder) as running:
            yield running


@pytest.fixture
async def app(server: embedded.Server) -> AsyncIterator[Litestar]:
    """An application on it, with a query of its own."""
    application = create_app(Settings(database_url=server.url, master_key=MASTER_KEY))

    async def query(connection: Connection) -> int | None:
        found: int | None = await connection.fetchval(text("select 1"))
        return found

    @get("/planted", opt={ROLES: PUBLIC})
    async def planted(request: Request) -> Answer:  # type: ignore[type-arg]  # any user, any state
        return await answer(request, query)

    application.register(planted)
    async with running(application):
        yield application


@pytest.fixture
async def world(app: Litestar, server: embedded.Server) -> AsyncIterator[World]:
    """A city on that server, and tokens to use it with."""
    roles: tuple[Role, ...] = ("admin", "auditor")
    tokens: dict[Role, str] = {role: await create_token(server.url, role, role) for role in roles}
    async with client_of(app) as client:
        made = World(client, tokens, str(uuid4()))
        await made.open()
        yield made


async def test_without_the_database_everything_is_a_clear_503(
    world: World, server: embedded.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands, queries, the feed and tokens: 503, each with its own code, and a time to try again."""
    monkeypatch.setattr(tokens_module, "FRESH_SECONDS", 3600.0)
    await world.get("/v1/events")
    server.kill()

    answers = {
        "log-unavailable": await world.send("publish-slot", world.slot_body()),
        "read-models-unavailable": await world.client.get("/planted"),
        "tokens-unavailable": await world.get("/v1/events", role="auditor"),
    }
    log_routes = ["/v1/events", "/v1/history/city:rome", "/v1/proofs/1", f"/v1/receipts/{uuid4()}"]
    codes = {(await world.get(path)).json()["code"] for path in log_routes}
    ready = await world.client.get("/readyz")

    for code, response in answers.items():
        assert (response.status_code, response.json()["code"]) == (503, code)
        assert response.headers["retry-after"] == "1"
    assert codes == {"log-unavailable"}
    assert (ready.status_code, ready.json()["status"]) == (503, "not-ready")
    assert (await world.client.get("/healthz")).status_code == 200


async def test_what_was_not_settled_is_settled_by_the_same_key(world: World, server: embedded.Server) -> None:
    """A command that met the outage is sent again with its key when the database is back, and has one effect."""
    body, key = world.slot_body(), str(uuid4())
    server.kill()
    during = await world.send("publish-slot", body, key=key)

    server.start()
    after = [await world.send("publish-slot", body, key=key) for _ in range(2)]

    assert during.status_code == 503
    assert [response.status_code for response in after] == [200, 200]
    assert after[0].content == after[1].content
    assert (await world.client.get("/readyz")).json()["database"] == "ok"
    assert (await world.client.get("/planted")).status_code == 200
