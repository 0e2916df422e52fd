"""Register a recruiter."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.fields import Limit, MinutesOfDay, Name
from commands.refusals import AlreadyExists, UnknownCity
from events import tags
from events.city import CITY, Slug
from events.entity import Absent
from events.recruiter import RECRUITER, RecruiterRegistered


class RegisterRecruiter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `register-recruiter`."""

    name: Name
    city_ids: Annotated[tuple[Slug, ...], msgspec.Meta(min_length=1, max_length=100)]
    recruiter_id: UUID | None = None
    min_gap_minutes: MinutesOfDay = 0
    daily_limit: Limit | None = None
    weekly_limit: Limit | None = None


def decide(command: RegisterRecruiter, view: View, context: Context) -> Decision:
    """A recruiter works in cities that are open."""
    recruiter_id = command.recruiter_id or context.new_id("recruiter")
    recruiter = view.new(RECRUITER.at(tags.recruiter(recruiter_id)))
    if not isinstance(recruiter, Absent):
        return AlreadyExists(str(recruiter_id))
    cities = view.all([CITY.at(tags.city(city_id)) for city_id in command.city_ids])
    for city_id, city in zip(command.city_ids, cities, strict=True):
        if isinstance(city, Absent):
            return UnknownCity(city_id)
    registered = RecruiterRegistered(
        recruiter_id,
        command.name,
        command.city_ids,
        command.min_gap_minutes,
        command.daily_limit,
        command.weekly_limit,
    )
    return Accepted((registered,), {"recruiter_id": recruiter_id})
