"""Answers from the read models: as new as asked for, and not sent again to who has them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import msgspec
from litestar import Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from api.outages import QUERY_ERRORS, is_outage
from api.problems import Problem, invalid_parameter, unavailable
from api.services import Services, services_of
from queries.page import BadCursor

POSITION_HEADER: Final = "Daybook-Position"
MIN_POSITION_HEADER: Final = "Daybook-Min-Position"
MIN_POSITION_PARAMETER: Final = "min_position"

JSON: Final = "application/json"

_POSITION: Final = re.compile(r"[0-9]{1,18}")
encode = msgspec.json.Encoder().encode

T = TypeVar("T")


async def answer(
    request: Request[Any, Any, Any],
    query: Callable[[AsyncConnection], Awaitable[T | None]],
    *,
    unknown: str = "unknown",
) -> Response[bytes]:
    """Answer with what a query finds, or 404 with the code `unknown` for None.

    Waits for `min_position`. The answer carries its ETag, and the position it reflects at least: the one known before
    the query ran. Raises Problem.
    """
    found, position = await find(request, query, unknown=unknown)
    return respond(request, encode(found), position)


async def find(
    request: Request[Any, Any, Any], query: Callable[[AsyncConnection], Awaitable[T | None]], *, unknown: str
) -> tuple[T, int]:
    """Return what a query finds, and the position it reflects at least; see `answer`."""
    services = services_of(request.scope)
    await _catch_up(services, _min_position(request))
    position = services.positions.position
    found = await _ask(services, query)
    if found is None:
        raise Problem(404, unknown, "There is no such thing, or not yet in the read models.")
    return found, position


def respond(request: Request[Any, Any, Any], body: bytes, position: int, media_type: str = JSON) -> Response[bytes]:
    """Answer with a body that reflects a position at least; or 304 to who has it."""
    etag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    headers = {"ETag": etag, POSITION_HEADER: str(position)}
    if _has(request, etag):
        return Response(b"", status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def _min_position(request: Request[Any, Any, Any]) -> int:
    for name, given in (
        (MIN_POSITION_PARAMETER, request.query_params.get(MIN_POSITION_PARAMETER)),
        (MIN_POSITION_HEADER, request.headers.get(MIN_POSITION_HEADER)),
    ):
        if given is not None:
            if not _POSITION.fullmatch(given):
                raise invalid_parameter(name, "Expected a position: a whole number, 0 or more")
            return int(given)
    return 0


async def _catch_up(services: Services, position: int) -> None:
    positions = services.positions
    if position > positions.position and not await positions.reach(position, services.settings.catch_up_seconds):
        detail = "The read models have not reached that position yet."
        raise unavailable("not-caught-up", detail, {"position": positions.position, "min_position": position})


async def _ask(services: Services, query: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    try:
        async with services.engine.connect() as connection:
            return await query(connection)
    except BadCursor:
        raise Problem(400, "invalid-cursor", "The cursor is none of this list with these filters.") from None
    except QUERY_ERRORS as error:
        if not is_outage(error):
            raise
        raise unavailable("read-models-unavailable", "The read models cannot be reached.") from error


def _has(request: Request[Any, Any, Any], etag: str) -> bool:
    """RFC 9110: a comparison for a safe request is weak, `*` is whatever there is."""
    given = request.headers.get("If-None-Match", "")
    return given.strip() == "*" or etag in (each.strip().removeprefix("W/") for each in given.split(","))
