"""The server stack with nothing behind it: a Litestar route that reads a body and sends it back, run as the API is run.

It reads and answers by the same few lines as the API's own routes, which is the fastest way this stack offers.
"""

from __future__ import annotations

import sys
from typing import Any

import uvicorn
from litestar import Litestar, Request, post

from api.exchange import Answer, read_body
from api.server import configuration
from bench.load import HOST
from bench.processes import ECHO
from daybook.garbage import look_less_often

MOST_BYTES = 64 * 1024


@post(ECHO)
async def echo(request: Request[Any, Any, Any]) -> Answer:
    """Send the body back."""
    return Answer(await read_body(request.receive, MOST_BYTES))


def main(port: int) -> None:
    """Serve until SIGTERM."""
    app = Litestar([echo], openapi_config=None, logging_config=None)
    look_less_often()
    uvicorn.Server(configuration(app, HOST, port)).run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
