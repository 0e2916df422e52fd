"""The log itself: the feed of events in order, and the history of one tag with the state it folds to.

Both show what is stored, personal data sealed, so that it can be checked against the content hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import Request, get
from litestar.params import FromPath, HeaderParameter, QueryParameter
from litestar.types import ASGIApp, ControllerRouterHandler, Scope

from api import sse
from api.as_of import AS_OF, BY_ITSELF, parse_as_of
from api.auth import AUDITORS, ROLES
from api.cloud_events import BATCH_MEDIA_TYPE, MEDIA_TYPE, cloud_event
from api.events_stream import Bookmark, Wanted, follow
from api.exchange import Answer
from api.headers import accepts, at_position
from api.problems import Problem, invalid_parameter, log_unavailable
from api.recording import record_answer, record_stream
from api.replies import READ_ERRORS, responses
from api.services import services_of
from api.streaming import EventStream, check_room, parse_position
from events.log import LogUnavailable, Recorded
from events.moments import POSITION_MAX
from queries.feed_event import FeedEvent, feed_event
from queries.history import History, history

_encode = msgspec.json.Encoder().encode


class Feed(msgspec.Struct, frozen=True):
    """A page of the feed. It goes on after the position of the last item: `after` is its cursor."""

    items: list[FeedEvent]
    next_cursor: str | None = None


@get(
    "/v1/events",
    operation_id="events",
    summary="The feed: every event in order, without gaps",
    tags=["log"],
    opt={ROLES: AUDITORS},
    responses=responses(Feed, READ_ERRORS),
)
async def feed(  # noqa: PLR0913  what the route takes
    *,
    request: Request[Any, Any, Any],
    after: Annotated[int, QueryParameter(ge=0, le=POSITION_MAX, description="Only events after this position.")] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    types: Annotated[list[str] | None, QueryParameter(name="type", description="Only events of these types.")] = None,
    tags: Annotated[
        list[str] | None, QueryParameter(name="tag", description="Only events under all these tags.")
    ] = None,
    last_event_id: Annotated[
        str | None, HeaderParameter(name=sse.LAST_EVENT_ID, description="Of a stream, instead of `after`.")
    ] = None,
) -> ASGIApp:
    """Read a page of the log; or, where `text/event-stream` is accepted, all of it, and go on as it grows.

    Where a media type of CloudEvents is accepted, the events have that form.
    """
    _refuse_nul("type", types or ())
    _refuse_nul("tag", tags or ())
    wanted = Wanted(frozenset(types or ()), frozenset(tags or ()))
    services = services_of(request.scope)
    log = services.log
    try:
        head = await log.head()
        if accepts(request.scope, sse.MEDIA_TYPE):
            check_room(services)
            begin = parse_position(sse.LAST_EVENT_ID, last_event_id)
            return await _stream(request.scope, wanted, Bookmark(after if begin is None else begin), head)
        events = [event async for event in log.read(wanted.query, after=after, limit=limit)]
    except LogUnavailable as error:
        raise log_unavailable() from error
    await record_answer(request.scope, *_span(events))
    if accepts(request.scope, BATCH_MEDIA_TYPE):
        batch = _encode([cloud_event(event) for event in events])
        return Answer(batch, at_position(head), media_type=BATCH_MEDIA_TYPE.encode())
    return Answer(_encode(Feed([feed_event(event) for event in events])), at_position(head))


@get(
    "/v1/history/{tag:path}",
    operation_id="history",
    summary="What happened under a tag, and the state it folds to, now or as of then",
    tags=["log"],
    opt={ROLES: AUDITORS, AS_OF: BY_ITSELF},
    responses=responses(History, READ_ERRORS),
)
async def show_history(
    request: Request[Any, Any, Any],
    tag: FromPath[str],
    as_of: Annotated[str | None, QueryParameter(description="A position, or an RFC 3339 time with its zone.")] = None,
) -> Answer:
    """Tell the events under a tag with who and why, up to a position or a time, and fold them."""
    tag = tag.removeprefix("/")
    _refuse_nul("tag", (tag,))
    until = None if as_of is None else parse_as_of(as_of)
    try:
        told = await history(services_of(request.scope).log, tag, until)
    except LogUnavailable as error:
        raise log_unavailable() from error
    await record_answer(request.scope, *_span([] if told is None else told.history.events))
    if told is None:
        raise Problem(404, "unknown-tag", "Nothing stands under this tag, or nothing stood then.")
    return Answer(_encode(told.history), at_position(told.head))


async def _stream(scope: Scope, wanted: Wanted, at: Bookmark, head: int) -> EventStream:
    services = services_of(scope)
    ended = await record_stream(scope, at.position)
    tail = services.cloud_tail if accepts(scope, MEDIA_TYPE) else services.tail
    return EventStream(follow(services.log, tail, wanted, at, head), lambda: ended(at.position))


def _span(events: Sequence[Recorded | FeedEvent]) -> tuple[int | None, int | None]:
    """Return the first and the last position of what is shown."""
    return (events[0].position, events[-1].position) if events else (None, None)


def _refuse_nul(field: str, values: Sequence[str]) -> None:
    """Nothing has such a type or tag: PostgreSQL's text knows no NUL, and refuses to look for one. Raises Problem."""
    if any("\0" in value for value in values):
        raise invalid_parameter(field, "Expected text without a NUL character")


LOG_ROUTES: list[ControllerRouterHandler] = [feed, show_history]
