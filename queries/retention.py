"""Whose process ended so long ago that nothing of them is kept any longer."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from projections.candidates import CANDIDATE

_OVERDUE: Final = f"""
    select candidate_id from {CANDIDATE.fullname}
    where status in ('rejected', 'withdrawn', 'hired') and ended_at < $1 order by ended_at, candidate_id"""  # noqa: S608  a name of ours


async def overdue(connection: asyncpg.Connection, before: datetime) -> list[UUID]:
    """List the candidates whose process ended before a moment, which is aware, and who were not erased yet."""
    return [row[0] for row in await connection.fetch(_OVERDUE, before)]
