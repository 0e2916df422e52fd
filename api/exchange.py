"""Request bodies and answers as bytes: what the framework would do for every case, done for ours."""

from __future__ import annotations

from typing import Final

from litestar.types import Receive, Scope, Send

from api.problems import Problem, too_large

JSON: Final = b"application/json"


async def read_body(receive: Receive, most: int) -> bytes:
    """Read a body of at most that many bytes; raises Problem for a longer one as soon as it is too long."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Problem(400, "bad-request", "The body ended before it was complete.")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > most:
            raise too_large(most)
        chunks.append(chunk)
        if not message.get("more_body"):
            return b"".join(chunks)


class Answer:
    """A body that is ready to be sent, as an ASGI application."""

    __slots__ = ("body", "headers", "status")

    def __init__(
        self, body: bytes, *headers: tuple[bytes, bytes], status: int = 200, media_type: bytes | None = JSON
    ) -> None:
        """Names of headers are in lower case; without a media type they say all there is to say of the body."""
        self.status = status
        self.body = body
        self.headers = list(headers)
        if media_type is not None:
            self.headers += [(b"content-type", media_type), (b"content-length", b"%d" % len(body))]

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})
