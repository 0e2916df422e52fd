"""The generation of the read models: a new one says that rows have changed that no event has changed.

A build has taken the place of another, or what was parked was tried again. Whoever keeps answers forgets them then. Its
number is above every position that the log had by then: see migrations/sql/generations.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import asyncpg

from projections.projection import Projection

CHANNEL: Final = "daybook_generations"
"""Where the number of a generation is told as soon as it has begun."""

_BEGIN: Final = "select projections.begin_generation()"


async def begin(connection: asyncpg.Connection, changed: Iterable[Projection]) -> None:
    """Begin a new one, if queries ask any of the read models whose rows have changed.

    Last of all in the transaction of the caller: it begins when that is committed.
    """
    if any(each.asked for each in changed):
        await connection.execute(_BEGIN)
