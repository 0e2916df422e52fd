"""Telling a database that is away from a query that is wrong."""

from __future__ import annotations

from typing import Final

import asyncpg

from daybook.database import UNREACHABLE

# All that a query can raise, for whatever reason.
QUERY_ERRORS: Final = (asyncpg.PostgresError, *UNREACHABLE)


def is_outage(error: Exception) -> bool:
    """Tell whether one of QUERY_ERRORS means that the database is away."""
    return isinstance(error, UNREACHABLE)
