"""How each entity is named in the tags of an event. A tag is a consistency boundary and a history at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

_text = msgspec.to_builtins  # writes a UUID five times faster than str
_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


def city(city_id: str) -> str:
    """Tag of a city."""
    return f"city:{city_id}"


def stage(stage_id: str) -> str:
    """Tag of a stage template."""
    return f"stage:{stage_id}"


def test(test_id: str) -> str:
    """Tag of a test definition."""
    return f"test:{test_id}"


def recruiter(recruiter_id: UUID) -> str:
    """Tag of a recruiter."""
    return f"recruiter:{_text(recruiter_id)}"


def slot(slot_id: UUID) -> str:
    """Tag of a slot."""
    return f"slot:{_text(slot_id)}"


def candidate(candidate_id: UUID) -> str:
    """Tag of a candidate."""
    return f"candidate:{_text(candidate_id)}"


def booking(booking_id: UUID) -> str:
    """Tag of a booking."""
    return f"booking:{_text(booking_id)}"


def hold(hold_id: UUID) -> str:
    """Tag of a held seat; an offer to somebody who waits is one too."""
    return f"hold:{_text(hold_id)}"


def series(series_id: UUID) -> str:
    """Tag of a recurring publication."""
    return f"series:{_text(series_id)}"


def waitlist(city_id: str, stage_id: str) -> str:
    """Tag of those who wait for a seat in a city and stage."""
    return f"waitlist:{city_id}/{stage_id}"


def agenda(recruiter_id: UUID, starts_at: datetime, ends_at: datetime) -> tuple[str, ...]:
    """Tags of a recruiter's UTC days that `[starts_at, ends_at)` touches; both in UTC, the interval not empty.

    A day is a boundary of its own, so that whether an hour is free never depends on years of other hours.
    """
    recruiter_text = _text(recruiter_id)
    day, last = starts_at.date(), (ends_at - _INSTANT).date()
    tags = [f"agenda:{recruiter_text}/{day.isoformat()}"]
    while day < last:
        day += _DAY
        tags.append(f"agenda:{recruiter_text}/{day.isoformat()}")
    return tuple(tags)
