"""What the read models answer, one file for each subject."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from api.reading.bookings import BOOKING_ROUTES
from api.reading.candidates import CANDIDATE_ROUTES
from api.reading.directory import DIRECTORY_ROUTES
from api.reading.export import EXPORT_ROUTES
from api.reading.operation import OPERATION_ROUTES
from api.reading.reads import READS_ROUTES
from api.reading.recruiters import RECRUITER_ROUTES
from api.reading.series import SERIES_ROUTES
from api.reading.slots import SLOT_ROUTES
from api.reading.timeline import TIMELINE_ROUTES
from api.reading.waitlists import WAITLIST_ROUTES

READING_ROUTES: list[ControllerRouterHandler] = [
    *SLOT_ROUTES,
    *SERIES_ROUTES,
    *BOOKING_ROUTES,
    *CANDIDATE_ROUTES,
    *TIMELINE_ROUTES,
    *EXPORT_ROUTES,
    *RECRUITER_ROUTES,
    *WAITLIST_ROUTES,
    *DIRECTORY_ROUTES,
    *OPERATION_ROUTES,
    *READS_ROUTES,
]
