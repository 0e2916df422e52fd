"""What the read models answer: cards, lists and the directory."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final, get_args
from uuid import UUID

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.types import ControllerRouterHandler
from sqlalchemy.ext.asyncio import AsyncConnection

from api.answering import answer
from api.auth import AUDITORS, READERS, ROLES, actor_of
from api.problems import forbidden, invalid_parameter
from api.replies import READ_ERRORS, responses
from events.city import Slug
from queries import agenda as agendas
from queries import bookings as booking_lists
from queries import directory
from queries.booking_card import BookingCard, booking_card
from queries.candidate_card import CandidateCard, candidate_card
from queries.open_slots import OfferedSlot, SlotChoice, SlotFilters, open_slots
from queries.page import DEFAULT_LIMIT, MAX_LIMIT, Page, Paging
from queries.projection_status import ProjectionStatus, projection_status
from queries.recruiter_card import RecruiterCard, recruiter_card
from queries.slot_card import SlotCard, slot_card

_CURSOR_LENGTH: Final = 2_000

Asked = Request[Any, Any, Any]
Answer = Response[bytes]

Limit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT, description="How many, at most.")]
Cursor = Annotated[str | None, QueryParameter(max_length=_CURSOR_LENGTH, description="The `next_cursor` of a page.")]
From = Annotated[
    str | None,
    QueryParameter(name="from", schema_extra={"format": "date-time"}, description="Starts then or later; with a zone."),
]
To = Annotated[
    str | None, QueryParameter(schema_extra={"format": "date-time"}, description="Starts before then; with a zone.")
]

AnySlug = Annotated[str | None, QueryParameter(pattern=get_args(Slug)[1].pattern)]

_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


@get(
    "/v1/slots",
    operation_id="slots",
    summary="Slots, soonest first; those that can be booked, if nothing else is asked for",
    tags=["slots"],
    opt={ROLES: READERS},
    responses=responses(Page[OfferedSlot], READ_ERRORS),
)
async def list_slots(  # noqa: PLR0913  what the route takes
    *,
    request: Asked,
    city_id: AnySlug = None,
    stage_id: AnySlug = None,
    from_: From = None,
    to: To = None,
    status: FromQuery[SlotChoice] = "open",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Answer:
    """Open means: not cancelled, seats are left, and it has not started."""
    asked = SlotFilters(city_id, stage_id, _instant("from", from_), _instant("to", to), status)
    now = datetime.now(UTC)
    return await answer(request, lambda connection: open_slots(connection, asked, Paging(limit, cursor), now))


@get(
    "/v1/slots/{slot_id:str}",
    operation_id="slot",
    summary="One slot",
    tags=["slots"],
    opt={ROLES: READERS},
    responses=responses(SlotCard, READ_ERRORS),
)
async def show_slot(request: Asked, slot_id: FromPath[UUID]) -> Answer:
    """Tell when, where, with whom, and how many seats are left."""
    return await answer(request, lambda connection: slot_card(connection, slot_id), unknown="unknown-slot")


@get(
    "/v1/bookings",
    operation_id="bookings",
    summary="Bookings, soonest first",
    tags=["bookings"],
    opt={ROLES: READERS},
    responses=responses(Page[booking_lists.ListedBooking], READ_ERRORS),
)
async def list_bookings(  # noqa: PLR0913  what the route takes
    *,
    request: Asked,
    candidate_id: FromQuery[UUID | None] = None,
    recruiter_id: FromQuery[UUID | None] = None,
    city_id: AnySlug = None,
    status: FromQuery[booking_lists.BookingStatus | None] = None,
    from_: From = None,
    to: To = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Answer:
    """A recruiter gets their own only."""
    actor = actor_of(request)
    if actor.role == "recruiter":
        recruiter_id = recruiter_id or UUID(actor.name)
        _check_own(request, recruiter_id)
    asked = booking_lists.BookingFilters(
        candidate_id, recruiter_id, city_id, status, _instant("from", from_), _instant("to", to)
    )
    return await answer(request, lambda connection: booking_lists.bookings(connection, asked, Paging(limit, cursor)))


@get(
    "/v1/bookings/{booking_id:str}",
    operation_id="booking",
    summary="One booking",
    tags=["bookings"],
    opt={ROLES: READERS},
    responses=responses(BookingCard, READ_ERRORS),
)
async def show_booking(request: Asked, booking_id: FromPath[UUID]) -> Answer:
    """Tell who is expected where and when, and what was done to the booking last. A recruiter gets their own only."""

    async def own_card(connection: AsyncConnection) -> BookingCard | None:
        card = await booking_card(connection, booking_id)
        if card is not None:
            _check_own(request, card.recruiter.id)
        return card

    return await answer(request, own_card, unknown="unknown-booking")


@get(
    "/v1/candidates/{candidate_id:str}",
    operation_id="candidate",
    summary="One candidate",
    tags=["candidates"],
    opt={ROLES: READERS},
    responses=responses(CandidateCard, READ_ERRORS),
)
async def show_candidate(request: Asked, candidate_id: FromPath[UUID]) -> Answer:
    """Tell who they are, where they stand, and the test results that count."""
    return await answer(
        request, lambda connection: candidate_card(connection, candidate_id), unknown="unknown-candidate"
    )


@get(
    "/v1/recruiters/{recruiter_id:str}",
    operation_id="recruiter",
    summary="One recruiter",
    tags=["recruiters"],
    opt={ROLES: READERS},
    responses=responses(RecruiterCard, READ_ERRORS),
)
async def show_recruiter(request: Asked, recruiter_id: FromPath[UUID]) -> Answer:
    """Tell where and how much they work."""
    return await answer(
        request, lambda connection: recruiter_card(connection, recruiter_id), unknown="unknown-recruiter"
    )


@get(
    "/v1/recruiters/{recruiter_id:str}/agenda",
    operation_id="agenda",
    summary="A recruiter's slots with who is booked into them, soonest first",
    tags=["recruiters"],
    opt={ROLES: READERS},
    responses=responses(Page[agendas.AgendaEntry], READ_ERRORS),
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
    """A recruiter gets their own only."""
    _check_own(request, recruiter_id)
    asked = agendas.AgendaFilters(recruiter_id, _instant("from", from_), _instant("to", to))
    return await answer(request, lambda connection: agendas.agenda(connection, asked, Paging(limit, cursor)))


@get(
    "/v1/cities",
    operation_id="cities",
    summary="The cities, by id",
    tags=["directory"],
    opt={ROLES: READERS},
    responses=responses(Page[directory.ListedCity], READ_ERRORS),
)
async def list_cities(request: Asked, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Answer:
    """List where interviews are held."""
    return await answer(request, lambda connection: directory.cities(connection, Paging(limit, cursor)))


@get(
    "/v1/stages",
    operation_id="stages",
    summary="The stages, in their order",
    tags=["directory"],
    opt={ROLES: READERS},
    responses=responses(Page[directory.ListedStage], READ_ERRORS),
)
async def list_stages(request: Asked, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Answer:
    """List the stages, each in its newest version."""
    return await answer(request, lambda connection: directory.stages(connection, Paging(limit, cursor)))


@get(
    "/v1/tests",
    operation_id="tests",
    summary="The tests, by id",
    tags=["directory"],
    opt={ROLES: READERS},
    responses=responses(Page[directory.ListedTest], READ_ERRORS),
)
async def list_tests(request: Asked, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Answer:
    """List what candidates are tested in."""
    return await answer(request, lambda connection: directory.tests(connection, Paging(limit, cursor)))


@get(
    "/v1/recruiters",
    operation_id="recruiters",
    summary="The recruiters, by name",
    tags=["directory"],
    opt={ROLES: READERS},
    responses=responses(Page[directory.ListedRecruiter], READ_ERRORS),
)
async def list_recruiters(request: Asked, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Answer:
    """List who holds interviews, and who did."""
    return await answer(request, lambda connection: directory.recruiters(connection, Paging(limit, cursor)))


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
    now = datetime.now(UTC)
    return await answer(request, lambda connection: projection_status(connection, now))


READING_ROUTES: list[ControllerRouterHandler] = [
    list_slots,
    show_slot,
    list_bookings,
    show_booking,
    show_candidate,
    show_recruiter,
    show_agenda,
    list_cities,
    list_stages,
    list_tests,
    list_recruiters,
    list_projections,
]


def _instant(name: str, given: str | None) -> datetime | None:
    if given is None:
        return None
    try:
        moment: datetime = msgspec.convert(given, _Instant)
        return moment.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        raise invalid_parameter(name, "Expected an RFC 3339 time with its zone") from None


def _check_own(request: Asked, recruiter_id: UUID) -> None:
    if not actor_of(request).may_act_for(recruiter_id):
        raise forbidden("it is another recruiter's")
