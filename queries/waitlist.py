"""A waitlist in the order in which seats are offered, with what decides each place."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, DateTime, Text, Uuid, bindparam, case, cast, func, literal_column, select

from daybook.engine import Connection
from daybook.statements import Row
from projections.candidates import CANDIDATE
from projections.waitlists import OFFER, WAITING
from queries.named import Person, name_or_id
from queries.page import Listing, Moment, Number, Page, Paging, Position


class LiveOffer(msgspec.Struct, frozen=True):
    """A seat that is kept for who waits, until they answer or the time is over."""

    offer_id: UUID
    slot_id: UUID
    expires_at: datetime


class Waiting(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """One who waits for a seat that starts at `from` or later and before `to`; null leaves a side open.

    `rank` counts from 1. `behind_by` is what puts them behind the one before: a lower `priority`, a later `age` (by
    `joined_at`), or only their place in the `log`. `passed` are the slots that they let go. `skipped` is the code of
    the rule by which the seat that was offered last on this list went past them.
    """

    rank: int
    behind_by: Literal["priority", "age", "log"] | None
    candidate: Person
    priority: int
    joined_at: datetime
    joined_position: int
    from_: datetime | None
    to: datetime | None
    offer: LiveOffer | None
    passed: list[UUID]
    skipped: str | None


def _before(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.lag(column).over(partition_by=_LIST, order_by=_ORDER)


_LIST = (WAITING.c.city_id, WAITING.c.stage_id)
_ORDER = (WAITING.c.priority.desc(), WAITING.c.joined_at, WAITING.c.joined_position)
_ranked = (
    select(
        WAITING,
        (-WAITING.c.priority).label("precedence"),
        func.row_number().over(partition_by=_LIST, order_by=_ORDER).label("rank"),
        case(
            (_before(WAITING.c.priority) > WAITING.c.priority, "priority"),
            (_before(WAITING.c.joined_at) < WAITING.c.joined_at, "age"),
            (_before(WAITING.c.joined_position) < WAITING.c.joined_position, "log"),
        ).label("behind_by"),
    )
    .where(WAITING.c.status == literal_column("'waiting'"))
    .subquery("ranked")
)
_latest = OFFER.alias("latest")
_last = (
    select(_latest.c.skipped)
    .where(_latest.c.city_id == bindparam("city_id"), _latest.c.stage_id == bindparam("stage_id"))
    .order_by(_latest.c.offered_position.desc())
    .limit(1)
    .scalar_subquery()
)
_one = func.jsonb_array_elements(_last).table_valued("skipped").render_derived()
_skipped = (
    select(_one.c.skipped.op("->>", return_type=Text())("code"))
    .where(cast(_one.c.skipped.op("->>", return_type=Text())("candidate_id"), Uuid) == _ranked.c.candidate_id)
    .scalar_subquery()
)


_PASSED: Final = msgspec.json.Decoder(list[UUID])


def _item(row: Row) -> Waiting:
    return Waiting(
        rank=row.rank,
        behind_by=row.behind_by,
        candidate=Person(row.candidate_id, row.candidate_name),
        priority=row.priority,
        joined_at=row.joined_at,
        joined_position=row.joined_position,
        from_=row.starts_from,
        to=row.starts_before,
        offer=None if row.slot_id is None else LiveOffer(row.offer_id, row.slot_id, row.expires_at),
        passed=_PASSED.decode(row.passed),
        skipped=row.skipped,
    )


_WAITLIST = Listing(
    "waitlist",
    select=select(
        _ranked,
        name_or_id(CANDIDATE.c.name, _ranked.c.candidate_id).label("candidate_name"),
        OFFER.c.slot_id,
        OFFER.c.expires_at,
        _skipped.label("skipped"),
    ).select_from(
        _ranked.outerjoin(CANDIDATE, CANDIDATE.c.candidate_id == _ranked.c.candidate_id).outerjoin(
            OFFER,
            (OFFER.c.offer_id == _ranked.c.offer_id)
            & (OFFER.c.expires_at > bindparam("now", type_=DateTime(timezone=True))),
        )
    ),
    filters={
        "city_id": _ranked.c.city_id == bindparam("city_id"),
        "stage_id": _ranked.c.stage_id == bindparam("stage_id"),
    },
    order=(_ranked.c.precedence, _ranked.c.joined_at, _ranked.c.joined_position),
    keys=(Number, Moment, Position),
    key=lambda each: (-each.priority, each.joined_at, each.joined_position),
    item=_item,
)


async def waitlist(connection: Connection, city_id: str, stage_id: str, paging: Paging, now: datetime) -> Page[Waiting]:
    """List who waits, with the offers that are live at `now`, which is aware."""
    return await _WAITLIST.page(connection, {"city_id": city_id, "stage_id": stage_id}, paging, now=now)
