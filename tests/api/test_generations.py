"""Rows that change without an event: who was told of it is not shown what was there before."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

import asyncpg
import msgspec
import pytest
from litestar import Litestar

from api.app import create_app
from api.reading import slots as slots_module
from api.services import Services
from cli.keeping import keeping
from commands.actor import Role
from daybook.metrics import Metrics
from daybook.settings import Settings
from projections.building import rebuild
from projections.slots import SLOTS
from queries.open_slots import open_slots
from tests.api.running import client_of, projecting, running
from tests.api.streaming import Message, Stream
from tests.api.world import CITY, STAGE, Clock, World
from tests.events.postgres.looking import PATIENCE
from tests.projections.following import until

LIST = f"/v1/slots?city_id={CITY}&stage_id={STAGE}"


@pytest.fixture
def services(app: Litestar) -> Services:
    """What the application works with."""
    made: Services = app.state.services
    return made


async def mended(services: Services) -> None:
    """Build the slots anew."""
    (built,) = await rebuild(services.log, str(services.settings.database_url), [SLOTS])
    assert built.differences


async def shown_seats(world: World) -> int:
    """How many seats the list says the only slot has."""
    soon = (world.clock() + timedelta(days=4)).replace(hour=0, minute=0, second=0, microsecond=0)
    response = await world.get(f"{LIST}&to={quote(soon.isoformat())}", Daybook_Min_Position=str(world.position))
    (slot,) = response.json()["items"]
    return int(slot["seats_left"])


async def test_who_listens_is_told_of_a_rebuild_and_is_shown_it_then(
    app: Litestar, services: Services, world: World, owner: asyncpg.Connection
) -> None:
    """What was kept of the rows that were wrong is gone by then."""
    slot_id = await world.slot()
    await services.changes.reach(world.position, PATIENCE)
    await owner.execute("update slots_v3.slot set capacity = 7")
    wrong = [await shown_seats(world) for _ in range(2)]

    topics = f"{CITY}/{STAGE},slot:{slot_id}"
    async with Stream(app, f"/v1/stream?topics=slots:{topics}", world.bearer("bot")) as stream:
        await stream.read()
        await mended(services)
        told = await stream.read()
        right = await shown_seats(world)

    at = world.position
    assert told == Message(at, "changed", {"position": at, "topics": [f"slot:{slot_id}", f"slots:{CITY}/{STAGE}"]})
    assert (wrong, right) == ([7, 7], 1)


async def test_who_was_away_during_a_rebuild_begins_anew(app: Litestar, services: Services, world: World) -> None:
    """What they were told before it says nothing of it; who was told of something later knows it."""
    await world.slot()
    before = world.position
    await rebuild(services.log, str(services.settings.database_url), [SLOTS])
    await until(lambda: services.changes.generation > 0)
    for _ in range(2):
        await world.slot()
    await services.changes.reach(world.position, PATIENCE)

    came = [
        Stream(app, "/v1/stream?topics=directory", {**world.bearer("bot"), "Last-Event-ID": str(last)})
        for last in (before, world.position)
    ]
    async with came[0] as from_before, came[1] as from_after:
        told = [(await each.read()).event for each in (from_before, from_after)]

    assert told == ["reset", "ready"]


async def test_who_asks_after_a_rebuild_shares_no_query_from_before_it(
    services: Services, world: World, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have seen the rows that were wrong; nor is what it found kept."""
    await world.slot()
    await services.changes.reach(world.position, PATIENCE)
    gate, asked, look = asyncio.Event(), list[int](), open_slots

    async def look_and_wait(*arguments: Any) -> Any:
        asked.append(services.positions.generation)
        found = await look(*arguments)
        await gate.wait()
        return found

    monkeypatch.setattr(slots_module, "open_slots", look_and_wait)
    await owner.execute("update slots_v3.slot set capacity = 7")
    early = asyncio.create_task(shown_seats(world))
    await until(lambda: len(asked) == 1)
    await mended(services)
    await until(lambda: services.changes.generation > 0)
    late = asyncio.create_task(shown_seats(world))
    await until(lambda: len(asked) == 2)
    gate.set()

    assert (await early, await late, await shown_seats(world)) == (7, 1, 1)


@pytest.fixture
async def with_redis(
    settings: Settings, valkey_url: str, clock: Clock, tokens: dict[Role, str], recruiter_id: UUID
) -> AsyncIterator[tuple[Services, World]]:
    """An application with pages in Redis that keeps nothing itself, a projector and a keeper."""
    application = create_app(msgspec.structs.replace(settings, redis_url=valkey_url, kept_megabytes=0), clock=clock)
    async with (
        running(application) as services,
        projecting(services),
        keeping(valkey_url, str(settings.database_url), services.log, Metrics()),
        client_of(application) as client,
    ):
        world = World(client, tokens, str(recruiter_id), clock)
        await world.open()
        yield services, world


async def seats_from_redis(services: Services, world: World) -> int:
    """How many seats the list says the only slot has, asked again and again until it comes from Redis."""

    def hits() -> float:
        labels = {"outcome": "hit"}
        return services.metrics.registry.get_sample_value("daybook_pages_read_total", labels) or 0.0

    before = hits()
    async with asyncio.timeout(PATIENCE):
        while True:
            seats = await shown_seats(world)
            if hits() > before:
                return seats


async def test_no_page_from_before_a_rebuild_is_shown_once_that_is_known(
    with_redis: tuple[Services, World], owner: asyncpg.Connection
) -> None:
    """Whatever the keeper has done by then; soon after, lists come from Redis again."""
    services, world = with_redis
    await world.slot()
    await services.changes.reach(world.position, PATIENCE)
    await owner.execute("update slots_v3.slot set capacity = 7")
    wrong = await seats_from_redis(services, world)

    await mended(services)
    await services.positions.generation_beyond(0, PATIENCE)
    at_once = await shown_seats(world)
    soon = await seats_from_redis(services, world)

    assert (wrong, at_once, soon) == (7, 1, 1)
