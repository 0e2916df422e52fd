"""Who asks, and whether they may: bearer tokens, roles, and no by default."""

from __future__ import annotations

from typing import Any, Final, cast

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from api.problems import Problem, forbidden, unavailable
from api.services import services_of
from commands.actor import Actor, Role
from daybook.database import UNREACHABLE

# Said by every route as `opt={"roles": ...}`; a route that says nothing is closed to everybody.
ROLES: Final = "roles"
PUBLIC: Final[frozenset[Role] | None] = None
READERS: Final[frozenset[Role]] = frozenset({"admin", "recruiter", "bot", "auditor"})
AUDITORS: Final[frozenset[Role]] = frozenset({"admin", "auditor"})

_NOBODY: Final[frozenset[Role]] = frozenset()
_SCHEME: Final = "bearer "


async def guard(connection: ASGIConnection[Any, Any, Any, Any], route: BaseRouteHandler) -> None:
    """Let a request pass if its token has one of the roles the route names; raises Problem: 401, 403, or 503."""
    roles: frozenset[Role] | None = route.opt.get(ROLES, _NOBODY)
    if roles is PUBLIC:
        return
    actor = await _authenticate(connection)
    if actor.role not in roles:
        raise forbidden(f"not for the role {actor.role}")
    connection.scope["user"] = actor


def actor_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Actor:
    """Return who asks, on a route that is not public."""
    return cast("Actor", connection.scope["user"])


async def _authenticate(connection: ASGIConnection[Any, Any, Any, Any]) -> Actor:
    header = connection.headers.get("authorization", "")
    if header[: len(_SCHEME)].lower() != _SCHEME:
        raise _unauthorized("no bearer token")
    try:
        actor = await services_of(connection).tokens.actor(header[len(_SCHEME) :].strip())
    except UNREACHABLE as error:
        raise unavailable("tokens-unavailable", "Tokens cannot be looked up.") from error
    if actor is None:
        raise _unauthorized("the token is not known, or was revoked")
    return actor


def _unauthorized(reason: str) -> Problem:
    headers = {"WWW-Authenticate": "Bearer"}
    return Problem(401, "unauthorized", "This needs a valid bearer token.", {"reason": reason}, headers)
