"""What a file gives: rows to publish and rows refused, each knowing its place in the file."""

from collections.abc import Iterable
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from events.city import Slug
from events.local_time import MalformedTime, resolve

Text = Annotated[str, Meta(min_length=1, max_length=10_000)]
Count = Annotated[int, Meta(ge=1)]


class UnreadableFile(Exception):
    """The file as a whole cannot be read, so nothing of it is published; says where and why."""


class SlotToPublish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of one `publish-slot` command; what is left out the service works out."""

    recruiter_id: UUID
    city_id: Slug
    stage_id: Slug
    starts_at: Text
    slot_id: UUID | UnsetType = UNSET
    fold: Literal[0, 1] | UnsetType = UNSET
    duration_minutes: Count | UnsetType = UNSET
    capacity: Count | UnsetType = UNSET
    location: Text | UnsetType = UNSET


class Place(msgspec.Struct, frozen=True):
    """Where a row stands: its first line, and in a calendar the event's UID and the occurrence's local start."""

    line: int
    uid: str | None = None
    occurrence: str | None = None

    def __str__(self) -> str:
        uid = f", UID {self.uid}" if self.uid else ""
        occurrence = f", {self.occurrence}" if self.occurrence else ""
        return f"line {self.line}{uid}{occurrence}"


class Row(msgspec.Struct, frozen=True):
    """A slot read from a file and ready to be sent."""

    place: Place
    slot: SlotToPublish


class RefusedRow(msgspec.Struct, frozen=True):
    """A row that did not get in: a stable code, the reason in words, and the facts behind it."""

    place: Place
    code: str
    reason: str
    facts: dict[str, object] = {}


def ready_rows(rows: Iterable[Row | RefusedRow]) -> list[Row]:
    """The rows that can be sent."""
    return [row for row in rows if isinstance(row, Row)]


def refused_rows(rows: Iterable[Row | RefusedRow]) -> list[RefusedRow]:
    """The rows that cannot be sent."""
    return [row for row in rows if isinstance(row, RefusedRow)]


def read_row(place: Place, fields: dict[str, str]) -> Row | RefusedRow:
    """Check the fields of one row; numbers come as text, empty fields were left out by the caller."""
    try:
        slot = msgspec.convert(fields, SlotToPublish, strict=False)
        # The city's zone is known to the service alone. In UTC every wall time exists, so only the form is judged here.
        resolve(slot.starts_at, "Etc/UTC")
    except (msgspec.ValidationError, MalformedTime) as error:
        return RefusedRow(place, "malformed-row", str(error))
    return Row(place, slot)
