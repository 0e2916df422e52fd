"""Series over HTTP."""

from __future__ import annotations

from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler

from api.answering import answer
from api.as_of import AS_OF, AsOf
from api.auth import READERS, ROLES
from api.exchange import Answer
from api.reading.parameters import Asked, Cursor, Limit, now_of, paging_of
from api.replies import READ_ERRORS, responses
from events import tags
from projections.directory import DIRECTORY
from projections.series import SERIES_AND_OCCURRENCES
from projections.slots import SLOTS
from queries.page import DEFAULT_LIMIT, Page
from queries.series import ListedSeries, series
from queries.series_card import SeriesCard, series_card


@get(
    "/v1/series",
    operation_id="series-list",
    summary="Series, oldest first",
    tags=["series"],
    opt={ROLES: READERS, AS_OF: AsOf((SERIES_AND_OCCURRENCES, DIRECTORY))},
    responses=responses(Page[ListedSeries], READ_ERRORS),
)
async def list_series(
    request: Asked, recruiter_id: FromQuery[UUID | None] = None, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Answer:
    """List the rules by which slots recur, those that ended included."""
    return await answer(request, lambda connection: series(connection, recruiter_id, paging_of(request, limit, cursor)))


@get(
    "/v1/series/{series_id:str}",
    operation_id="series",
    summary="One series",
    tags=["series"],
    opt={ROLES: READERS, AS_OF: AsOf((SERIES_AND_OCCURRENCES, SLOTS, DIRECTORY))},
    responses=responses(SeriesCard, READ_ERRORS),
)
async def show_series(request: Asked, series_id: FromPath[UUID]) -> Answer:
    """Tell the rule, the slots that are to come, and which occurrences were skipped and why."""
    now = now_of(request)
    return await answer(
        request,
        lambda connection: series_card(connection, series_id, now),
        unknown="unknown-series",
        tag=tags.series(series_id),
    )


SERIES_ROUTES: list[ControllerRouterHandler] = [list_series, show_series]
