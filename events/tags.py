"""How each entity is named in the tags of an event. A tag is a consistency boundary and a history at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID


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
    return f"recruiter:{recruiter_id}"


def slot(slot_id: UUID) -> str:
    """Tag of a slot."""
    return f"slot:{slot_id}"


def candidate(candidate_id: UUID) -> str:
    """Tag of a candidate."""
    return f"candidate:{candidate_id}"


def booking(booking_id: UUID) -> str:
    """Tag of a booking."""
    return f"booking:{booking_id}"


def agenda(recruiter_id: UUID, starts_at: datetime, ends_at: datetime) -> tuple[str, ...]:
    """Tags of a recruiter's UTC days that `[starts_at, ends_at)` touches; the first even when the interval is empty.

    A day is a boundary of its own, so that whether an hour is free never depends on years of other hours.
    """
    day = starts_at.astimezone(UTC).date()
    last = max(day, (ends_at - timedelta(microseconds=1)).astimezone(UTC).date())
    days = (day + timedelta(days=n) for n in range((last - day).days + 1))
    return tuple(f"agenda:{recruiter_id}/{each.isoformat()}" for each in days)
