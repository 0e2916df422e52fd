"""The composition root of the HTTP process: all it works with is made here, in one place, and closed in order."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, nullcontext
from typing import Final

from litestar import Litestar
from litestar.types import ControllerRouterHandler

from api.alternatives import advise_from
from api.as_of import settled
from api.auth import authenticated
from api.bulk import bulk
from api.calendars import CALENDAR_ROUTES
from api.cloud_events import cloud_entry
from api.commands import COMMAND_ROUTES
from api.docs import DOCS_ROUTES
from api.errors import EXCEPTION_HANDLERS, render_refusal
from api.explaining import EXPLAINING_ROUTES
from api.feed import LOG_ROUTES
from api.headers import completed
from api.health import HEALTH_ROUTES
from api.kept import KeptAnswers
from api.listening import Listeners
from api.openapi import document
from api.proofs import PROOF_ROUTES
from api.reading import READING_ROUTES
from api.reads import Reads
from api.recalling import recalled
from api.services import Clock, Services, utc_now
from api.stream import STREAM_ROUTES
from api.streams import Streams
from api.tail import Tail
from api.telemetry import WriterObserver, observe
from api.tokens import Tokens
from commands.handling import Writer
from daybook.engine import open_engine
from daybook.flights import Flights
from daybook.metrics import Metrics
from daybook.settings import Settings
from daybook.telemetry import Telemetry, configure
from daybook.watching import DatabaseWatch
from events.postgres import open_keys, open_log
from events.sealed import SealedLog
from migrations.newest import newest_revision
from projections.changes import Changes
from projections.past import open_past
from projections.positions import Positions
from queries.pages import open_pages

_MEGABYTE: Final = 2**20

ROUTES: list[ControllerRouterHandler] = [
    *COMMAND_ROUTES,
    bulk,
    *READING_ROUTES,
    *CALENDAR_ROUTES,
    *EXPLAINING_ROUTES,
    *LOG_ROUTES,
    *PROOF_ROUTES,
    *STREAM_ROUTES,
    *HEALTH_ROUTES,
    *DOCS_ROUTES,
]


def create_app(settings: Settings, telemetry: Telemetry | None = None, clock: Clock = utc_now) -> Litestar:
    """Make the application; it opens what it needs when it starts, and closes it when it stops.

    `settings` name a database. `telemetry` is made from them if it is not given. `clock` is what rules go by.
    """
    app = create_routes()
    supply(app, settings, telemetry, clock)
    return app


def create_routes() -> Litestar:
    """Make an application that has its routes, and nothing behind them yet: the same one whatever the settings are."""
    app = Litestar(
        ROUTES,
        middleware=[authenticated, settled],
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=[_live],
        openapi_config=None,
        logging_config=None,
    )
    app.asgi_handler = recalled(completed(app.asgi_handler))
    return app


def supply(app: Litestar, settings: Settings, telemetry: Telemetry | None = None, clock: Clock = utc_now) -> None:
    """Say what an application is to work with when it starts; see `create_app`."""
    telemetry = telemetry or configure(settings, "api")
    metrics = Metrics()
    app.state.opening = functools.partial(_open, settings, telemetry, metrics, clock)
    observe(app, telemetry, metrics)


@asynccontextmanager
async def _live(app: Litestar) -> AsyncIterator[None]:
    async with app.state.opening() as services:
        app.state.services = services
        yield


@asynccontextmanager
async def _open(settings: Settings, telemetry: Telemetry, metrics: Metrics, clock: Clock) -> AsyncIterator[Services]:
    """Open everything. It closes in the opposite order: first the writer, which settles what it has taken on."""
    url = settings.database_url
    if url is None:
        raise ValueError("the settings name no database")
    watch = DatabaseWatch(metrics, settings.slow_statement_seconds)
    try:
        async with (
            open_engine(url, settings.pool_size, watch) as engine,
            aclosing(Tokens(url)) as tokens,
            Positions(url) as positions,
            open_log(url, watch=watch) as log,
            open_keys(settings) as keys,
            nullcontext(SealedLog(log, keys)) as opened,
            Changes(log, url, positions) as changes,
            open_past(opened, url, watch) as past,
            Tail(log) as tail,
            Tail(log, cloud_entry) as cloud_tail,
            Reads(url) as reads,
            Streams() as streams,
            open_pages(settings.redis_url, url, engine, changes, positions, metrics) as pages,
            Writer(
                opened,
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
            metrics.streams.set_function(lambda: streams.count)
            kept = KeptAnswers(settings.kept_megabytes * _MEGABYTE, changes.position, clock, metrics)
            changes.subscribe(kept.take)
            yield Services(
                settings,
                log,
                opened,
                keys,
                writer,
                engine,
                positions,
                changes,
                past,
                kept,
                Flights("look up"),
                Listeners(changes),
                tail,
                cloud_tail,
                streams,
                reads,
                pages,
                tokens,
                metrics,
                newest_revision(),
                clock,
                functools.cache(lambda: document(ROUTES)),
            )
    finally:
        telemetry.shutdown()
