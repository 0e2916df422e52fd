"""The application with its lifespan on a database of its own, a projector beside it, and a client for every role."""

import asyncio
from collections.abc import AsyncIterator
from typing import get_args
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from litestar import Litestar

from api.app import create_app
from api.tokens import create_token
from commands.actor import Role
from daybook.settings import Settings
from tests.api.running import client_of, projecting, running
from tests.api.world import Clock, World


@pytest.fixture
def database_url(laid_out_database_url: str) -> str:
    """The URL of a fresh database in which read models need not be laid out first."""
    return laid_out_database_url


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the owner of the schema."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings with nothing but a database."""
    return Settings(database_url=database_url)


@pytest.fixture
def clock() -> Clock:
    """The clock that rules go by."""
    return Clock()


@pytest.fixture
async def app(settings: Settings, clock: Clock) -> AsyncIterator[Litestar]:
    """The application, started, with a projector that keeps its read models up to date."""
    application = create_app(settings, clock=clock)
    async with running(application) as services, projecting(services):
        yield application


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a token."""
    async with client_of(app) as made:
        yield made


@pytest.fixture
def recruiter_id() -> UUID:
    """The recruiter that the recruiter's token stands for."""
    return uuid4()


@pytest.fixture
async def tokens(database_url: str, recruiter_id: UUID) -> dict[Role, str]:
    """A token of each role."""
    roles: tuple[Role, ...] = get_args(Role)
    made = await asyncio.gather(
        *(
            create_token(database_url, role, f"the {role}", recruiter_id if role == "recruiter" else None)
            for role in roles
        )
    )
    return dict(zip(roles, made, strict=True))


@pytest.fixture
async def world(client: httpx.AsyncClient, tokens: dict[Role, str], recruiter_id: UUID, clock: Clock) -> World:
    """A city, a stage and a recruiter, and a way to add to them."""
    made = World(client, tokens, str(recruiter_id), clock)
    await made.open()
    return made
