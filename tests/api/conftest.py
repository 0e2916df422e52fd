"""The application with its lifespan on a database of its own, a projector beside it, and a client for every role."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import get_args
from uuid import UUID

import asyncpg
import httpx
import pytest
from litestar import Litestar

from api.app import create_routes, supply
from api.tokens import create_token
from commands.actor import Role
from daybook.settings import Settings
from tests.api.running import client_of, projecting, running
from tests.api.world import Clock, World
from tests.support.databases import FOLDER, fresh_database, template
from tests.support.keys import MASTER_KEY
from tests.support.measuring import unmeasured

RECRUITER_ID = UUID("7d3c6d3e-5a52-4f0b-9a37-5a0f3f1d2c11")


@pytest.fixture(scope="session")
def issued(laid_out_template: str) -> tuple[str, dict[Role, str]]:
    """The name of a database with empty read models and a token of each role, made once for all workers; the tokens."""
    kept = Path(os.environ[FOLDER]) / "tokens.json"
    name = template("issued", laid_out_template, lambda url: kept.write_text(json.dumps(asyncio.run(_issue(url)))))
    return name, json.loads(kept.read_text())


async def _issue(url: str) -> dict[Role, str]:
    roles: tuple[Role, ...] = get_args(Role)
    return {role: await create_token(url, role, f"the {role}", _bound(role)) for role in roles}


def _bound(role: Role) -> UUID | None:
    return RECRUITER_ID if role == "recruiter" else None


@pytest.fixture
def database_url(issued: tuple[str, dict[Role, str]]) -> Iterator[str]:
    """The URL of a fresh database in which read models need not be laid out, nor tokens made."""
    yield from fresh_database(issued[0])


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the owner of the schema."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
def catch_up_seconds() -> float:
    """How long an answer waits for a position: as long as it takes, unless a test is about that."""
    return 60.0


@pytest.fixture
def settings(database_url: str, catch_up_seconds: float) -> Settings:
    """Settings with nothing but a database, and patience."""
    return Settings(database_url=database_url, catch_up_seconds=catch_up_seconds, master_key=MASTER_KEY)


@pytest.fixture
def clock() -> Clock:
    """The clock that rules go by."""
    return Clock()


@pytest.fixture(scope="session")
def routes() -> Litestar:
    """The routes of the application, for one test after the other: to make them takes longer than most tests."""
    with unmeasured():
        return create_routes()


@pytest.fixture
async def app(routes: Litestar, settings: Settings, clock: Clock) -> AsyncIterator[Litestar]:
    """The application, started, with a projector that keeps its read models up to date."""
    bare = routes.asgi_handler
    supply(routes, settings, clock=clock)
    async with running(routes) as services, projecting(services):
        yield routes
    routes.asgi_handler = bare


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a token."""
    async with client_of(app) as made:
        yield made


@pytest.fixture
def recruiter_id() -> UUID:
    """The recruiter that the recruiter's token stands for."""
    return RECRUITER_ID


@pytest.fixture
def tokens(issued: tuple[str, dict[Role, str]]) -> dict[Role, str]:
    """A token of each role."""
    return issued[1]


@pytest.fixture
async def world(client: httpx.AsyncClient, tokens: dict[Role, str], recruiter_id: UUID, clock: Clock) -> World:
    """A city, a stage and a recruiter, and a way to add to them."""
    made = World(client, tokens, str(recruiter_id), clock)
    await made.open()
    return made
