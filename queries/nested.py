"""Lists inside a card: put together as JSON by the one select that reads the card."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Function, Text, cast, func
from sqlalchemy.dialects.postgresql import aggregate_order_by


def json_object(**fields: ColumnElement[Any]) -> Function[Any]:
    """Build an object."""
    return func.json_build_object(*(part for field in fields.items() for part in field))


def json_list(element: ColumnElement[Any], *order: ColumnElement[Any]) -> ColumnElement[str]:
    """Aggregate to the text of an array; empty where there is nothing."""
    return func.coalesce(cast(func.json_agg(aggregate_order_by(element, *order)), Text), "[]")
