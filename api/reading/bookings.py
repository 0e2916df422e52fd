"""Bookings over HTTP."""

from __future__ import annotations

from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler

from api.answering import answer, answer_kept
from api.as_of import AS_OF, OWNERS, AsOf
from api.auth import READERS, ROLES, actor_of
from api.exchange import Answer
from api.reading.parameters import AnySlug, Asked, Cursor, From, Limit, To, check_own, instant, paging_of
from api.replies import READ_ERRORS, responses
from events import tags
from projections.bookings import BOOKINGS, BookingStatus
from projections.candidates import CANDIDATES
from projections.directory import DIRECTORY
from queries.booking_card import BookingCard, booking_card
from queries.bookings import BookingFilters, ListedBooking, bookings
from queries.page import DEFAULT_LIMIT, Page


@get(
    "/v1/bookings",
    operation_id="bookings",
    summary="Bookings, soonest first",
    tags=["bookings"],
    opt={ROLES: READERS, AS_OF: AsOf((BOOKINGS, CANDIDATES, DIRECTORY), OWNERS)},
    responses=responses(Page[ListedBooking], READ_ERRORS),
)
async def list_bookings(  # noqa: PLR0913  what the route takes
    *,
    request: Asked,
    candidate_id: FromQuery[UUID | None] = None,
    recruiter_id: FromQuery[UUID | None] = None,
    city_id: AnySlug = None,
    status: FromQuery[BookingStatus | None] = None,
    from_: From = None,
    to: To = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Answer:
    """A recruiter gets their own only. One that still needs approval is pending, not active."""
    actor = actor_of(request)
    if actor.role == "recruiter":
        recruiter_id = recruiter_id or UUID(actor.name)
        check_own(request, recruiter_id)
    asked = BookingFilters(candidate_id, recruiter_id, city_id, status, instant("from", from_), instant("to", to))
    return await answer(request, lambda connection: bookings(connection, asked, paging_of(request, limit, cursor)))


@get(
    "/v1/bookings/{booking_id:str}",
    operation_id="booking",
    summary="One booking",
    tags=["bookings"],
    opt={ROLES: READERS, AS_OF: AsOf((BOOKINGS, CANDIDATES, DIRECTORY), OWNERS)},
    responses=responses(BookingCard, READ_ERRORS),
)
async def show_booking(request: Asked, booking_id: FromPath[UUID]) -> Answer:
    """Tell who is expected where and when, and what was done to the booking last. A recruiter gets their own only."""
    return await answer_kept(
        request,
        lambda connection: booking_card(connection, booking_id),
        unknown="unknown-booking",
        tag=tags.booking(booking_id),
        own=lambda card: card.recruiter.id,
    )


BOOKING_ROUTES: list[ControllerRouterHandler] = [list_bookings, show_booking]
