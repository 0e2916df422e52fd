"""The composition root of the HTTP process: all it works with is made here, in one place, and closed in order."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from litestar import Litestar
from litestar.types import ControllerRouterHandler
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from api.alternatives import advise_from
from api.auth import authenticated
from api.bulk import bulk
from api.calendars import CALENDAR_ROUTES
from api.commands import COMMAND_ROUTES
from api.docs import DOCS_ROUTES
from api.errors import EXCEPTION_HANDLERS, render_refusal
from api.explaining import EXPLAINING_ROUTES
from api.feed import LOG_ROUTES
from api.headers import complete
from api.health import HEALTH_ROUTES, newest_revision
from api.openapi import document
from api.reading import READING_ROUTES
from api.services import Clock, Services, utc_now
from api.telemetry import WriterObserver, observe
from api.tokens import Tokens
from commands.handling import Writer
from daybook.database import CONNECT_SECONDS, server_settings
from daybook.metrics import Metrics
from daybook.settings import Settings
from daybook.telemetry import Telemetry, configure
from events.postgres import open_log
from projections.positions import Positions

ROUTES: list[ControllerRouterHandler] = [
    *COMMAND_ROUTES,
    bulk,
    *READING_ROUTES,
    *CALENDAR_ROUTES,
    *EXPLAINING_ROUTES,
    *LOG_ROUTES,
    *HEALTH_ROUTES,
    *DOCS_ROUTES,
]


def create_app(settings: Settings, telemetry: Telemetry | None = None, clock: Clock = utc_now) -> Litestar:
    """Make the application; it opens what it needs when it starts, and closes it when it stops.

    `settings` name a database. `telemetry` is made from them if it is not given. `clock` is what rules go by.
    """
    telemetry = telemetry or configure(settings, "api")
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with _open(settings, telemetry, metrics, clock) as services:
            app.state.services = services
            yield

    app = Litestar(
        ROUTES,
        middleware=[authenticated],
        exception_handlers=EXCEPTION_HANDLERS,
        before_send=[complete],
        lifespan=[lifespan],
        openapi_config=None,
        logging_config=None,
    )
    observe(app, telemetry, metrics)
    return app


@asynccontextmanager
async def _open(settings: Settings, telemetry: Telemetry, metrics: Metrics, clock: Clock) -> AsyncIterator[Services]:
    """Open everything. It closes in the opposite order: first the writer, which settles what it has taken on."""
    url = settings.database_url
    if url is None:
        raise ValueError("the settings name no database")
    engine = _engine(url, settings.pool_size)
    try:
        async with (
            aclosing(Tokens(url)) as tokens,
            Positions(url) as positions,
            open_log(url) as log,
            Writer(
                log,
                render=render_refusal,
                advise=advise_from(engine, clock),
                clock=clock,
                observer=WriterObserver(telemetry, metrics),
                max_batch=settings.writer_batch,
                queue_bound=settings.writer_queue,
                state_bound=settings.writer_states,
            ) as writer,
        ):
            metrics.watch_queue(lambda: writer.load)
            yield Services(
                settings,
                log,
                writer,
                engine,
                positions,
                tokens,
                metrics,
                newest_revision(),
                clock,
                functools.cache(lambda: document(ROUTES)),
            )
    finally:
        await engine.dispose()
        telemetry.shutdown()


def _engine(url: str, size: int) -> AsyncEngine:
    """Queries are one select each: without a transaction around it, that is one round trip."""
    return create_async_engine(
        url.replace("postgresql://", "postgresql+asyncpg://", 1),
        pool_size=size,
        max_overflow=0,
        pool_timeout=CONNECT_SECONDS,
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": CONNECT_SECONDS, "server_settings": server_settings("daybook query", 2.0)},
    )
