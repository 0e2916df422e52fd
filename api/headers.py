"""Headers: reading them at no cost, and those that every answer carries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from api.services import services_of

POSITION: Final = b"daybook-position"
ALWAYS: Final = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"))
NEVER_STORED: Final = (*ALWAYS, (b"cache-control", b"no-store"))


def header(scope: Scope, name: bytes) -> str | None:
    """Return a header of the request, `name` in lower case; None if it is not there."""
    value = raw_header(scope, name)
    return None if value is None else value.decode("latin-1")


def raw_header(scope: Scope, name: bytes) -> bytes | None:
    """Return a header of the request as it came, `name` in lower case; of two the first. None if it is not there."""
    return next((value for each, value in scope["headers"] if each == name), None)


def accepts(scope: Scope, media_type: str) -> bool:
    """Whether the client asks for a form where there is another as well."""
    accepted = (header(scope, b"accept") or "").split(",")
    return any(each.partition(";")[0].strip().lower() == media_type for each in accepted)


def at_position(position: int) -> tuple[bytes, bytes]:
    """Name the position that an answer reflects."""
    return POSITION, b"%d" % position


def completed(app: ASGIApp) -> ASGIApp:
    """Add to every answer what it lacks: the position it reflects at least, and what keeps browsers from guessing."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _complete(scope, message["headers"])
            await send(message)

        await app(scope, receive, complete)

    return answer


def _complete(scope: Scope, given: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    headers = [*given, *(ALWAYS if scope["path"].startswith("/static") else NEVER_STORED)]
    if not any(name.lower() == POSITION for name, _ in headers):
        headers.append(at_position(services_of(scope).positions.position))
    return headers
