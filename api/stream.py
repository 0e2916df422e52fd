"""`GET /v1/stream`: tells that something has changed, and leaves it to the client to ask what it is now."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from random import uniform
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, get
from litestar.params import HeaderParameter, QueryParameter
from litestar.types import ControllerRouterHandler

from api.auth import READERS, ROLES
from api.listening import Listeners, news_in
from api.problems import invalid_parameter, log_unavailable
from api.replies import STREAM_ERRORS, responses
from api.services import services_of
from api.sse import HEARTBEAT_SECONDS, LAST_EVENT_ID, MEDIA_TYPE, Messages, heartbeat, message
from api.streaming import EventStream, check_room, parse_position
from daybook.database import UNREACHABLE
from events.log import Log, LogUnavailable
from projections.changes import Changes

MOST_TOPICS: Final = 50
MOST_MISSED: Final = 10_000
SPACING_SECONDS: Final = 0.2

_SLUG: Final = "[a-z0-9][a-z0-9-]{0,62}"
_ID: Final = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_TOPIC: Final = re.compile(
    rf"directory|slots:{_SLUG}(?:/{_SLUG})?|waitlist:{_SLUG}/{_SLUG}|(?:slot|booking|candidate|recruiter|agenda):{_ID}"
)

_encode = msgspec.json.Encoder().encode


class Told(msgspec.Struct, frozen=True):
    """The data of a message. `changed` names the topics under which something has changed, up to the position."""

    position: int
    topics: Sequence[str] | msgspec.UnsetType = msgspec.UNSET


@get(
    "/v1/stream",
    operation_id="stream",
    summary="Be told when something changes, as server-sent events",
    tags=["streams"],
    opt={ROLES: READERS},
    responses=responses(Told, STREAM_ERRORS, MEDIA_TYPE),
)
async def stream(
    request: Request[Any, Any, Any],
    topics: Annotated[str, QueryParameter(description="Up to 50, with commas between: `slots:rome/first,slot:<id>`.")],
    last_event_id: Annotated[
        str | None, HeaderParameter(name=LAST_EVENT_ID, description="Tell first what has changed since this position.")
    ] = None,
    since: Annotated[
        str | None, QueryParameter(name="last_event_id", description="For who cannot send the header.")
    ] = None,
) -> EventStream:
    """Tell under which of the topics something has changed. What it is now, a query shows by then."""
    wanted = _parse_topics(topics)
    after = parse_position(LAST_EVENT_ID, last_event_id)
    if after is None:
        after = parse_position("last_event_id", since)
    services = services_of(request.scope)
    check_room(services)
    lost = after is not None and await _is_lost(services.log, services.changes, after)
    return EventStream(tell(services.changes, services.listeners, wanted, None if lost else after, reset=lost))


async def tell(
    changes: Changes, listeners: Listeners, topics: frozenset[str], after: int | None, *, reset: bool
) -> Messages:
    """Compose what a listener is told: first what has changed after a position, if one is given, then what changes.

    `reset`, with no position, says that the client knows too little to be told what it has missed.
    """
    with listeners.listening(topics, after or 0) as listener:
        begins = listener.after if after is None else after
        yield _message("reset" if reset else "ready", Told(begins))
        try:
            async for page in changes.between(begins, listener.after):
                if missed := news_in(page, topics):
                    yield _message("changed", Told(*missed))
        except (LogUnavailable, *UNREACHABLE):
            yield _message("reset", Told(listener.after))
        while True:
            news = await listener.news(HEARTBEAT_SECONDS)
            if news is None:
                yield heartbeat(max(listener.after, changes.position))
            else:
                yield _message("changed", Told(*news))
                # Else all who heard of one change would wake at one moment from then on, and hold up everybody else.
                await asyncio.sleep(SPACING_SECONDS * uniform(1, 2))  # noqa: S311  no secret


async def _is_lost(log: Log, changes: Changes, after: int) -> bool:
    """Whether so much was missed that all must be asked anew; or the position is of another log, or a later one.

    Who was told of nothing after a generation of the read models began, may not have been told of that.
    """
    if after < changes.generation:
        return True
    if after <= changes.position:
        return changes.position - after > MOST_MISSED
    try:
        return after > await log.head()
    except LogUnavailable as error:
        raise log_unavailable() from error


def _message(event: str, told: Told) -> bytes:
    return message(event, told.position, _encode(told))


def _parse_topics(given: str) -> frozenset[str]:
    topics = frozenset(given.split(","))
    if len(topics) > MOST_TOPICS:
        raise invalid_parameter("topics", f"Expected {MOST_TOPICS} topics at most")
    if not all(map(_TOPIC.fullmatch, topics)):
        raise invalid_parameter("topics", "Not topics that can be listened to, with commas between")
    return topics


STREAM_ROUTES: list[ControllerRouterHandler] = [stream]
