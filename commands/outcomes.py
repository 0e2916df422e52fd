"""What became of an interview, as staff say it."""

from __future__ import annotations

from typing import Annotated

import msgspec

from events.booking import Outcome

LateMinutes = Annotated[int, msgspec.Meta(ge=0, le=1_440)]


def check_late_minutes(outcome: Outcome, late_minutes: int | None) -> None:
    """Only who came can have come late; raises ValueError, which a body is refused for."""
    if late_minutes is not None and outcome != "attended":
        raise ValueError("`late_minutes` goes with the outcome `attended` only")
