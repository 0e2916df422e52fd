"""Headers: reading them at no cost, and those that every answer carries."""

from __future__ import annotations

from typing import Final

from litestar.types import Message, Scope

from api.services import services_of

POSITION: Final = b"daybook-position"
_ALWAYS: Final = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"))
_NEVER_KEPT: Final = (b"cache-control", b"no-store")


def header(scope: Scope, name: bytes) -> str | None:
    """Return a header of the request, `name` in lower case; None if it is not there."""
    for each, value in scope["headers"]:
        if each == name:
            return value.decode("latin-1")
    return None


def at_position(position: int) -> tuple[bytes, bytes]:
    """Name the position that an answer reflects."""
    return POSITION, b"%d" % position


async def complete(message: Message, scope: Scope) -> None:
    """Add to every answer what it lacks: the position it reflects at least, and what keeps browsers from guessing."""
    if message["type"] != "http.response.start":
        return
    headers = list(message["headers"])
    headers.extend(_ALWAYS)
    if not scope["path"].startswith("/static"):
        headers.append(_NEVER_KEPT)
    if not any(name.lower() == POSITION for name, _ in headers):
        headers.append(at_position(services_of(scope).positions.position))
    message["headers"] = headers
