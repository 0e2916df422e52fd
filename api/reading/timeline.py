"""Everything that happened to a candidate, with who and why, straight from the log."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

import msgspec
from eventsourcing.dcb.api import DCBQuery, DCBQueryItem
from litestar import get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from api.answering import encode, respond
from api.as_of import AS_OF, AsOf, then_of
from api.auth import READERS, ROLES
from api.exchange import Answer
from api.problems import Problem, log_unavailable
from api.reading.parameters import Asked, Cursor, Limit
from api.replies import READ_ERRORS, responses
from api.services import services_of
from events import tags
from events.catalogue import CODEC
from events.log import LogUnavailable, Recorded
from events.personal import redact
from events.sealed import redacted
from queries.page import DEFAULT_LIMIT, Page

_MOST_DIGITS: Final = 15


class TimelineEntry(msgspec.Struct, frozen=True):
    """One event: what happened, when, by whom and why. `data` is in its newest form, personal fields redacted.

    `causation_id` names the event or command that brought it about, if it was none of a person's own.
    """

    position: int
    type: str
    at: datetime
    actor: str
    reason: str | None
    command_id: UUID
    correlation_id: UUID
    causation_id: UUID | None
    data: dict[str, Any]


@get(
    "/v1/candidates/{candidate_id:str}/timeline",
    operation_id="timeline",
    summary="Everything that happened to a candidate, newest last",
    tags=["candidates"],
    opt={ROLES: READERS, AS_OF: AsOf(())},
    responses=responses(Page[TimelineEntry], READ_ERRORS),
)
async def show_timeline(
    request: Asked, candidate_id: FromPath[UUID], limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Answer:
    """Read the events under the candidate's tag; they reflect every write that was acknowledged."""
    log = services_of(request.scope).log
    query = DCBQuery(items=[DCBQueryItem(tags=[tags.candidate(candidate_id)])])
    after = _position(cursor)
    then = then_of(request.scope)
    try:
        head = await log.head() if then is None else then.position
        read = [event async for event in log.read(query, after=after, limit=limit + 1)]
    except LogUnavailable as error:
        raise log_unavailable() from error
    found = [event for event in read if event.position <= head]
    if not found and cursor is None:
        raise Problem(404, "unknown-candidate", "There is no such candidate.")
    items = [_entry(event) for event in found[:limit]]
    page = Page(items, str(items[-1].position) if len(found) > limit else None)
    return respond(request, encode(page), head)


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= _MOST_DIGITS):
        raise Problem(400, "invalid-cursor", "The cursor is none of this list with these filters.")
    return int(cursor)


def _entry(recorded: Recorded) -> TimelineEntry:
    event = CODEC.decode(recorded.type, recorded.version, redacted(recorded).data)
    data: dict[str, Any] = msgspec.to_builtins(redact(cast("msgspec.Struct", event)))
    return TimelineEntry(
        position=recorded.position,
        type=recorded.type,
        at=recorded.recorded_at,
        actor=recorded.actor,
        reason=data.get("reason") or data.get("reason_code"),
        command_id=recorded.command_id,
        correlation_id=recorded.correlation_id,
        causation_id=recorded.causation_id,
        data=data,
    )


TIMELINE_ROUTES: list[ControllerRouterHandler] = [show_timeline]
