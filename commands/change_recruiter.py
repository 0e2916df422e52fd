"""Change where a recruiter holds interviews, and how many."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import msgspec

from commands.changing import said
from commands.decision import Accepted, Context, Decision, View
from commands.fields import CityIds, Limit, MinutesOfDay, Name
from commands.refusals import RecruiterInactive, UnknownCity, UnknownRecruiter, UnknownTimeZone
from events import tags
from events.city import CITY
from events.entity import Absent
from events.local_time import UnknownZone, zone
from events.recruiter import RECRUITER, InactiveRecruiter, RecruiterChanged


class ChangeRecruiter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `change-recruiter`: what is left out stays; null takes a limit away."""

    recruiter_id: UUID
    name: Name | msgspec.UnsetType = msgspec.UNSET
    city_ids: CityIds | msgspec.UnsetType = msgspec.UNSET
    min_gap_minutes: MinutesOfDay | msgspec.UnsetType = msgspec.UNSET
    daily_limit: Limit | msgspec.UnsetType | None = msgspec.UNSET
    weekly_limit: Limit | msgspec.UnsetType | None = msgspec.UNSET
    time_zone: str | msgspec.UnsetType = msgspec.UNSET


def decide(command: ChangeRecruiter, view: View, _: Context) -> Decision:
    """What is published stays as it is. A change that changes nothing is accepted, with nothing to do."""
    (recruiter,) = view.of(RECRUITER.at(tags.recruiter(command.recruiter_id)))
    ids = {"recruiter_id": command.recruiter_id}
    if isinstance(recruiter, Absent):
        return UnknownRecruiter(command.recruiter_id)
    if isinstance(recruiter, InactiveRecruiter):
        return RecruiterInactive(command.recruiter_id)
    before = RecruiterChanged(
        recruiter.recruiter_id,
        recruiter.name,
        recruiter.city_ids,
        recruiter.min_gap // timedelta(minutes=1),
        recruiter.daily_limit,
        recruiter.weekly_limit,
        recruiter.time_zone,
    )
    changed = msgspec.structs.replace(before, **said(command))
    cities = view.all([CITY.at(tags.city(city_id)) for city_id in changed.city_ids])
    for city_id, city in zip(changed.city_ids, cities, strict=True):
        if isinstance(city, Absent):
            return UnknownCity(city_id)
    try:
        zone(changed.time_zone)
    except UnknownZone:
        return UnknownTimeZone(changed.time_zone)
    return Accepted((), ids) if changed == before else Accepted((changed,), ids)
