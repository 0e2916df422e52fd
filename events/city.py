"""Cities: where interviews happen, and whose clock an interview's wall time is read from."""

from __future__ import annotations

from typing import Annotated, assert_never

import msgspec

from events import tags
from events.entity import ABSENT, Absent, Entity, expect

# In Python `$` also matches before a last line feed; the look-ahead takes that back, and stays within JSON Schema.
Slug = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$(?!\n)")]
ClockTime = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)")]


class QuietHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Local hours in which nobody is written to; may span midnight."""

    from_: ClockTime
    to: ClockTime


class CityOpened(msgspec.Struct, frozen=True):
    """Interviews can be held in this city."""

    city_id: Slug
    name: str
    time_zone: str
    locale: str
    quiet_hours: QuietHours | None

    def tags(self) -> tuple[str, ...]:
        """The city's own rules change."""
        return (tags.city(self.city_id),)


class CityChanged(msgspec.Struct, frozen=True):
    """A city as it is from here on; slots that were published keep the zone they were published in."""

    city_id: Slug
    name: str
    time_zone: str
    locale: str
    quiet_hours: QuietHours | None

    def tags(self) -> tuple[str, ...]:
        """The city's own rules change."""
        return (tags.city(self.city_id),)


CityEvent = CityOpened | CityChanged


class OpenedCity(msgspec.Struct, frozen=True):
    """A city that interviews can be held in."""

    city_id: Slug
    name: str
    time_zone: str
    locale: str
    quiet_hours: QuietHours | None


CityState = Absent | OpenedCity


def evolve(state: CityState, event: CityEvent) -> CityState:
    """Fold one event."""
    match event:
        case CityOpened():
            return OpenedCity(event.city_id, event.name, event.time_zone, event.locale, event.quiet_hours)
        case CityChanged():
            city = expect(state, OpenedCity, event)
            return OpenedCity(city.city_id, event.name, event.time_zone, event.locale, event.quiet_hours)
        case _:
            assert_never(event)


CITY: Entity[CityState] = Entity(ABSENT, evolve)
