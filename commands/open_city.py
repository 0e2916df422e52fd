"""Open a city for interviews."""

from __future__ import annotations

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.fields import Locale, Name
from commands.refusals import AlreadyExists, UnknownTimeZone
from events import tags
from events.city import CITY, CityOpened, OpenedCity, QuietHours, Slug
from events.local_time import UnknownZone, zone


class OpenCity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `open-city`; `time_zone` is an IANA name."""

    city_id: Slug
    name: Name
    time_zone: str
    locale: Locale
    quiet_hours: QuietHours | None = None


def decide(command: OpenCity, view: View, _: Context) -> Decision:
    """A city is opened once."""
    (city,) = view.of(CITY.at(tags.city(command.city_id)))
    if isinstance(city, OpenedCity):
        return AlreadyExists(command.city_id)
    try:
        zone(command.time_zone)
    except UnknownZone:
        return UnknownTimeZone(command.time_zone)
    opened = CityOpened(command.city_id, command.name, command.time_zone, command.locale, command.quiet_hours)
    return Accepted((opened,), {"city_id": command.city_id})
