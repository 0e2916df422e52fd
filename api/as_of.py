"""Cards and lists as they stood at a moment: who may ask, which moment is meant, and the answer from the past.

`as_of` is a position of the log, or a time. It is settled before the route sees the request, so that the route reads
the clock of that moment; the answer is replayed from the log by `projections.past`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, NamedTuple, TypeVar, cast
from urllib.parse import parse_qsl

from litestar.types import ASGIApp, Receive, Scope, Send

from api.auth import AUDITORS
from api.problems import Problem, forbidden, invalid_parameter, log_unavailable, unavailable
from api.recording import record_answer
from api.services import Services, services_of
from commands.actor import Actor, Role
from daybook.engine import Connection
from events.log import LogUnavailable
from events.moments import parse_moment, position_at, recorded_at
from projections.past import Busy
from projections.projection import Projection
from projections.replaying import MOST_EVENTS, Needed, TooLong

# Said by every route that takes `as_of`, as `opt={AS_OF: AsOf(...)}`; by any other one it is refused.
AS_OF: Final = "as_of"
OWNERS: Final[frozenset[Role]] = AUDITORS | {"recruiter"}

T = TypeVar("T")


class AsOf(NamedTuple):
    """How a route takes `as_of`: the read models that it asks, and who may."""

    models: tuple[Projection, ...]
    roles: frozenset[Role] = AUDITORS


# Said by a route that reads the parameter itself.
BY_ITSELF: Final = AsOf(())


class Then(NamedTuple):
    """The moment that a question is about: what had been written, and what time it was."""

    position: int
    moment: datetime


def settled(app: ASGIApp) -> ASGIApp:
    """Settle which moment a request is about, if it says `as_of`; a middleware behind the one that authenticates."""

    async def settle(scope: Scope, receive: Receive, send: Send) -> None:
        given = _given(scope["query_string"])
        if given is not None:
            taken: AsOf | None = scope["route_handler"].opt.get(AS_OF)
            if taken is None:
                raise invalid_parameter(AS_OF, "This is told as it is now")
            if taken is not BY_ITSELF:
                then = await _settle(services_of(scope), scope["user"], taken, given)
                if scope["user"].role in AUDITORS:
                    await record_answer(scope, 1 if then.position else None, then.position or None)
                scope["state"][AS_OF] = then
        await app(scope, receive, send)

    return settle


def then_of(scope: Scope) -> Then | None:
    """Return the moment that a request is about, if that is not now."""
    return cast("Then | None", scope["state"].get(AS_OF))


def parse_as_of(given: str) -> int | datetime:
    """Read a position, at most `POSITION_MAX`, or a time. Raises Problem."""
    try:
        return parse_moment(given)
    except ValueError:
        raise invalid_parameter(AS_OF, "Expected a position or an RFC 3339 time with its zone") from None


async def replayed(scope: Scope, then: Then, tag: str | None, query: Callable[[Connection], Awaitable[T]]) -> T:
    """Return what a query found then. A card names the tag of the thing it shows. Raises Problem."""
    taken: AsOf = scope["route_handler"].opt[AS_OF]
    try:
        return await services_of(scope).past.ask(Needed(taken.models, tag), then.position, query)
    except Busy:
        raise unavailable("busy", "Other questions about the past are being answered.") from None
    except TooLong as error:
        detail = "There are more events up to then than are replayed for one answer."
        raise Problem(422, "as-of-too-long", detail, {"events": error.events, "most": MOST_EVENTS}) from None
    except LogUnavailable as error:
        raise log_unavailable() from error


def _given(query: bytes) -> str | None:
    if b"as_of" not in query and b"%" not in query:
        return None
    return dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)).get(AS_OF)


async def _settle(services: Services, actor: Actor, taken: AsOf, given: str) -> Then:
    if actor.role not in taken.roles:
        raise forbidden(f"what was is not for the role {actor.role} here")
    asked = parse_as_of(given)
    now = services.clock()
    try:
        head = await services.log.head()
        if isinstance(asked, int):
            if asked > head:
                raise invalid_parameter(AS_OF, "The log does not reach that position yet")
            return Then(asked, await recorded_at(services.log, asked) if asked else now)
        if asked > now:
            raise invalid_parameter(AS_OF, "That time is still to come")
        return Then(await position_at(services.log, head, asked), asked)
    except LogUnavailable as error:
        raise log_unavailable() from error
