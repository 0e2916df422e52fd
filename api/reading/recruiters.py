"""Recruiters over HTTP: their cards and their agenda."""

from __future__ import annotations

from uuid import UUID

from litestar import get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from api.answering import answer, answer_kept
from api.as_of import AS_OF, OWNERS, AsOf
from api.auth import READERS, ROLES
from api.exchange import Answer
from api.reading.parameters import (
    Asked,
    Cursor,
    From,
    Limit,
    Search,
    To,
    check_own,
    instant,
    now_of,
    paging_of,
    sought_by,
)
from api.replies import READ_ERRORS, responses
from events import tags
from projections.bookings import BOOKINGS
from projections.candidates import CANDIDATES
from projections.directory import DIRECTORY
from projections.slots import SLOTS
from queries.agenda import Agenda, AgendaFilters, agenda
from queries.directory import ListedRecruiter, recruiters, recruiters_sought
from queries.page import DEFAULT_LIMIT, Page
from queries.recruiter_card import RecruiterCard, recruiter_card
from queries.searching import Sought


@get(
    "/v1/recruiters",
    operation_id="recruiters",
    summary="The recruiters, by name",
    tags=["recruiters"],
    opt={ROLES: READERS, AS_OF: AsOf((DIRECTORY,))},
    responses=responses(Page[ListedRecruiter], READ_ERRORS),
)
async def list_recruiters(
    request: Asked, q: Search = None, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Answer:
    """List who holds interviews, and who did; with `q` those whose name has these words, or parts of words, in it."""
    paging = paging_of(request, limit, cursor)
    sought = sought_by(request, q, Sought.name)
    if sought is None:
        return await answer_kept(request, lambda connection: recruiters(connection, paging))
    return await answer(request, lambda connection: recruiters_sought(connection, sought, paging))


@get(
    "/v1/recruiters/{recruiter_id:str}",
    operation_id="recruiter",
    summary="One recruiter",
    tags=["recruiters"],
    opt={ROLES: READERS, AS_OF: AsOf((DIRECTORY,))},
    responses=responses(RecruiterCard, READ_ERRORS),
)
async def show_recruiter(request: Asked, recruiter_id: FromPath[UUID]) -> Answer:
    """Tell where and how much they work, and when they will be away."""
    now = now_of(request)
    return await answer_kept(
        request,
        lambda connection: recruiter_card(connection, recruiter_id, now),
        unknown="unknown-recruiter",
        tag=tags.recruiter(recruiter_id),
    )


@get(
    "/v1/recruiters/{recruiter_id:str}/agenda",
    operation_id="agenda",
    summary="A recruiter's slots with who is booked into them, soonest first, and their absences",
    tags=["recruiters"],
    opt={ROLES: READERS, AS_OF: AsOf((SLOTS, BOOKINGS, CANDIDATES, DIRECTORY), OWNERS)},
    responses=responses(Agenda, READ_ERRORS),
)
async def show_agenda(  # noqa: PLR0913  what the route takes
    *,
    request: Asked,
    recruiter_id: FromPath[UUID],
    from_: From = None,
    to: To = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Answer:
    """A recruiter gets their own only. Bookings that were cancelled or declined are not shown."""
    check_own(request, recruiter_id)
    asked = AgendaFilters(recruiter_id, instant("from", from_), instant("to", to))
    now = now_of(request)
    return await answer(request, lambda connection: agenda(connection, asked, paging_of(request, limit, cursor), now))


RECRUITER_ROUTES: list[ControllerRouterHandler] = [list_recruiters, show_recruiter, show_agenda]
