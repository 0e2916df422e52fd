"""Answers from the read models: as new as asked for, and not sent again to who has them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
from litestar import Request
from litestar.types import Scope

from api.as_of import Then, replayed, then_of
from api.auth import ROLES, actor_of
from api.compression import Content, reply
from api.exchange import JSON, Answer
from api.headers import at_position, raw_header
from api.kept import MOST_AGE, Kept
from api.outages import QUERY_ERRORS, is_outage
from api.problems import Problem, forbidden, invalid_parameter, unavailable
from api.recalling import Question, question_of
from api.services import Services, services_of
from daybook.engine import Connection
from queries.found import Found
from queries.page import BadCursor
from queries.pages import Pages

MIN_POSITION_HEADER: Final = "Daybook-Min-Position"
MIN_POSITION_PARAMETER: Final = "min_position"

# How long what is kept may lag behind the read models before they are asked again.
SOON_SECONDS: Final = 0.05

_POSITION: Final = re.compile(r"[0-9]{1,18}")
encode = msgspec.json.Encoder().encode

T = TypeVar("T")

FromPages = Callable[[Pages, int], Awaitable[Found[bytes] | None]]
"""Asks the pages in Redis for an answer that reflects a position; None if PostgreSQL has to be asked."""


async def answer(
    request: Request[Any, Any, Any],
    query: Callable[[Connection], Awaitable[T | None]],
    *,
    unknown: str = "unknown",
    tag: str | None = None,
) -> Answer:
    """Answer with what a query finds, or 404 with the code `unknown` for None.

    Waits for `min_position`. The answer carries its ETag, and the position it reflects at least: the one known before
    the query ran. A card names the `tag` of the thing it shows: as of a moment, it is made of what stands under that,
    and reflects exactly the position of then. Raises Problem.
    """
    then = then_of(request.scope)
    if then is None:
        found, position = await find(request, query, unknown=unknown)
    else:
        found, position = await _find_then(request.scope, then, tag, query, unknown), then.position
    return respond(request, encode(found), position)


async def answer_kept(  # noqa: PLR0913  each is given by name
    request: Request[Any, Any, Any],
    query: Callable[[Connection], Awaitable[Found[T] | None]],
    *,
    unknown: str = "unknown",
    tag: str | None = None,
    own: Callable[[T], UUID] | None = None,
    pages: FromPages | None = None,
) -> Answer:
    """Answer as `answer` does, with what is kept if there is something, and keep what the query finds.

    Who asks the same at the same time shares one query. `own` tells of which recruiter the answer is, if it is not for
    others. `pages` asks Redis first. Nothing is kept of what was. Raises Problem.
    """
    then = then_of(request.scope)
    if then is not None:
        found = (await _find_then(request.scope, then, tag, query, unknown)).answer
        if own is not None and not actor_of(request).may_act_for(own(found)):
            raise _not_yours()
        return respond(request, encode(found), then.position)
    services = services_of(request.scope)
    asked_at = services.clock()
    wanted = _min_position(request)
    await _catch_up(services, wanted)
    question, _ = question_of(request.scope)
    kept = await _recall(services, question, wanted)
    if kept is None:
        ask = partial(_look_up, request.scope, question, query, own, pages)
        # Nobody is shown what was before a change that they may have been told of.
        wanted = max(wanted, services.kept.position)
        kept = await services.flights.join(
            (services.positions.generation, question),
            services.positions.position,
            ask,
            suits=lambda position: position >= wanted,
        )
        if kept is not None and kept.until <= asked_at:
            kept = await ask()  # the query was under way when we came, and what it found is over
    if kept is None:
        raise _not_found(unknown)
    if not kept.may_be_seen_by(actor_of(request)):
        raise _not_yours()
    return _answer(request.scope, kept.content, services.kept.as_of(question, kept))


async def find(
    request: Request[Any, Any, Any], query: Callable[[Connection], Awaitable[T | None]], *, unknown: str
) -> tuple[T, int]:
    """Return what a query finds, and the position it reflects at least; see `answer`."""
    services = services_of(request.scope)
    await _catch_up(services, _min_position(request))
    position = services.positions.position
    found = await _ask(services, query)
    if found is None:
        raise _not_found(unknown)
    return found, position


async def _find_then(
    scope: Scope, then: Then, tag: str | None, query: Callable[[Connection], Awaitable[T | None]], unknown: str
) -> T:
    with _told_as_problems():
        found = await replayed(scope, then, tag, query)
    if found is None:
        raise _not_found(unknown)
    return found


def respond(request: Request[Any, Any, Any], body: bytes, position: int, media_type: bytes = JSON) -> Answer:
    """Answer with a body that reflects a position at least; or 304 to who has it."""
    return _answer(request.scope, Content(body, media_type), position)


def _answer(scope: Scope, content: Content, position: int) -> Answer:
    told = reply(content, raw_header(scope, b"accept-encoding"), raw_header(scope, b"if-none-match"))
    return Answer(told.body, *told.headers, at_position(position), status=told.status, media_type=None)


async def _recall(services: Services, question: Question, wanted: int) -> Kept | None:
    """Return what is kept if it is new enough, or will be in a moment: changes are told soon after they show."""
    kept, changes = services.kept.find(question), services.changes
    if kept is None or not changes.attentive():
        return None
    if services.kept.as_of(question, kept) >= wanted:
        return kept
    await changes.reach(wanted, SOON_SECONDS)
    kept = services.kept.find(question)
    return kept if kept is not None and services.kept.as_of(question, kept) >= wanted else None


async def _look_up(
    scope: Scope,
    question: Question,
    query: Callable[[Connection], Awaitable[Found[T] | None]],
    own: Callable[[T], UUID] | None,
    pages: FromPages | None,
) -> Kept | None:
    services = services_of(scope)
    oldest = services.clock() + MOST_AGE
    position, generation = services.positions.position, services.positions.generation
    found: Found[Any] | None = await _ask_pages(services, pages, position)
    body = None if found is None else found.answer
    if found is None:
        found = await _ask(services, query)
    if found is None:
        return None
    kept = Kept(
        content=Content(encode(found.answer) if body is None else body, JSON),
        route=scope["path_template"],
        roles=scope["route_handler"].opt[ROLES],
        own=None if own is None else own(found.answer),
        topics=found.topics,
        position=position,
        generation=generation,
        until=oldest if found.until is None else min(oldest, found.until),
    )
    services.kept.keep(question, kept)
    return kept


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
    if not positions.complete:
        raise unavailable("read-models-building", "A read model is being built: it cannot be asked yet.")
    if position > positions.position and not await positions.reach(position, services.settings.catch_up_seconds):
        detail = "The read models have not reached that position yet."
        raise unavailable("not-caught-up", detail, {"position": positions.position, "min_position": position})


async def _ask_pages(services: Services, pages: FromPages | None, position: int) -> Found[bytes] | None:
    if pages is None or services.pages is None:
        return None
    with _told_as_problems():
        return await pages(services.pages, position)


async def _ask(services: Services, query: Callable[[Connection], Awaitable[T]]) -> T:
    with _told_as_problems():
        async with services.engine.connect() as connection:
            return await query(connection)


@contextmanager
def _told_as_problems() -> Iterator[None]:
    try:
        yield
    except BadCursor:
        raise Problem(400, "invalid-cursor", "The cursor is none of this list with these filters.") from None
    except QUERY_ERRORS as error:
        if not is_outage(error):
            raise
        raise unavailable("read-models-unavailable", "The read models cannot be reached.") from error


def _not_yours() -> Problem:
    return forbidden("it is another recruiter's")


def _not_found(code: str) -> Problem:
    return Problem(404, code, "There is no such thing, or not yet in the read models.")
