"""What to offer instead of what was refused: up to three other open slots, looked up once for a batch of refusals."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import structlog

from api.outages import QUERY_ERRORS
from api.services import Clock
from commands.advising import Advise
from commands.batch import Refused
from commands.book_slot import BookSlot
from commands.hold_slot import HoldSlot
from commands.refusals import CandidateBusy
from commands.reschedule_booking import RescheduleBooking
from daybook.engine import Engine
from queries.alternatives import NearbySlot, nearby_slots

MOST: Final = 3
PATIENCE_SECONDS: Final = 0.25

_log = structlog.get_logger(__name__)


def advise_from(engine: Engine, clock: Clock) -> Advise:
    """Look alternatives up in the read models; where those do not answer in time, there are none."""

    async def advise(refused: Collection[Refused]) -> Mapping[UUID, Sequence[Any]]:
        wanted = {each.request.command_id: slot_id for each in refused if (slot_id := _wanted(each))}
        if not wanted:
            return {}
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), engine.connect() as connection:
                nearby = await nearby_slots(connection, set(wanted.values()), clock())
        except (TimeoutError, *QUERY_ERRORS) as error:
            _log.warning("no alternatives", error=type(error).__name__)
            return {}
        by_id = {each.request.command_id: each for each in refused}
        return {
            command_id: _suitable(by_id[command_id], nearby.get(slot_id, [])) for command_id, slot_id in wanted.items()
        }

    return advise


def _wanted(refused: Refused) -> UUID | None:
    """Name the slot that another one could stand in for."""
    if not refused.refusal.elsewhere:
        return None
    match refused.request.command:
        case BookSlot(slot_id=slot_id) | HoldSlot(slot_id=slot_id) | RescheduleBooking(to_slot_id=slot_id):
            return slot_id
        case _:
            return None


def _suitable(refused: Refused, nearby: Sequence[NearbySlot]) -> list[NearbySlot]:
    """Who has another interview then is not helped by a slot beside it at the same time."""
    match refused.refusal:
        case CandidateBusy(starts_at=starts_at, ends_at=ends_at):
            free = [slot for slot in nearby if slot.ends_at <= starts_at or ends_at <= slot.starts_at]
            return free[:MOST]
        case _:
            return list(nearby[:MOST])
