"""Change what a city is called and whose clock it goes by."""

from __future__ import annotations

import msgspec

from commands.changing import said
from commands.decision import Accepted, Context, Decision, View
from commands.fields import Locale, Name
from commands.refusals import UnknownCity, UnknownTimeZone
from events import tags
from events.city import CITY, CityChanged, QuietHours, Slug
from events.entity import Absent
from events.local_time import UnknownZone, zone


class ChangeCity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `change-city`: what is left out stays; null takes the quiet hours away."""

    city_id: Slug
    name: Name | msgspec.UnsetType = msgspec.UNSET
    time_zone: str | msgspec.UnsetType = msgspec.UNSET
    locale: Locale | msgspec.UnsetType = msgspec.UNSET
    quiet_hours: QuietHours | msgspec.UnsetType | None = msgspec.UNSET


def decide(command: ChangeCity, view: View, _: Context) -> Decision:
    """A change that changes nothing is accepted, with nothing to do. Published slots keep their zone."""
    (city,) = view.of(CITY.at(tags.city(command.city_id)))
    ids = {"city_id": command.city_id}
    if isinstance(city, Absent):
        return UnknownCity(command.city_id)
    before = CityChanged(city.city_id, city.name, city.time_zone, city.locale, city.quiet_hours)
    changed = msgspec.structs.replace(before, **said(command))
    try:
        zone(changed.time_zone)
    except UnknownZone:
        return UnknownTimeZone(changed.time_zone)
    return Accepted((), ids) if changed == before else Accepted((changed,), ids)
