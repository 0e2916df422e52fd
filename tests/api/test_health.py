"""Alive, ready, measured: also when something it depends on is missing."""

import asyncpg
import httpx
import msgspec
import pytest

from api.app import create_app
from commands.actor import Role
from daybook.settings import Settings
from migrations.newest import newest_revision
from tests.api.running import client_of, running
from tests.api.world import World
from tests.support.keys import MASTER_KEY


async def readiness(settings: Settings) -> httpx.Response:
    """Ask an application with these settings whether it is ready."""
    application = create_app(settings)
    async with running(application), client_of(application) as client:
        return await client.get("/readyz")


async def test_it_lives(client: httpx.AsyncClient) -> None:
    """Being alive depends on nothing."""
    response = await client.get("/healthz")

    assert response.status_code == 200
    assert response.json() == {"status": "alive"}


async def test_it_is_ready_with_everything(settings: Settings, valkey_url: str) -> None:
    """With database, schema and Redis it is ready."""
    response = await readiness(msgspec.structs.replace(settings, redis_url=valkey_url))

    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "database": "ok",
        "migrations": "ok",
        "read_models": "ok",
        "redis": "ok",
        "checkpoints": "ok",
        "position": 0,
        "lag": 0,
    }


@pytest.mark.parametrize(
    ("redis_url", "told"), [(None, "not-configured"), ("unix:///nowhere/valkey.sock", "unreachable")]
)
async def test_without_redis_it_is_degraded_and_ready(settings: Settings, redis_url: str | None, told: str) -> None:
    """Everything works without Redis, so it is ready, and says that something is missing."""
    response = await readiness(msgspec.structs.replace(settings, redis_url=redis_url))

    assert response.status_code == 200
    assert (response.json()["status"], response.json()["redis"]) == ("degraded", told)


async def test_while_the_sealer_refuses_to_sign_it_is_degraded_and_ready(
    settings: Settings, owner: asyncpg.Connection, valkey_url: str
) -> None:
    """The log is not what was signed: everything else goes on, and it is said."""
    await owner.execute("insert into audit.sealer values (true, 6, 2, null, now(), 'position 6: is missing')")

    response = await readiness(msgspec.structs.replace(settings, redis_url=valkey_url))

    assert response.status_code == 200
    assert (response.json()["status"], response.json()["checkpoints"]) == ("degraded", "refused")


async def test_without_its_database_it_is_not_ready() -> None:
    """It starts without its database, for that may come later, and is not ready."""
    response = await readiness(
        Settings(database_url="postgresql://postgres@/daybook?host=/nowhere", master_key=MASTER_KEY)
    )

    assert response.status_code == 503
    assert response.json()["status"] == "not-ready"
    assert (response.json()["database"], response.json()["lag"]) == ("unreachable", None)
    assert response.json()["checkpoints"] == "unknown"


@pytest.mark.parametrize("revision", ["0001", None])
async def test_with_an_older_schema_it_is_not_ready(
    settings: Settings, owner: asyncpg.Connection, revision: str | None
) -> None:
    """A database that was not migrated to what this program expects: not ready."""
    await owner.execute(
        f"update daybook.alembic_version set version_num = '{revision}'"  # noqa: S608  a parameter of the test
        if revision
        else "drop table daybook.alembic_version"
    )

    response = await readiness(settings)

    assert response.status_code == 503
    assert (response.json()["database"], response.json()["migrations"]) == ("ok", "outdated")


async def test_while_a_read_model_is_built_it_is_not_ready(
    settings: Settings, owner: asyncpg.Connection, tokens: dict[Role, str]
) -> None:
    """A new version is asked by nobody before it is whole: elsewhere the old one answers still."""
    await owner.execute("delete from projections.checkpoint where name = 'slots'")
    await owner.execute("insert into daybook.block values (1, 1, now(), sha256('an event'))")

    app = create_app(settings)
    async with running(app), client_of(app) as client:
        ready = await client.get("/readyz")
        asked = await client.get("/v1/cities", headers={"Authorization": f"Bearer {tokens['admin']}"})

    assert (ready.status_code, ready.json()["status"], ready.json()["read_models"]) == (503, "not-ready", "building")
    assert (asked.status_code, asked.json()["code"]) == (503, "read-models-building")
    assert asked.headers["Retry-After"]


async def test_the_schema_is_the_newest(owner: asyncpg.Connection) -> None:
    """The revision that readiness asks for is the one that migrating ends in."""
    assert await owner.fetchval("select version_num from daybook.alembic_version") == newest_revision()


async def test_it_tells_how_far_behind_the_read_models_are(world: World) -> None:
    """The lag is what the log has and the read models do not show yet."""
    position = (await world.do("publish-slot", world.slot_body()))["position"]

    told = (await world.client.get("/readyz")).json()

    assert told["position"] + told["lag"] == position


async def test_it_is_measured(world: World) -> None:
    """Commands are counted by name and outcome, requests by the template of their route."""
    await world.slot()

    response = await world.client.get("/metrics")

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    assert 'daybook_commands_total{command="publish-slot",outcome="accepted"} 1.0' in response.text
    assert 'route="/v1/commands/publish-slot"' in response.text


async def test_read_models_and_patrol_are_measured_where_they_can_be_scraped(
    owner: asyncpg.Connection, world: World
) -> None:
    """Projector and worker have no port of their own: what they keep in the database is shown here."""
    position = (await world.do("publish-slot", world.slot_body()))["position"]
    await world.get(f"/v1/slots?min_position={position}")
    await owner.execute(
        "insert into workers.patrol (first_position, last_position, recorded_at, hash, fault, checked_at)"
        " values (1, 1, now(), sha256('x'), 'position 2: is missing', now())"
    )

    await owner.execute(
        "insert into projections.checkpoint (name, version, home, shard, position) values ('slots', 1, 'old', 0, 7);"
        "insert into projections.parked (name, version, key, position, type) values ('bookings', 2, '1', 1, 'Booked')"
    )

    told = (await world.client.get("/metrics")).text

    assert 'daybook_projection_parked_events{projection="bookings"} 1.0' in told
    assert f'daybook_projection_position{{projection="slots"}} {float(position)}' in told
    assert 'daybook_projection_lag_events{projection="slots"} 0.0' in told
    assert "daybook_patrol_position 1.0" in told
    assert "daybook_patrol_faults 1.0" in told


@pytest.mark.parametrize(
    ("noted", "shown"),
    [
        ((0, None, None), {"sealed_position": 0, "sealer_faults": 0, "checkpoints_undelivered": 0}),
        ((1, 3, "it is missing"), {"sealed_position": 1, "sealer_faults": 1, "checkpoints_undelivered": 4}),
    ],
)
async def test_the_sealing_is_measured_where_it_can_be_scraped(
    owner: asyncpg.Connection, world: World, noted: tuple[object, ...], shown: dict[str, int]
) -> None:
    """The age of what no checkpoint covers is worked out when it is asked for."""
    await world.slot()
    await owner.execute("insert into audit.sealer values (true, $1, 7, $2, now(), $3)", *noted)

    told = (await world.client.get("/metrics")).text
    await owner.execute("update audit.sealer set position = (select max(position) from daybook.event)")
    told_later = (await world.client.get("/metrics")).text

    assert {name: value for name, value in shown.items() if f"daybook_{name} {float(value)}" in told} == shown
    assert "daybook_unsealed_seconds 0.0\n" not in told
    assert "daybook_unsealed_seconds 0.0\n" in told_later
