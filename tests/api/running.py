"""Starting and stopping an application in a test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
from litestar import Litestar

from api.services import Services
from daybook.metrics import Metrics
from daybook.telemetry import Untraced
from projections.runner import Runner


@asynccontextmanager
async def running(app: Litestar) -> AsyncIterator[Services]:
    """An application in its lifespan, in a task of its own: fixtures are set up and torn down in different tasks."""
    started: asyncio.Future[Services] = asyncio.get_running_loop().create_future()
    stopping = asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            started.set_result(app.state.services)
            await stopping.wait()

    living = asyncio.create_task(live())
    await asyncio.wait((living, started), return_when=asyncio.FIRST_COMPLETED)
    if not started.done():
        await living  # it failed: say why
    try:
        yield started.result()
    finally:
        stopping.set()
        await living


def client_of(app: Litestar) -> httpx.AsyncClient:
    """A client that reaches an application without a network."""
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # messages are typed more narrowly by Litestar
    return httpx.AsyncClient(transport=transport, base_url="http://daybook.test")


@asynccontextmanager
async def projecting(services: Services) -> AsyncIterator[None]:
    """A projector beside an application, on its log and its database."""
    url = services.settings.database_url
    assert url is not None
    projector = asyncio.create_task(Runner(services.opened, url, telemetry=Untraced(), metrics=Metrics()).run())
    yield
    projector.cancel()
    with suppress(asyncio.CancelledError):
        await projector
