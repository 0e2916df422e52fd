"""One recruiter."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, func, select, true

from daybook.engine import Connection
from projections.directory import CITY, RECRUITER
from projections.topics import DIRECTORY
from queries.absences import Absence, absences_between
from queries.found import Found, soonest
from queries.named import Named, name_or_id
from queries.nested import json_list, json_object


class RecruiterCard(msgspec.Struct, frozen=True):
    """A recruiter. `position` is the state it shows, for `If-Match`.

    `time_zone` is the clock that their days and weeks go by; `absences` are those that are not over.
    """

    recruiter_id: UUID
    name: str
    cities: list[Named]
    min_gap_minutes: int
    daily_limit: int | None
    weekly_limit: int | None
    time_zone: str
    active: bool
    absences: list[Absence]
    position: int


_CITIES: Final = msgspec.json.Decoder(list[Named])

_listed = func.jsonb_array_elements_text(RECRUITER.c.city_ids).table_valued("id").render_derived().lateral("listed")
_cities = (
    select(
        json_list(json_object(id=_listed.c.id, name=name_or_id(CITY.c.name, _listed.c.id)), _listed.c.id).label(
            "cities"
        )
    )
    .select_from(_listed.outerjoin(CITY, CITY.c.city_id == _listed.c.id))
    .lateral("cities")
)
_CARD = (
    select(RECRUITER, _cities.c.cities)
    .select_from(RECRUITER.join(_cities, true()))
    .where(RECRUITER.c.recruiter_id == bindparam("recruiter_id"))
)


async def recruiter_card(connection: Connection, recruiter_id: UUID, now: datetime) -> Found[RecruiterCard] | None:
    """Return a recruiter, if they are known; `now` is aware."""
    row = await connection.fetchrow(_CARD, {"recruiter_id": recruiter_id})
    if row is None:
        return None
    card = RecruiterCard(
        recruiter_id=row.recruiter_id,
        name=row.name,
        cities=_CITIES.decode(row.cities),
        min_gap_minutes=row.min_gap_minutes,
        daily_limit=row.daily_limit,
        weekly_limit=row.weekly_limit,
        time_zone=row.time_zone,
        active=row.active,
        absences=await absences_between(connection, recruiter_id, now, None),
        position=row.changed_at_position,
    )
    return Found(card, frozenset({DIRECTORY}), soonest(absence.to for absence in card.absences))
