"""The HTTP server process."""

from __future__ import annotations

import signal
import socket
import sys
from contextlib import suppress
from types import FrameType
from typing import Final

import uvicorn
from litestar import Litestar

from api.app import create_app
from daybook import logs
from daybook.garbage import look_less_often
from daybook.settings import Settings
from events.catalogue import PERSONAL_FIELDS

DRAIN_SECONDS: Final = 5
KEEP_ALIVE_SECONDS: Final = 60
NOT_STARTED: Final = 1
BACKLOG: Final = 4_096


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then finish what has begun and return. `settings` name a database.

    Exits with `NOT_STARTED` if it cannot listen there.
    """
    logs.configure(settings.log_level, "api", PERSONAL_FIELDS)
    app = create_app(settings)
    look_less_often()
    # Having drained, uvicorn raises the signal once more, for whoever handled it before: that must not end us badly.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _already_heard)
    server = _Server(configuration(app, settings.host, settings.port), app)
    with suppress(SystemExit):  # uvicorn's way of saying that it cannot listen, with a status of its own
        server.run()
    if not server.started:
        sys.exit(NOT_STARTED)


def configuration(app: Litestar, host: str, port: int) -> uvicorn.Config:
    """Say how an application of ours is served; what is measured beside the API is served in the same way."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
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


class _Server(uvicorn.Server):
    """Ends streams first: uvicorn waits for answers that have begun before it tells the application to stop."""

    def __init__(self, config: uvicorn.Config, app: Litestar) -> None:
        """`app` is what the configuration serves."""
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, finish what has begun, stop the application."""
        self._app.state.services.streams.close()
        await super().shutdown(sockets)


def _already_heard(_: int, __: FrameType | None) -> None:
    """Do nothing."""
