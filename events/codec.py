"""Events to their stored form and back: explicit names, schema versions, upcasting.

It works on plain values: what `events.personal` marks is sealed after it was encoded here, and opened before it is
decoded (`events.sealed`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol, cast

import msgspec

from events.log import Fact
from events.personal import SEALED, personal_fields


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


class StillSealed(Exception):
    """A personal field could not be opened with its person's key: one of the two is not what it was."""


_SEALED: Final = f'"{SEALED}'.encode()

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]


class Codec:
    """Encodes events canonically (field order of the struct) and decodes any version ever stored."""

    def __init__(self, types: Sequence[EventType], upcasters: Mapping[tuple[str, int], Upcaster]) -> None:
        """`upcasters` lifts the plain data of one (name, version) to the next version."""
        self._by_struct: dict[type[object], EventType] = {each.struct: each for each in types}
        self._by_name = {each.name: each for each in types}
        self._decoders = {each.name: msgspec.json.Decoder(each.struct) for each in types}
        self._upcasters = upcasters
        self._personal = {each.name: fields for each in types if (fields := personal_fields(each.struct))}
        self._encode = msgspec.json.Encoder().encode

    def encode(self, event: Event) -> Fact:
        """Return the event in the form that is stored and hashed."""
        kind = self._by_struct[type(event)]
        return Fact(kind.name, kind.version, event.tags(), self._encode(event))

    def decode(self, name: str, version: int, data: bytes) -> Event:
        """Return the event in its newest form; UnknownEvent if name or version is not ours, or StillSealed."""
        kind = self._by_name.get(name)
        if kind is None or version > kind.version:
            raise UnknownEvent(f"{name} version {version}")
        if name in self._personal and _SEALED in data:
            self._refuse_sealed(name, data)
        if version == kind.version:
            return cast("Event", self._decoders[name].decode(data))
        return cast("Event", msgspec.convert(self._upcast(kind, version, data), kind.struct))

    def _refuse_sealed(self, name: str, data: bytes) -> None:
        plain: dict[str, Any] = msgspec.json.decode(data)
        for field in self._personal[name]:
            if str(plain.get(field)).startswith(SEALED):
                raise StillSealed(f"{name}: {field}")

    def _upcast(self, kind: EventType, version: int, data: bytes) -> dict[str, Any]:
        plain: dict[str, Any] = msgspec.json.decode(data)
        for older in range(version, kind.version):
            plain = self._upcasters[kind.name, older](plain)
        return plain
