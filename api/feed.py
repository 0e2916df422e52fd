"""The log itself: the feed of events in order, and the history of one tag with the state it folds to.

Both show what is stored, personal data sealed, so that it can be checked against the content hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from eventsourcing.dcb.api import DCBQuery, DCBQueryItem
from litestar import Request, get
from litestar.params import FromPath, HeaderParameter, QueryParameter
from litestar.types import ASGIApp, ControllerRouterHandler, Scope

from api import sse
from api.as_of import AS_OF, BY_ITSELF, POSITION_MAX, parse_as_of
from api.auth import AUDITORS, ROLES
from api.cloud_events import BATCH_MEDIA_TYPE, MEDIA_TYPE, cloud_event
from api.events_stream import Bookmark, Wanted, follow
from api.exchange import Answer
from api.feed_event import FeedEvent, feed_event
from api.headers import accepts, at_position
from api.problems import Problem, invalid_parameter, log_unavailable
from api.recording import record_answer, record_stream
from api.replies import READ_ERRORS, responses
from api.services import services_of
from api.streaming import EventStream, check_room, parse_position
from events.catalogue import CODEC, entity_of
from events.log import Log, LogUnavailable, Recorded
from events.sealed import redacted

_encode = msgspec.json.Encoder().encode


class Feed(msgspec.Struct, frozen=True):
    """A page of the feed. It goes on after the position of the last item: `after` is its cursor."""

    items: list[FeedEvent]
    next_cursor: str | None = None


class History(msgspec.Struct, frozen=True):
    """What happened under a tag up to `position`, the last of its events, and the state that adds up to."""

    tag: str
    position: int
    state: dict[str, Any]
    events: list[FeedEvent]


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
async def history(
    request: Request[Any, Any, Any],
    tag: FromPath[str],
    as_of: Annotated[str | None, QueryParameter(description="A position, or an RFC 3339 time with its zone.")] = None,
) -> Answer:
    """Fold the events under a tag, up to a position or a time."""
    tag = tag.removeprefix("/")
    _refuse_nul("tag", (tag,))
    until = POSITION_MAX if as_of is None else parse_as_of(as_of)
    log = services_of(request.scope).log
    try:
        head = await log.head()
        events = await _read_until(log, tag, until)
    except LogUnavailable as error:
        raise log_unavailable() from error
    await record_answer(request.scope, *_span(events))
    if not events:
        raise Problem(404, "unknown-tag", "Nothing stands under this tag, or nothing stood then.")
    told = History(tag, events[-1].position, _fold(tag, events), [feed_event(event) for event in events])
    return Answer(_encode(told), at_position(head))


async def _stream(scope: Scope, wanted: Wanted, at: Bookmark, head: int) -> EventStream:
    services = services_of(scope)
    ended = await record_stream(scope, at.position)
    tail = services.cloud_tail if accepts(scope, MEDIA_TYPE) else services.tail
    return EventStream(follow(services.log, tail, wanted, at, head), lambda: ended(at.position))


def _span(events: Sequence[Recorded]) -> tuple[int | None, int | None]:
    """Return the first and the last position of what is shown."""
    return (events[0].position, events[-1].position) if events else (None, None)


def _refuse_nul(field: str, values: Sequence[str]) -> None:
    """Nothing has such a type or tag: PostgreSQL's text knows no NUL, and refuses to look for one. Raises Problem."""
    if any("\0" in value for value in values):
        raise invalid_parameter(field, "Expected text without a NUL character")


async def _read_until(log: Log, tag: str, until: int | datetime) -> list[Recorded]:
    """Positions and recorded times rise together, so the first event beyond ends it."""
    events: list[Recorded] = []
    if entity_of(tag) is not None:
        async for event in log.read(DCBQuery(items=[DCBQueryItem(tags=[tag])])):
            if _is_beyond(event, until):
                break
            events.append(event)
    return events


def _is_beyond(event: Recorded, until: int | datetime) -> bool:
    return event.position > until if isinstance(until, int) else event.recorded_at > until


def _fold(tag: str, events: list[Recorded]) -> dict[str, Any]:
    """Return the state with the name of its type, which is its status. It is folded without keys."""
    entity = entity_of(tag)
    assert entity is not None  # noqa: S101  nothing was read under a tag that no entity stands behind
    state = entity.initial
    for event in events:
        state = entity.evolve(state, CODEC.decode(event.type, event.version, redacted(event).data))
    plain = msgspec.to_builtins(state, str_keys=True)
    if isinstance(plain, dict):
        return {"status": type(state).__name__, **plain}
    return {"status": "Intervals", "intervals": plain}


LOG_ROUTES: list[ControllerRouterHandler] = [feed, history]
