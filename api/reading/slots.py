"""Slots over HTTP."""

from __future__ import annotations

from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler

from api.answering import answer_kept
from api.as_of import AS_OF, AsOf
from api.auth import READERS, ROLES
from api.exchange import Answer
from api.reading.parameters import AnySlug, Asked, Cursor, From, Limit, To, instant, now_of, paging_of
from api.replies import READ_ERRORS, responses
from events import tags
from projections.directory import DIRECTORY
from projections.slots import SLOTS
from queries.open_slots import OfferedSlot, SlotChoice, SlotFilters, open_slots
from queries.page import DEFAULT_LIMIT, Page
from queries.slot_card import SlotCard, slot_card


@get(
    "/v1/slots",
    operation_id="slots",
    summary="Slots, soonest first; those that can be booked, if nothing else is asked for",
    tags=["slots"],
    opt={ROLES: READERS, AS_OF: AsOf((SLOTS, DIRECTORY))},
    responses=responses(Page[OfferedSlot], READ_ERRORS),
)
async def list_slots(  # noqa: PLR0913  what the route takes
    *,
    request: Asked,
    city_id: AnySlug = None,
    stage_id: AnySlug = None,
    series_id: FromQuery[UUID | None] = None,
    from_: From = None,
    to: To = None,
    status: FromQuery[SlotChoice] = "open",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Answer:
    """Open means: not closed or cancelled, a seat is neither booked nor held, and it has not started."""
    asked = SlotFilters(city_id, stage_id, instant("from", from_), instant("to", to), status, series_id)
    now = now_of(request)
    paging = paging_of(request, limit, cursor)
    return await answer_kept(
        request,
        lambda connection: open_slots(connection, asked, paging, now),
        pages=lambda pages, position: pages.open_slots(asked, paging, now, position),
    )


@get(
    "/v1/slots/{slot_id:str}",
    operation_id="slot",
    summary="One slot",
    tags=["slots"],
    opt={ROLES: READERS, AS_OF: AsOf((SLOTS, DIRECTORY))},
    responses=responses(SlotCard, READ_ERRORS),
)
async def show_slot(request: Asked, slot_id: FromPath[UUID]) -> Answer:
    """Tell when, where, with whom, and how many seats are booked, held and left."""
    now = now_of(request)
    return await answer_kept(
        request,
        lambda connection: slot_card(connection, slot_id, now),
        tag=tags.slot(slot_id),
        pages=lambda pages, position: pages.slot_card(slot_id, now, position),
        unknown="unknown-slot",
    )


SLOT_ROUTES: list[ControllerRouterHandler] = [list_slots, show_slot]
