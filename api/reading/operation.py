"""How Daybook itself fares, over HTTP: what it refused, and how its read models are."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.params import FromQuery, QueryParameter
from litestar.types import ControllerRouterHandler

from api.answering import answer
from api.auth import AUDITORS, ROLES
from api.exchange import Answer
from api.reading.parameters import AnySlug, Asked, Cursor, Limit, instant, now_of
from api.replies import READ_ERRORS, responses
from queries.page import DEFAULT_LIMIT, Page, Paging
from queries.projection_status import ProjectionStatus, projection_status
from queries.refusals import RefusalFilters, RefusedCommand, refusals

_Since = Annotated[
    str | None,
    QueryParameter(
        name="from", schema_extra={"format": "date-time"}, description="Decided then or later; with a zone."
    ),
]
_Until = Annotated[
    str | None, QueryParameter(schema_extra={"format": "date-time"}, description="Decided before then; with a zone.")
]


@get(
    "/v1/refusals",
    operation_id="refusals",
    summary="What was refused, to whom and why, newest first",
    tags=["log"],
    opt={ROLES: AUDITORS},
    responses=responses(Page[RefusedCommand], READ_ERRORS),
)
async def list_refusals(  # noqa: PLR0913  what the route takes
    *,
    request: Asked,
    candidate_id: FromQuery[UUID | None] = None,
    slot_id: FromQuery[UUID | None] = None,
    booking_id: FromQuery[UUID | None] = None,
    code: AnySlug = None,
    command: AnySlug = None,
    from_: _Since = None,
    to: _Until = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Answer:
    """The ids are those that the refused command named."""
    about = (candidate_id, slot_id, booking_id)
    asked = RefusalFilters(*about, code, command, instant("from", from_), instant("to", to))
    return await answer(request, lambda connection: refusals(connection, asked, Paging(limit, cursor)))


@get(
    "/v1/projections",
    operation_id="projections",
    summary="How far each read model is behind the log",
    tags=["log"],
    opt={ROLES: AUDITORS},
    responses=responses(Page[ProjectionStatus], READ_ERRORS),
)
async def list_projections(request: Asked) -> Answer:
    """Tell for every read model what it shows, what it lacks, and why if it stands still."""
    now = now_of(request)
    return await answer(request, lambda connection: projection_status(connection, now))


OPERATION_ROUTES: list[ControllerRouterHandler] = [list_refusals, list_projections]
