"""Register a recruiter."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.fields import CityIds, Limit, MinutesOfDay, Name
from commands.refusals import AlreadyExists, UnknownCity, UnknownTimeZone
from events import tags
from events.city import CITY
from events.entity import Absent
from events.local_time import UnknownZone, zone
from events.recruiter import RECRUITER, RecruiterRegistered


class RegisterRecruiter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `register-recruiter`.

    `time_zone` is the clock that the recruiter's days and weeks go by; left out, it is the zone that the first city
    has now.
    """

    name: Name
    city_ids: CityIds
    recruiter_id: UUID | None = None
    min_gap_minutes: MinutesOfDay = 0
    daily_limit: Limit | None = None
    weekly_limit: Limit | None = None
    time_zone: str | None = None


def decide(command: RegisterRecruiter, view: View, context: Context) -> Decision:
    """A recruiter works in cities that are open."""
    recruiter_id = command.recruiter_id or context.new_id("recruiter")
    recruiter = view.new(RECRUITER.at(tags.recruiter(recruiter_id)))
    if not isinstance(recruiter, Absent):
        return AlreadyExists(str(recruiter_id))
    time_zones = []
    cities = view.all([CITY.at(tags.city(city_id)) for city_id in command.city_ids])
    for city_id, city in zip(command.city_ids, cities, strict=True):
        if isinstance(city, Absent):
            return UnknownCity(city_id)
        time_zones.append(city.time_zone)
    time_zone = time_zones[0] if command.time_zone is None else command.time_zone
    try:
        zone(time_zone)
    except UnknownZone:
        return UnknownTimeZone(time_zone)
    registered = RecruiterRegistered(
        recruiter_id,
        command.name,
        command.city_ids,
        command.min_gap_minutes,
        command.daily_limit,
        command.weekly_limit,
        time_zone,
    )
    return Accepted((registered,), {"recruiter_id": recruiter_id})
