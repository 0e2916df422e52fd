"""Events to their stored form and back: explicit names, schema versions, upcasting.

The one place through which every event passes on its way to the log and out of it; what `events.personal` marks is to
be sealed and opened here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, cast

import msgspec

from events.log import Fact


class Event(Protocol):
    """Any fact: a frozen struct that names the boundaries it changes."""

    def tags(self) -> tuple[str, ...]:
        """Name every entity whose rules the event can change."""
        ...


class EventType(NamedTuple):
    """The stored name of an event and the version its struct has now."""

    name: str
    version: int
    struct: type[msgspec.Struct]


class UnknownEvent(Exception):
    """The log holds an event of a name or version that this program does not know."""


Upcaster = Callable[[dict[str, Any]], dict[str, Any]]


class Codec:
    """Encodes events canonically (field order of the struct) and decodes any version ever stored."""

    def __init__(self, types: Sequence[EventType], upcasters: Mapping[tuple[str, int], Upcaster]) -> None:
        """`upcasters` lifts the plain data of one (name, version) to the next version."""
        self._by_struct: dict[type[object], EventType] = {each.struct: each for each in types}
        self._by_name = {each.name: each for each in types}
        self._decoders = {each.name: msgspec.json.Decoder(each.struct) for each in types}
        self._upcasters = upcasters
        self._encode = msgspec.json.Encoder().encode

    def encode(self, event: Event) -> Fact:
        """Return the event in the form that is stored and hashed."""
        kind = self._by_struct[type(event)]
        return Fact(kind.name, kind.version, event.tags(), self._encode(event))

    def decode(self, name: str, version: int, data: bytes) -> Event:
        """Return the event in its newest form; UnknownEvent if name or version is not ours."""
        kind = self._by_name.get(name)
        if kind is None or version > kind.version:
            raise UnknownEvent(f"{name} version {version}")
        if version == kind.version:
            return cast("Event", self._decoders[name].decode(data))
        return cast("Event", msgspec.convert(self._upcast(kind, version, data), kind.struct))

    def _upcast(self, kind: EventType, version: int, data: bytes) -> dict[str, Any]:
        plain: dict[str, Any] = msgspec.json.decode(data)
        for older in range(version, kind.version):
            plain = self._upcasters[kind.name, older](plain)
        return plain
