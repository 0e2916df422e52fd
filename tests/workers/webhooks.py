"""A webhook that listens, takes note of what comes, and answers as it is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Thread
from typing import NamedTuple


class Taken(NamedTuple):
    """A request that came."""

    headers: dict[str, str]
    body: bytes


class Webhook:
    """Takes note of all that comes; answers with the next of some statuses, and with 204 when there is none left."""

    def __init__(self, statuses: list[int]) -> None:
        """Statuses that are no success come first."""
        self.statuses = statuses
        self.refusing = len(statuses)
        self.requests: list[Taken] = []
        self.url = ""
        self.port = 0

    @property
    def taken(self) -> list[bytes]:
        """What it took, without what it refused."""
        return [each.body for each in self.requests[self.refusing :]]


@contextmanager
def webhook(
    *statuses: int,
    address: str = "127.0.0.1",
    port: int = 0,
    location: str = "/elsewhere",
    tls: SSLContext | None = None,
) -> Iterator[Webhook]:
    """Listen on the loopback interface; `location` is where those are sent who are not taken from."""
    hook = Webhook(list(statuses))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            hook.requests.append(Taken({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(hook.statuses.pop(0) if hook.statuses else 204)
            self.send_header("location", location)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name that the library gives it
            pass

    server = ThreadingHTTPServer((address, port), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    hook.port = server.server_port
    hook.url = f"http://{address}:{hook.port}/checkpoints"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
