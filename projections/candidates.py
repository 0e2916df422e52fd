"""Candidates: who they are, how to reach them, where they stand, what they hold, and the test results that count.

Name and contact are personal data. They stand here in the clear, and in no other read model; of who was erased they are
overwritten. Every event
under a candidate's tag moves `changed_at_position`: it is what `If-Match` is compared with.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, assert_never, get_args
from uuid import UUID

import msgspec
from sqlalchemy import Boolean, Column, DateTime, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from events.booking import (
    AttendanceAnswered,
    BookingApproved,
    BookingAttended,
    BookingCancelled,
    BookingDeclined,
    BookingMissed,
    BookingReanchored,
    BookingRescheduled,
    OutcomeCorrected,
    SlotBooked,
)
from events.candidate import (
    CandidateAdvanced,
    CandidateErased,
    CandidateEvent,
    CandidateHired,
    CandidateRegistered,
    CandidateRejected,
    CandidateStatus,
    CandidateTested,
    CandidateWithdrew,
    ChatLinked,
    ContactChanged,
    TestResultVoided,
)
from events.hold import HoldExpired, HoldReleased, SlotHeld
from events.log import Told
from events.offer import OfferAccepted, OfferDeclined, OfferExpired, SeatOffered
from events.personal import REDACTED
from events.waitlist import WaitlistJoined, WaitlistLeft
from projections.projection import Projection, changed_at_position, layout, metadata
from projections.rows import Key, Rows
from projections.searching import by_parts, phone_digits, search_name

NAME: Final = "candidates"
VERSION: Final = 4

METADATA = metadata(NAME, VERSION)

CANDIDATE = Table(
    "candidate",
    METADATA,
    Column("candidate_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, comment="Personal"),
    Column("phone", Text, comment="Personal"),
    Column("email", Text, comment="Personal"),
    Column("telegram_id", Text, comment="Personal. The chat in which the bot talks with them"),
    Column("city_id", Text, nullable=False),
    Column("stage_id", Text, nullable=False),
    Column("in_stage_since", DateTime(timezone=True), nullable=False),
    Column("status", Text, nullable=False, comment="active, rejected, withdrawn, hired or erased"),
    Column("reason", Text, comment="Why they are no longer active; not kept of who was erased"),
    Column("ended_at", DateTime(timezone=True), comment="When they were rejected, withdrew or were hired"),
    Column("locale", Text, nullable=False),
    Column("missed", Integer, nullable=False, comment="Interviews that they missed"),
    Column("holds", JSONB, nullable=False, comment="{hold id: {slot_id, expires_at, offered}}, expired ones included"),
    Column("registered_at", DateTime(timezone=True), nullable=False),
    Column("search_name", Text, nullable=False, comment="Personal. The words of the name as they are sought"),
    Column("phone_digits", Text, comment="Personal. The phone number as it is sought"),
    changed_at_position(),
    by_parts("candidate_by_part_of_name", "search_name"),
    by_parts("candidate_by_part_of_phone", "phone_digits"),
    Index("candidate_by_wait", "in_stage_since", "candidate_id"),
    Index("candidate_by_stage", "stage_id", "in_stage_since", "candidate_id"),
    Index("candidate_by_place", "city_id", "stage_id", "in_stage_since", "candidate_id"),
    Index("candidate_by_standing", "city_id", "stage_id", "status"),
    comment="People who book interviews",
    postgresql_with={"fillfactor": 80},
)

RESULT = Table(
    "result",
    METADATA,
    Column("candidate_id", Uuid, primary_key=True),
    Column("test_id", Text, primary_key=True),
    Column("score", Integer, comment="Null, as the rest, where every result was voided"),
    Column("passed", Boolean),
    Column("taken_at", DateTime(timezone=True)),
    Column("valid_until", DateTime(timezone=True), comment="Until when a pass counts"),
    Column("scorer", Text, comment="Who recorded it"),
    Column("history", JSONB, nullable=False, comment="All results as they were taken, voided ones with the reason"),
    changed_at_position(),
    comment="The result that counts for each test: the one taken last that was not voided",
)


class Held(msgspec.Struct, frozen=True, gc=False):
    """A seat that is kept for a candidate; `offered` because they waited for one."""

    slot_id: UUID
    expires_at: datetime
    offered: bool


class Taken(msgspec.Struct, frozen=True, gc=False):
    """One result of one test; `voided` is the reason why it does not count any more."""

    score: int
    passed: bool
    taken_at: datetime
    valid_until: datetime
    scorer: str
    voided: str | None = None


class CandidateRow(msgspec.Struct, frozen=True, gc=False):
    """A row of `candidate`."""

    candidate_id: UUID
    name: str
    phone: str | None
    email: str | None
    telegram_id: str | None
    city_id: str
    stage_id: str
    in_stage_since: datetime
    status: CandidateStatus
    reason: str | None
    ended_at: datetime | None
    locale: str
    missed: int
    holds: dict[UUID, Held]
    registered_at: datetime
    search_name: str
    phone_digits: str | None
    changed_at_position: int


class ResultRow(msgspec.Struct, frozen=True, gc=False):
    """A row of `result`."""

    candidate_id: UUID
    test_id: str
    score: int | None
    passed: bool | None
    taken_at: datetime | None
    valid_until: datetime | None
    scorer: str | None
    history: tuple[Taken, ...]
    changed_at_position: int


def keys(event: CandidateEvent) -> tuple[UUID, ...]:
    """Name the candidate."""
    return (event.candidate_id,)


def reads(event: CandidateEvent, candidate_id: UUID) -> tuple[Key, ...]:
    """Every later event changes a candidate who is there; a result stands among those of its test."""
    match event:
        case CandidateRegistered():
            return ()
        case CandidateTested() | TestResultVoided():
            return Key(CandidateRow, candidate_id), Key(ResultRow, (candidate_id, event.test_id))
        case _:
            return (Key(CandidateRow, candidate_id),)


def project(event: CandidateEvent, candidate_id: UUID, recorded: Told, rows: Rows) -> None:
    """Register, reach, move between stages, note results, holds and misses."""
    at = recorded.position
    if isinstance(event, CandidateRegistered):
        rows.put(_registered(event, recorded))
        return
    if isinstance(event, CandidateTested | TestResultVoided):
        known = rows.find(ResultRow, (candidate_id, event.test_id))
        rows.put(_result(event, known.history if known else (), at))
    candidate = rows.get(CandidateRow, candidate_id)
    change = _change(candidate, event, recorded)
    rows.put(msgspec.structs.replace(candidate, **change, changed_at_position=at))


def _change(candidate: CandidateRow, event: CandidateEvent, recorded: Told) -> dict[str, object]:
    """Name the columns that an event changes, with their new values; most change none of these."""
    match event:
        case ContactChanged():
            return _contact(event)
        case ChatLinked():
            return {"telegram_id": event.telegram_id}
        case CandidateAdvanced():
            return {"stage_id": event.to, "in_stage_since": recorded.decided_at}
        case CandidateRejected():
            return {"status": "rejected", "reason": event.reason, "ended_at": recorded.decided_at}
        case CandidateWithdrew():
            return {"status": "withdrawn", "reason": event.reason, "ended_at": recorded.decided_at}
        case CandidateHired():
            return {"status": "hired", "reason": event.reason, "ended_at": recorded.decided_at}
        case CandidateErased():
            return SCRUBBED
        case SlotHeld() | SeatOffered():
            held = Held(event.slot.slot_id, event.expires_at, isinstance(event, SeatOffered))
            return {"holds": {**candidate.holds, event.hold_id: held}}
        case HoldReleased() | HoldExpired() | OfferDeclined() | OfferExpired() | SlotBooked() | BookingRescheduled():
            return {"holds": {key: held for key, held in candidate.holds.items() if key != event.hold_id}}
        case BookingMissed(party="candidate"):
            return {"missed": candidate.missed + 1}
        case OutcomeCorrected():
            change = (event.to == "candidate-missed") - (event.from_ == "candidate-missed")
            return {"missed": candidate.missed + change}
        case (
            CandidateRegistered()  # a row of its own
            | CandidateTested()
            | TestResultVoided()
            | BookingMissed()
            | BookingCancelled()
            | BookingApproved()
            | BookingDeclined()
            | AttendanceAnswered()
            | BookingAttended()
            | BookingReanchored()
            | WaitlistJoined()
            | WaitlistLeft()
            | OfferAccepted()
        ):
            return {}
        case _:
            assert_never(event)


def _registered(event: CandidateRegistered, recorded: Told) -> CandidateRow:
    return CandidateRow(
        candidate_id=event.candidate_id,
        name=event.name,
        phone=event.phone,
        email=event.email,
        telegram_id=event.telegram_id,
        city_id=event.city_id,
        stage_id=event.stage_id,
        in_stage_since=recorded.decided_at,
        status="active",
        reason=None,
        ended_at=None,
        locale=event.locale,
        missed=0,
        holds={},
        registered_at=recorded.decided_at,
        search_name=search_name(event.name),
        phone_digits=phone_digits(event.phone),
        changed_at_position=recorded.position,
    )


# The same whether the person's key was still there when the events before it were read, or not.
SCRUBBED: Final[dict[str, object]] = {
    "name": REDACTED,
    "phone": None,
    "email": None,
    "telegram_id": None,
    "search_name": "",
    "phone_digits": None,
    "status": "erased",
    "reason": None,
}


def _contact(event: ContactChanged) -> dict[str, object]:
    """What is sought changes with what is shown."""
    given = {name: getattr(event, name) for name in ("name", "phone", "email", "locale")}
    changed = {name: value for name, value in given.items() if value is not msgspec.UNSET}
    if "name" in changed:
        changed["search_name"] = search_name(changed["name"])
    if "phone" in changed:
        changed["phone_digits"] = phone_digits(changed["phone"])
    return changed


def _result(event: CandidateTested | TestResultVoided, known: tuple[Taken, ...], at: int) -> ResultRow:
    history = _voided(known, event) if isinstance(event, TestResultVoided) else _with(known, event)
    standing = [taken for taken in history if taken.voided is None]
    counts = standing[-1] if standing else None
    return ResultRow(
        candidate_id=event.candidate_id,
        test_id=event.test_id,
        score=counts.score if counts else None,
        passed=counts.passed if counts else None,
        taken_at=counts.taken_at if counts else None,
        valid_until=counts.valid_until if counts else None,
        scorer=counts.scorer if counts else None,
        history=history,
        changed_at_position=at,
    )


def _with(known: tuple[Taken, ...], event: CandidateTested) -> tuple[Taken, ...]:
    """Results stand in the order in which they were taken, not recorded."""
    taken = Taken(event.score, event.passed, event.taken_at, event.valid_until, event.scorer)
    return tuple(sorted((*known, taken), key=lambda each: each.taken_at)) if known else (taken,)


def _voided(known: tuple[Taken, ...], event: TestResultVoided) -> tuple[Taken, ...]:
    """Of several taken in one instant the one recorded last is voided."""
    standing = [n for n, taken in enumerate(known) if taken.taken_at == event.taken_at and taken.voided is None]
    voided = msgspec.structs.replace(known[standing[-1]], voided=event.reason)
    return (*known[: standing[-1]], voided, *known[standing[-1] + 1 :])


CANDIDATES = Projection(
    NAME,
    VERSION,
    METADATA,
    (layout(CandidateRow, CANDIDATE), layout(ResultRow, RESULT)),
    get_args(CandidateEvent),
    keys,
    reads,
    project,
    overtaking=(CandidateErased,),
)
