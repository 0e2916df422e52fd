"""Things that are shown by id and name. Where the directory does not know a name yet, the id stands for it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Table, Text, cast, func, select


class Named(msgspec.Struct, frozen=True):
    """A city, a stage or a test."""

    id: str
    name: str


class Person(msgspec.Struct, frozen=True):
    """A recruiter or a candidate."""

    id: UUID
    name: str


def name_of(id_: ColumnElement[Any], table: Table) -> ColumnElement[str]:
    """Select the name under which a table knows an id: looked up for each row of a page.

    For a join PostgreSQL reads the table as a whole where that seems cheap, which it is not a thousand times a second.
    """
    (key,) = table.primary_key.columns
    return name_or_id(select(table.c.name).where(key == id_).scalar_subquery(), id_)


def name_or_id(name: ColumnElement[Any], key: ColumnElement[Any]) -> ColumnElement[str]:
    """Select the name that was joined to an id."""
    return func.coalesce(name, cast(key, Text))
