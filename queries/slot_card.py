"""One slot."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select

from daybook.engine import Connection
from events import tags
from projections.directory import CITY, RECRUITER, STAGE
from projections.slots import SLOT, SlotStatus
from projections.topics import DIRECTORY
from queries.found import Found
from queries.named import Named, Person, name_or_id
from queries.seats import first_expiry, seats


class SlotCard(msgspec.Struct, frozen=True):
    """A slot and its seats. `position` is the state it shows, for `If-Match`.

    `seats_left` is neither booked nor `held` for somebody; without one the slot is full, until a hold ends. `reason` is
    why it is closed, or was cancelled. A slot of a series says which occurrence it is.
    """

    slot_id: UUID
    city: Named
    stage: Named
    recruiter: Person
    starts_at: datetime
    ends_at: datetime
    zone: str
    local_start: str
    location: str | None
    capacity: int
    booked: int
    held: int
    seats_left: int
    status: SlotStatus
    reason: str | None
    policy_version: int
    series_id: UUID | None
    occurrence: str | None
    position: int


_CARD = (
    select(
        SLOT,
        *seats,
        first_expiry.label("first_expiry"),
        name_or_id(CITY.c.name, SLOT.c.city_id).label("city_name"),
        name_or_id(STAGE.c.name, SLOT.c.stage_id).label("stage_name"),
        name_or_id(RECRUITER.c.name, SLOT.c.recruiter_id).label("recruiter_name"),
    )
    .select_from(
        SLOT.outerjoin(CITY, CITY.c.city_id == SLOT.c.city_id)
        .outerjoin(STAGE, STAGE.c.stage_id == SLOT.c.stage_id)
        .outerjoin(RECRUITER, RECRUITER.c.recruiter_id == SLOT.c.recruiter_id)
    )
    .where(SLOT.c.slot_id == bindparam("slot_id"))
)


async def slot_card(connection: Connection, slot_id: UUID, now: datetime) -> Found[SlotCard] | None:
    """Return a slot, if it is known, with its seats at `now`, which is aware."""
    row = await connection.fetchrow(_CARD, {"slot_id": slot_id, "now": now})
    if row is None:
        return None
    card = SlotCard(
        slot_id=row.slot_id,
        city=Named(row.city_id, row.city_name),
        stage=Named(row.stage_id, row.stage_name),
        recruiter=Person(row.recruiter_id, row.recruiter_name),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        zone=row.zone,
        local_start=row.local_start.isoformat(),
        location=row.location,
        capacity=row.capacity,
        booked=row.booked,
        held=row.held,
        seats_left=row.seats_left,
        status=row.status_now,
        reason=row.reason,
        policy_version=row.policy_version,
        series_id=row.series_id,
        occurrence=row.occurrence,
        position=row.changed_at_position,
    )
    return Found(card, frozenset({tags.slot(slot_id), DIRECTORY}), row.first_expiry)
