"""The HTTP server process."""

from __future__ import annotations

import gc
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import Final

import uvicorn

from api.app import create_app
from daybook import logs
from daybook.settings import Settings
from events.catalogue import PERSONAL_FIELDS

DRAIN_SECONDS: Final = 5
KEEP_ALIVE_SECONDS: Final = 60
NOT_STARTED: Final = 1
BACKLOG: Final = 4_096
# Young objects of a request die with it; what outlives this many allocations is looked at by the garbage collector.
GC_THRESHOLD: Final = 50_000


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then finish what has begun and return. `settings` name a database.

    Exits with `NOT_STARTED` if it cannot listen there.
    """
    logs.configure(settings.log_level, "api", PERSONAL_FIELDS)
    app = create_app(settings)
    # What was made so far lives as long as the process: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)
    # Having drained, uvicorn raises the signal once more, for whoever handled it before: that must not end us badly.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _already_heard)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=DRAIN_SECONDS,
        )
    )
    with suppress(SystemExit):  # uvicorn's way of saying that it cannot listen, with a status of its own
        server.run()
    if not server.started:
        sys.exit(NOT_STARTED)


def _already_heard(_: int, __: FrameType | None) -> None:
    """Do nothing."""
