"""Events to their stored form and back: versions, and what is not ours."""

from typing import Any

import msgspec
import pytest

from events.catalogue import CODEC, EVENT_TYPES, UPCASTERS
from events.codec import Codec, EventType, UnknownEvent


class RoomBooked(msgspec.Struct, frozen=True):
    """An event in its third version.

    Version 1 was {"room": "7", "hours": 2}; version 2 counted minutes; version 3 names the building as well.
    """

    building: str
    room: str
    minutes: int

    def tags(self) -> tuple[str, ...]:
        """The room's own rules change."""
        return (f"room:{self.building}/{self.room}",)


def count_minutes(data: dict[str, Any]) -> dict[str, Any]:
    """Lift version 1 to 2."""
    return {"room": data["room"], "minutes": data["hours"] * 60}


def name_the_building(data: dict[str, Any]) -> dict[str, Any]:
    """Lift version 2 to 3: there was one building then."""
    return {**data, "building": "main"}


ROOMS = Codec(
    [EventType("RoomBooked", 3, RoomBooked)], {("RoomBooked", 1): count_minutes, ("RoomBooked", 2): name_the_building}
)


@pytest.mark.parametrize(
    ("version", "data"),
    [
        (1, b'{"room":"7","hours":2}'),
        (2, b'{"room":"7","minutes":120}'),
        (3, b'{"building":"main","room":"7","minutes":120}'),
    ],
)
def test_any_version_comes_back_as_the_newest(version: int, data: bytes) -> None:
    """What was stored in an old form is lifted step by step."""
    assert ROOMS.decode("RoomBooked", version, data) == RoomBooked("main", "7", 120)


def test_an_event_is_stored_in_its_newest_form() -> None:
    """Name, version, tags and canonical data come from the event alone."""
    fact = ROOMS.encode(RoomBooked("main", "7", 120))

    assert fact == ("RoomBooked", 3, ("room:main/7",), b'{"building":"main","room":"7","minutes":120}')


@pytest.mark.parametrize(("name", "version"), [("RoomBooked", 4), ("RoomLeft", 1)])
def test_an_event_that_is_not_ours_is_told(name: str, version: int) -> None:
    """A name or a version that this program does not know is named, and what it says is not."""
    with pytest.raises(UnknownEvent) as unknown:
        ROOMS.decode(name, version, b'{"secret":"..."}')

    assert str(unknown.value) == f"{name} version {version}"


def test_a_field_of_a_later_program_is_passed_over() -> None:
    """Data that says more than this version knows is still read."""
    data = b'{"building":"main","room":"7","minutes":120,"projector":true}'

    assert ROOMS.decode("RoomBooked", 3, data) == RoomBooked("main", "7", 120)


def test_every_name_stands_for_one_event() -> None:
    """No two events share a name or a struct, and the stored name is the struct's own."""
    assert len({each.name for each in EVENT_TYPES}) == len(EVENT_TYPES)
    assert len({each.struct for each in EVENT_TYPES}) == len(EVENT_TYPES)
    assert [each.name for each in EVENT_TYPES] == [each.struct.__name__ for each in EVENT_TYPES]


def test_every_old_version_can_be_lifted() -> None:
    """There is an upcaster from each version but the newest, and for nothing else."""
    steps = {(each.name, version) for each in EVENT_TYPES for version in range(1, each.version)}

    assert steps == UPCASTERS.keys()


def test_the_catalogue_knows_nothing_else() -> None:
    """An event that is not in the catalogue is not read."""
    with pytest.raises(UnknownEvent):
        CODEC.decode("RoomBooked", 1, b"{}")
