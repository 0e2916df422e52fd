"""Bookings for calendar programs: RFC 5545, one event for each booking, the same on every reading until it changes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Final, Literal
from uuid import UUID

from icalendar import Calendar, Event
from litestar import get
from litestar.params import FromPath, QueryParameter
from litestar.types import ControllerRouterHandler

from api.answering import find, respond
from api.auth import CALENDAR_KEY, READERS, ROLES
from api.exchange import Answer
from api.reading.parameters import Asked, check_own, now_of
from api.replies import READ_ERRORS, responses
from daybook.engine import Connection
from projections.bookings import BookingStatus
from queries.calendar import CalendarBooking, calendar_booking, calendar_feed

MEDIA_TYPE: Final = "text/calendar"
_REMEMBERED: Final = 10_000
_END: Final = b"END:VCALENDAR\r\n"

_ENDED: Final[frozenset[BookingStatus]] = frozenset({"cancelled", "declined"})


@get(
    "/v1/recruiters/{recruiter_id:str}/agenda.ics",
    operation_id="agenda-feed",
    summary="A recruiter's bookings as a calendar that can be subscribed to",
    tags=["recruiters"],
    opt={ROLES: READERS, CALENDAR_KEY: True},
    responses=responses(str, READ_ERRORS, MEDIA_TYPE),
)
async def show_feed(
    request: Asked,
    recruiter_id: FromPath[UUID],
    key: Annotated[str | None, QueryParameter(description="A calendar key, instead of a token.")] = None,  # noqa: ARG001  read by api.auth
) -> Answer:
    """The bookings of the last 30 and the next 180 days, those that ended included, so that calendars drop them."""
    check_own(request, recruiter_id)
    now = now_of(request)
    bookings, position = await find(
        request, lambda connection: calendar_feed(connection, recruiter_id, now), unknown="unknown-recruiter"
    )
    body = await asyncio.to_thread(_calendar, "PUBLISH", bookings)  # a long feed takes a second the first time
    return respond(request, body, position, MEDIA_TYPE.encode())


@get(
    "/v1/bookings/{booking_id:str}/calendar.ics",
    operation_id="booking-event",
    summary="One booking as a calendar event",
    tags=["bookings"],
    opt={ROLES: READERS},
    responses=responses(str, READ_ERRORS, MEDIA_TYPE),
)
async def show_event(request: Asked, booking_id: FromPath[UUID]) -> Answer:
    """A booking that was cancelled or declined takes its event out of the calendar. A recruiter gets their own only."""

    async def own(connection: Connection) -> CalendarBooking | None:
        booking = await calendar_booking(connection, booking_id)
        if booking is not None:
            check_own(request, booking.recruiter_id)
        return booking

    booking, position = await find(request, own, unknown="unknown-booking")
    method: Literal["CANCEL", "PUBLISH"] = "CANCEL" if booking.status in _ENDED else "PUBLISH"
    return respond(request, _calendar(method, [booking]), position, MEDIA_TYPE.encode())


CALENDAR_ROUTES: list[ControllerRouterHandler] = [show_feed, show_event]


def _calendar(method: Literal["CANCEL", "PUBLISH"], bookings: Sequence[CalendarBooking]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Daybook//Bookings//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    head = calendar.to_ical().removesuffix(_END)
    return b"".join((head, *(_event(booking) for booking in bookings), _END))


@lru_cache(_REMEMBERED)
def _event(booking: CalendarBooking) -> bytes:
    event = Event()
    event.add("uid", f"{booking.booking_id}@daybook")
    event.add("sequence", booking.sequence)
    event.add("status", _status(booking.status))
    event.add("dtstart", booking.starts_at)
    event.add("dtend", booking.ends_at)
    event.add("summary", f"{booking.stage_name}: {booking.candidate_name}")
    if booking.location is not None:
        event.add("location", booking.location)
    event.add("created", booking.booked_at)
    event.add("last-modified", booking.changed_at)
    event.add("dtstamp", booking.changed_at)
    rendered: bytes = event.to_ical()
    return rendered


def _status(status: BookingStatus) -> Literal["CANCELLED", "TENTATIVE", "CONFIRMED"]:
    if status in _ENDED:
        return "CANCELLED"
    return "TENTATIVE" if status == "pending" else "CONFIRMED"
