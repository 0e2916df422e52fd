"""Types of the fields that bodies share: what is valid before any state is looked at."""

from __future__ import annotations

from typing import Annotated

import msgspec

from events.city import Slug
from events.personal import TEXT

Name = Annotated[str, msgspec.Meta(pattern=TEXT, max_length=200)]
Reason = Annotated[str, msgspec.Meta(pattern=TEXT, max_length=500)]
Location = Annotated[str, msgspec.Meta(pattern=TEXT, max_length=500)]
Locale = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$(?!\n)")]
WrittenTime = Annotated[str, msgspec.Meta(max_length=40)]
Exdates = Annotated[tuple[WrittenTime, ...], msgspec.Meta(max_length=1_000)]
RruleText = Annotated[str, msgspec.Meta(max_length=500)]
CityIds = Annotated[tuple[Slug, ...], msgspec.Meta(min_length=1, max_length=100)]
Capacity = Annotated[int, msgspec.Meta(ge=1, le=500)]
DurationMinutes = Annotated[int, msgspec.Meta(ge=1, le=1_440)]
MinutesOfDay = Annotated[int, msgspec.Meta(ge=0, le=1_440)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=1_000)]
Score = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
