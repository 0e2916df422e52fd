"""Things that are shown by id and name. Where the directory does not know a name yet, the id stands for it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Text, cast, func


class Named(msgspec.Struct, frozen=True):
    """A city, a stage or a test."""

    id: str
    name: str


class Person(msgspec.Struct, frozen=True):
    """A recruiter or a candidate."""

    id: UUID
    name: str


def name_or_id(name: ColumnElement[Any], key: ColumnElement[Any]) -> ColumnElement[str]:
    """Select the name that was joined to an id."""
    return func.coalesce(name, cast(key, Text))
