"""Waitlists: who waits for a seat in a city and stage, what they were offered, and what became of it.

Seats are offered in the order of `events.waitlist`: by priority, then by age, then by the place in the log.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal, assert_never, get_args
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from events.log import Told
from events.offer import OfferAccepted, OfferDeclined, OfferExpired, SeatOffered, Skipped
from events.waitlist import WaitlistEvent, WaitlistJoined, WaitlistLeft
from projections.projection import Projection, changed_at_position, layout, metadata
from projections.rows import Key, Rows

NAME: Final = "waitlists"
VERSION: Final = 1

METADATA = metadata(NAME, VERSION)

_WAITING = text("status = 'waiting'")

WAITING = Table(
    "waiting",
    METADATA,
    Column("city_id", Text, primary_key=True),
    Column("stage_id", Text, primary_key=True),
    Column("candidate_id", Uuid, primary_key=True),
    Column("status", Text, nullable=False, comment="waiting or left"),
    Column("reason", Text, comment="Why they left: by-candidate, booked, stage-left, candidate-left or offer-accepted"),
    Column("starts_from", DateTime(timezone=True), comment="They want a seat that starts then or later; null: any"),
    Column("starts_before", DateTime(timezone=True), comment="They want a seat that starts before; null: any"),
    Column("priority", Integer, nullable=False, comment="The highest goes first"),
    Column("joined_at", DateTime(timezone=True), nullable=False, comment="Of one priority the oldest goes first"),
    Column("joined_position", BigInteger, nullable=False, comment="Of one age the first in the log goes first"),
    Column("offer_id", Uuid, comment="The seat they have to answer for"),
    Column("passed", JSONB, nullable=False, comment="Array of the ids of the slots that they let go"),
    changed_at_position(),
    Index("waiting_by_place", "city_id", "stage_id", postgresql_where=_WAITING),
    Index("waiting_by_candidate", "candidate_id", postgresql_where=_WAITING),
    comment="Who waits for a seat, and who did",
    postgresql_with={"fillfactor": 80},
)

OFFER = Table(
    "offer",
    METADATA,
    Column("offer_id", Uuid, primary_key=True, comment="The id of the hold that keeps the seat"),
    Column("candidate_id", Uuid, nullable=False),
    Column("slot_id", Uuid, nullable=False),
    Column("city_id", Text, nullable=False),
    Column("stage_id", Text, nullable=False),
    Column("rank", Integer, nullable=False, comment="Place in the order when it was made, from 1"),
    Column("skipped", JSONB, nullable=False, comment="Who stood before them: [{candidate_id, code of the rule}]"),
    Column("offered_at", DateTime(timezone=True), nullable=False),
    Column("offered_position", BigInteger, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("status", Text, nullable=False, comment="open (until expires_at), accepted, declined or expired"),
    Column("reason", Text, comment="Why it expired: timed-out, slot-cancelled or candidate-left"),
    changed_at_position(),
    Index("offer_by_place", "city_id", "stage_id", "offered_position"),
    comment="Seats offered to those who wait",
    postgresql_with={"fillfactor": 80},
)


class WaitingRow(msgspec.Struct, frozen=True, gc=False):
    """A row of `waiting`."""

    city_id: str
    stage_id: str
    candidate_id: UUID
    status: Literal["waiting", "left"]
    reason: str | None
    starts_from: datetime | None
    starts_before: datetime | None
    priority: int
    joined_at: datetime
    joined_position: int
    offer_id: UUID | None
    passed: tuple[UUID, ...]
    changed_at_position: int


class OfferRow(msgspec.Struct, frozen=True, gc=False):
    """A row of `offer`."""

    offer_id: UUID
    candidate_id: UUID
    slot_id: UUID
    city_id: str
    stage_id: str
    rank: int
    skipped: tuple[Skipped, ...]
    offered_at: datetime
    offered_position: int
    expires_at: datetime
    status: Literal["open", "accepted", "declined", "expired"]
    reason: str | None
    changed_at_position: int


Place = tuple[str, str, UUID]


def keys(event: WaitlistEvent) -> tuple[Place]:
    """Name the place: whose, in which city and stage."""
    where = event.slot if isinstance(event, SeatOffered) else event
    return ((where.city_id, where.stage_id, event.candidate_id),)


def reads(event: WaitlistEvent, place: Place) -> tuple[Key, ...]:
    """Who waits, also those who join: they may wait already; and the offer, unless it is made just now."""
    waiting = Key(WaitingRow, place)
    if isinstance(event, OfferAccepted | OfferDeclined | OfferExpired):
        return waiting, Key(OfferRow, event.hold_id)
    return (waiting,)


def project(event: WaitlistEvent, place: Place, recorded: Told, rows: Rows) -> None:
    """Join, leave, offer, answer."""
    at = recorded.position
    match event:
        case WaitlistJoined():
            rows.put(_joined(rows.find(WaitingRow, place), event, at))
        case WaitlistLeft():
            rows.put(_left(rows.get(WaitingRow, place), event.reason, at))
        case SeatOffered():
            waiting = rows.get(WaitingRow, place)
            rows.put(msgspec.structs.replace(waiting, offer_id=event.hold_id, changed_at_position=at))
            rows.put(_offered(event, recorded))
        case OfferAccepted():
            rows.put(_left(rows.get(WaitingRow, place), "offer-accepted", at))
            rows.put(_answered(rows.get(OfferRow, event.hold_id), at, status="accepted"))
        case OfferDeclined():
            rows.put(_passed(rows.get(WaitingRow, place), event.slot_id, at))
            rows.put(_answered(rows.get(OfferRow, event.hold_id), at, status="declined"))
        case OfferExpired():
            rows.put(_passed(rows.get(WaitingRow, place), event.slot_id, at))
            rows.put(_answered(rows.get(OfferRow, event.hold_id), at, status="expired", reason=event.reason))
        case _:
            assert_never(event)


def _joined(known: WaitingRow | None, event: WaitlistJoined, at: int) -> WaitingRow:
    """Who waits already keeps their age and their place."""
    if known is not None and known.status == "waiting":
        return msgspec.structs.replace(
            known,
            starts_from=event.from_,
            starts_before=event.to,
            priority=event.priority,
            changed_at_position=at,
        )
    return WaitingRow(
        city_id=event.city_id,
        stage_id=event.stage_id,
        candidate_id=event.candidate_id,
        status="waiting",
        reason=None,
        starts_from=event.from_,
        starts_before=event.to,
        priority=event.priority,
        joined_at=event.joined_at,
        joined_position=at,
        offer_id=None,
        passed=(),
        changed_at_position=at,
    )


def _left(waiting: WaitingRow, reason: str, at: int) -> WaitingRow:
    return msgspec.structs.replace(waiting, status="left", reason=reason, offer_id=None, changed_at_position=at)


def _passed(waiting: WaitingRow, slot_id: UUID, at: int) -> WaitingRow:
    passed = waiting.passed if slot_id in waiting.passed else (*waiting.passed, slot_id)
    return msgspec.structs.replace(waiting, offer_id=None, passed=passed, changed_at_position=at)


def _offered(event: SeatOffered, recorded: Told) -> OfferRow:
    return OfferRow(
        offer_id=event.hold_id,
        candidate_id=event.candidate_id,
        slot_id=event.slot.slot_id,
        city_id=event.slot.city_id,
        stage_id=event.slot.stage_id,
        rank=event.rank,
        skipped=event.skipped,
        offered_at=recorded.decided_at,
        offered_position=recorded.position,
        expires_at=event.expires_at,
        status="open",
        reason=None,
        changed_at_position=recorded.position,
    )


def _answered(offer: OfferRow, at: int, **changes: object) -> OfferRow:
    return msgspec.structs.replace(offer, **changes, changed_at_position=at)


WAITLISTS = Projection(
    NAME,
    VERSION,
    METADATA,
    (layout(WaitingRow, WAITING), layout(OfferRow, OFFER)),
    get_args(WaitlistEvent),
    keys,
    reads,
    project,
)
