"""Is it alive, is it ready, and what does it measure."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec
from litestar import MediaType, Request, get
from litestar.types import ControllerRouterHandler
from sqlalchemy import text

from api.auth import PUBLIC, ROLES
from api.exchange import Answer
from api.outages import QUERY_ERRORS, is_outage
from api.services import services_of
from daybook.engine import Engine
from daybook.metrics import CONTENT_TYPE, Metrics
from events.log import LogUnavailable
from queries.pages import Pages
from queries.projection_status import projection_status
from queries.wholeness import wholeness

_STANDING: Final = text("""
    select version_num, (select fault from audit.sealer) as sealer_fault from daybook.alembic_version""")
_encode = msgspec.json.Encoder().encode

Check = Literal["ok", "unreachable", "outdated", "not-configured"]
Sealing = Literal["ok", "refused", "unknown"]


class Readiness(msgspec.Struct, frozen=True):
    """Not ready without the database, its newest schema, and all read models.

    Degraded, but ready, without Redis, and while the sealer refuses to sign: the log is not what was signed.
    """

    status: Literal["ready", "degraded", "not-ready"]
    database: Check
    migrations: Check
    read_models: Literal["ok", "building"]
    redis: Check
    checkpoints: Sealing
    position: int
    lag: int | None


@get("/healthz", operation_id="healthz", summary="The process lives", tags=["operation"], opt={ROLES: PUBLIC})
async def healthz() -> dict[str, str]:
    """Answer without asking anybody."""
    return {"status": "alive"}


@get("/readyz", operation_id="readyz", summary="The process can do its work", tags=["operation"], opt={ROLES: PUBLIC})
async def readyz(request: Request[Any, Any, Any]) -> Answer:
    """Ask everybody it depends on."""
    services = services_of(request.scope)
    database, migrations, sealing = await _check_database(services.engine, services.schema_revision)
    cache = await _check_redis(services.pages)
    position = services.positions.position
    try:
        lag = max(0, await services.log.head() - position)
    except LogUnavailable:
        database, lag = "unreachable", None
    read_models: Literal["ok", "building"] = "ok" if services.positions.complete else "building"
    ready = (database, migrations, read_models) == ("ok", "ok", "ok")
    status: Literal["ready", "degraded", "not-ready"] = (
        "not-ready" if not ready else "ready" if (cache, sealing) == ("ok", "ok") else "degraded"
    )
    told = Readiness(status, database, migrations, read_models, cache, sealing, position, lag)
    return Answer(_encode(told), status=200 if ready else 503)


@get(
    "/metrics",
    operation_id="metrics",
    summary="Measurements for Prometheus",
    tags=["operation"],
    opt={ROLES: PUBLIC},
    media_type=MediaType.TEXT,
)
async def metrics(request: Request[Any, Any, Any]) -> Answer:
    """Show the registry, and what projectors and workers, which have no port of their own, left in the database."""
    services = services_of(request.scope)
    if services.pages is not None:
        await services.pages.measure()
    with suppress(*QUERY_ERRORS):  # what was known last is better than no measurements at all
        await _measure_others(services.engine, services.metrics)
    return Answer(services.metrics.render(), media_type=CONTENT_TYPE.encode())


async def _measure_others(engine: Engine, metrics: Metrics) -> None:
    async with engine.connect() as connection:
        read_models = await projection_status(connection, datetime.now(UTC))
        log = await wholeness(connection)
    for each in read_models.items:
        if each.home == "live":
            metrics.projected(each.name, each.position, lag_events=each.lag_events, lag_seconds=each.lag_seconds)
            metrics.projection_parked.labels(each.name).set(each.parked)
    if log.checked is not None:
        metrics.patrol_position.set(log.checked)
        metrics.patrol_faults.set(log.patrol_fault is not None)
    if log.sealed is not None:
        metrics.sealed_position.set(log.sealed)
        metrics.unsealed_seconds.set(log.unsealed_seconds)
        metrics.sealer_faults.set(log.sealer_fault is not None)
        metrics.undelivered.set(log.undelivered or 0)


async def _check_database(engine: Engine, expected: str) -> tuple[Check, Check, Sealing]:
    try:
        async with engine.connect() as connection:
            (row,) = await connection.fetch(_STANDING)
    except QUERY_ERRORS as error:
        # An error of the query itself: the database is there, but not all of the tables that are asked are.
        return ("unreachable", "unreachable", "unknown") if is_outage(error) else ("ok", "outdated", "unknown")
    sealing: Sealing = "ok" if row.sealer_fault is None else "refused"
    return "ok", "ok" if row.version_num == expected else "outdated", sealing


async def _check_redis(pages: Pages | None) -> Check:
    if pages is None:
        return "not-configured"
    return "ok" if await pages.answers() else "unreachable"


HEALTH_ROUTES: list[ControllerRouterHandler] = [healthz, readyz, metrics]
