"""When a candidate's time to act on a booking is over."""

from __future__ import annotations

from datetime import datetime, timedelta


def past_cutoff(starts_at: datetime, cutoff_minutes: int, now: datetime) -> bool:
    """B2: tell whether less than the cut-off is left before the start."""
    return starts_at - now < timedelta(minutes=cutoff_minutes)
