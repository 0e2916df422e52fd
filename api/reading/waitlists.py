"""Waitlists over HTTP."""

from __future__ import annotations

from litestar import get
from litestar.types import ControllerRouterHandler

from api.answering import answer
from api.as_of import AS_OF, AsOf
from api.auth import READERS, ROLES
from api.exchange import Answer
from api.reading.parameters import Asked, Cursor, Limit, PathSlug, now_of, paging_of
from api.replies import READ_ERRORS, responses
from projections.candidates import CANDIDATES
from projections.waitlists import WAITLISTS
from queries.page import DEFAULT_LIMIT, Page
from queries.waitlist import Waiting, waitlist


@get(
    "/v1/waitlists/{city_id:str}/{stage_id:str}",
    operation_id="waitlist",
    summary="Who waits for a seat, in the order in which seats are offered",
    tags=["waitlists"],
    opt={ROLES: READERS, AS_OF: AsOf((WAITLISTS, CANDIDATES))},
    responses=responses(Page[Waiting], READ_ERRORS),
)
async def show_waitlist(
    request: Asked, city_id: PathSlug, stage_id: PathSlug, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Answer:
    """The highest priority goes first; of one priority who has waited longest; then who stands first in the log."""
    now = now_of(request)
    return await answer(
        request, lambda connection: waitlist(connection, city_id, stage_id, paging_of(request, limit, cursor), now)
    )


WAITLIST_ROUTES: list[ControllerRouterHandler] = [show_waitlist]
