"""Who read the log, over HTTP."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler

from api.answering import answer
from api.auth import AUDITORS, ROLES
from api.exchange import Answer
from api.reading.parameters import Asked, Cursor, Limit, instant
from api.replies import READ_ERRORS, responses
from queries.audit_reads import AuditRead, ReadFilters, audit_reads
from queries.page import DEFAULT_LIMIT, Page, Paging

_Token = Annotated[
    str | None,
    QueryParameter(pattern=r"^[^\x00]*$", max_length=200, description="By the token of this name."),
]
_Since = Annotated[
    str | None,
    QueryParameter(name="from", schema_extra={"format": "date-time"}, description="Read then or later; with a zone."),
]
_Until = Annotated[
    str | None, QueryParameter(schema_extra={"format": "date-time"}, description="Read before then; with a zone.")
]


@get(
    "/v1/audit/reads",
    operation_id="auditReads",
    summary="Who read the log, and what they were shown, newest first",
    tags=["log"],
    opt={ROLES: AUDITORS},
    responses=responses(Page[AuditRead], READ_ERRORS),
)
async def list_reads(  # noqa: PLR0913  what the route takes
    *,
    request: Asked,
    token: _Token = None,
    from_: _Since = None,
    to: _Until = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Answer:
    """Tell who asked for the feed, for histories, and for what was as of then."""
    asked = ReadFilters(token, instant("from", from_), instant("to", to))
    return await answer(request, lambda connection: audit_reads(connection, asked, Paging(limit, cursor)))


READS_ROUTES: list[ControllerRouterHandler] = [list_reads]
