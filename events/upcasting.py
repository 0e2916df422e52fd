"""Old forms of events into their next: each function takes the plain data of one version and returns the next one's."""

from __future__ import annotations

from typing import Any

Plain = dict[str, Any]


def recruiter_registered_2(data: Plain) -> Plain:
    """Recruiters got a clock of their own for limits by day and week, which were not kept before; theirs is UTC."""
    return {**data, "time_zone": "UTC"}


def stage_defined_2(data: Plain) -> Plain:
    """Policies got limits on holds and a time for offers; of neither there was any before."""
    return {**data, "policy": {**data["policy"], "max_holds": 1, "offer_minutes": 60}}


def slot_published_2(data: Plain) -> Plain:
    """Slots can be of a series."""
    return {**data, "series_id": None, "occurrence": None}


def booking_rescheduled_2(data: Plain) -> Plain:
    """A new time may need approval, and may use up a hold."""
    return {**data, "approval": "auto", "hold_id": None}


def sealed_2(data: Plain) -> Plain:
    """Personal fields are sealed since then, and stood in the clear before: what they say is the same."""
    return data
