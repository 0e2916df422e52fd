"""Every read model Daybook keeps, on one page."""

from __future__ import annotations

from projections.bookings import BOOKINGS
from projections.candidates import CANDIDATES
from projections.directory import DIRECTORY
from projections.slots import SLOTS

PROJECTIONS = (DIRECTORY, SLOTS, BOOKINGS, CANDIDATES)
