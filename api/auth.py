"""Who asks, and whether they may: bearer tokens, roles, and no by default."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Final, TypeVar, cast
from urllib.parse import parse_qsl

from litestar.connection import ASGIConnection
from litestar.types import ASGIApp, Receive, Scope, Send

from api.headers import header
from api.problems import Problem, forbidden, unavailable
from api.services import services_of
from commands.actor import Actor, Role
from daybook.database import UNREACHABLE

# Said by every route as `opt={"roles": ...}`; a route that says nothing is closed to everybody.
ROLES: Final = "roles"
PUBLIC: Final = None
READERS: Final[frozenset[Role]] = frozenset({"admin", "recruiter", "bot", "auditor"})
ADMINS: Final[frozenset[Role]] = frozenset({"admin"})
AUDITORS: Final[frozenset[Role]] = frozenset({"admin", "auditor"})

# Said by a route that calendar programs ask, which send no headers: a calendar key in the address will do.
CALENDAR_KEY: Final = "calendar_key"

_NOBODY: Final[frozenset[Role]] = frozenset()
_SCHEME: Final = "bearer "

T = TypeVar("T")


def authenticated(app: ASGIApp) -> ASGIApp:
    """Let a request pass if its token has one of the roles that the route names; else 401, 403, or 503.

    A middleware of the whole application: no route can set it aside, as its own `before_request` would set aside the
    application's, and none pays for the copy of its handler that Litestar makes for each call of a guard.
    """

    async def authenticate(scope: Scope, receive: Receive, send: Send) -> None:
        roles: frozenset[Role] | None = scope["route_handler"].opt.get(ROLES, _NOBODY)
        if roles is not None:
            actor = await _authenticate(scope)
            if actor.role not in roles:
                raise forbidden(f"not for the role {actor.role}")
            scope["user"] = actor
        await app(scope, receive, send)

    return authenticate


def actor_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Actor:
    """Return who asks, on a route that is not public."""
    return cast("Actor", connection.scope["user"])


def token_in(authorization: str) -> str | None:
    """Return the bearer token of an `Authorization` header."""
    is_bearer = authorization[: len(_SCHEME)].lower() == _SCHEME
    return authorization[len(_SCHEME) :].strip() if is_bearer else None


async def is_revoked(scope: Scope) -> bool:
    """Tell whether the token that let a request in has ceased to hold. Raises what `UNREACHABLE` lists."""
    token = _bearer_token(scope)
    return token is None or await services_of(scope).tokens.actor(token) is None


async def _authenticate(scope: Scope) -> Actor:
    tokens = services_of(scope).tokens
    if scope["route_handler"].opt.get(CALENDAR_KEY) and (key := _key(scope)) is not None:
        opened = await _looked_up(tokens.calendar(key))
        return Actor("recruiter", str(opened.recruiter_id))
    token = _bearer_token(scope)
    if token is None:
        raise _unauthorized("no bearer token")
    return await _looked_up(tokens.actor(token))


def _bearer_token(scope: Scope) -> str | None:
    given = header(scope, b"authorization")
    return None if given is None else token_in(given)


def _key(scope: Scope) -> str | None:
    return dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("key")


async def _looked_up(look_up: Awaitable[T | None]) -> T:
    try:
        found = await look_up
    except UNREACHABLE as error:
        raise unavailable("tokens-unavailable", "Tokens cannot be looked up.") from error
    if found is None:
        raise _unauthorized("the token is not known, or was revoked")
    return found


def _unauthorized(reason: str) -> Problem:
    headers = {"WWW-Authenticate": "Bearer"}
    return Problem(401, "unauthorized", "This needs a valid bearer token.", {"reason": reason}, headers)
