"""Telling a database that is away from a query that is wrong."""

from __future__ import annotations

from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from daybook.database import UNREACHABLE

# All that a query through SQLAlchemy can raise, for whatever reason.
QUERY_ERRORS: Final = (DBAPIError, PoolTimeout, *UNREACHABLE)


def is_outage(error: Exception) -> bool:
    """Tell whether one of QUERY_ERRORS means that the database is away; SQLAlchemy wraps a driver's error twice."""
    if isinstance(error, DBAPIError):
        return error.orig is not None and isinstance(error.orig.__cause__, UNREACHABLE)
    return True
