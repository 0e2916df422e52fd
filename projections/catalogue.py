"""Every read model Daybook keeps, on one page."""

from __future__ import annotations

from projections.analytics import ANALYTICS
from projections.bookings import BOOKINGS
from projections.candidates import CANDIDATES
from projections.directory import DIRECTORY
from projections.series import SERIES_AND_OCCURRENCES
from projections.slots import SLOTS
from projections.waitlists import WAITLISTS

# Those that hold personal data, in columns that say so.
PERSONAL_MODELS = (CANDIDATES,)

PROJECTIONS = (DIRECTORY, SLOTS, SERIES_AND_OCCURRENCES, BOOKINGS, CANDIDATES, WAITLISTS, ANALYTICS)
