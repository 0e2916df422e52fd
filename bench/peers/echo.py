"""The server stack with nothing behind it: one route sends a body back, another answers with always the same bytes.

It is run as the API is run. The routes read and answer by the same few lines as the API's own, which is the
fastest way this stack offers.
"""

from __future__ import annotations

import sys
from typing import Any

import uvicorn
from litestar import Litestar, Request, get, post

from api.exchange import Answer, read_body
from api.server import configuration
from bench.load import HOST
from bench.processes import CONSTANT, ECHO
from daybook.garbage import look_less_often

MOST_BYTES = 64 * 1024


@post(ECHO)
async def echo(request: Request[Any, Any, Any]) -> Answer:
    """Send the body back."""
    return Answer(await read_body(request.receive, MOST_BYTES))


def main(port: int, size: int) -> None:
    """Serve until SIGTERM; the constant answer has so many bytes."""
    body = b"x" * size

    @get(CONSTANT)
    async def constant() -> Answer:
        """Answer."""
        return Answer(body)

    app = Litestar([echo, constant], openapi_config=None, logging_config=None)
    look_less_often()
    uvicorn.Server(configuration(app, HOST, port)).run()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
