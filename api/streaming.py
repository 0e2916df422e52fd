"""An answer that does not end: messages to one client, for as long as it reads them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import aclosing
from typing import Final

from litestar.types import Receive, Scope, Send

from api.auth import is_revoked
from api.problems import invalid_parameter, unavailable
from api.services import Services, services_of
from api.sse import MEDIA_TYPE, Messages

_POSITION: Final = re.compile(r"[0-9]{1,18}")
_HEADERS: Final = (
    (b"content-type", MEDIA_TYPE.encode()),
    (b"x-accel-buffering", b"no"),  # a proxy that collects answers would keep what is to be told at once
)


def parse_position(field: str, given: str | None) -> int | None:
    """Read where a client that comes back has been, from a header or a parameter of that name. Raises Problem."""
    if given is None:
        return None
    if not _POSITION.fullmatch(given):
        raise invalid_parameter(field, "Expected a position: a whole number, 0 or more")
    return int(given)


def check_room(services: Services) -> None:
    """Refuse one stream too many. Raises Problem."""
    if services.streams.is_full:
        raise unavailable("busy", "As many streams are open as this process can serve.")


class EventStream:
    """Messages, sent as fast as the client reads them, until it leaves or `api.streams` ends it; an ASGI application.

    The messages are composed one at a time: while the client does not read, none is.
    """

    __slots__ = ("_ended", "_messages")

    def __init__(self, messages: Messages, ended: Callable[[], None] = lambda: None) -> None:
        """They are closed when the stream ends, and `ended` is called."""
        self._messages = messages
        self._ended = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them."""
        try:
            await self._stream(scope, receive, send)
        finally:
            self._ended()

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        with services_of(scope).streams.opened(lambda: is_revoked(scope)) as over:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            sending = asyncio.create_task(self._send(send), name="send stream")
            leaving = asyncio.create_task(_left(receive), name="watch stream")
            try:
                await asyncio.wait((sending, leaving, over), return_when=asyncio.FIRST_COMPLETED)
            finally:
                sending.cancel()
                leaving.cancel()
                await asyncio.wait((sending, leaving))
            if not sending.cancelled():
                sending.result()
            if leaving.cancelled():
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send(self, send: Send) -> None:
        async with aclosing(self._messages) as messages:
            async for each in messages:
                await send({"type": "http.response.body", "body": each, "more_body": True})


async def _left(receive: Receive) -> None:
    """Wait until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
