"""One candidate."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, literal_column, select, true

from daybook.engine import Connection
from events import tags
from events.candidate import CandidateStatus
from projections.candidates import CANDIDATE, RESULT, Held, Taken
from projections.directory import CITY, STAGE, TEST
from projections.topics import DIRECTORY
from projections.waitlists import WAITING
from queries.found import Found, soonest
from queries.named import Named, name_or_id
from queries.nested import json_list, json_object


class TestResult(msgspec.Struct, frozen=True):
    """The result of one test that counts: the one taken last that was not voided."""

    __test__ = False  # pytest would take the name for a test case

    test: Named
    score: int
    passed: bool
    taken_at: datetime
    valid_until: datetime


class VoidedResult(msgspec.Struct, frozen=True):
    """A result that does not count any more, and why."""

    test: Named
    score: int
    taken_at: datetime
    reason: str


class HeldSeat(msgspec.Struct, frozen=True):
    """A seat that is kept for the candidate until then; `offered` because they waited for one."""

    hold_id: UUID
    slot_id: UUID
    expires_at: datetime
    offered: bool


class Wait(msgspec.Struct, frozen=True):
    """A waitlist that the candidate is on."""

    city_id: str
    stage_id: str
    priority: int
    joined_at: datetime


class CandidateCard(msgspec.Struct, frozen=True):
    """A candidate, with personal data. `position` is the state it shows, for `If-Match`: bookings change it too.

    `reason` is why they are no longer active, `missed` how many interviews they missed; `holds` are live ones.
    """

    candidate_id: UUID
    name: str
    phone: str | None
    email: str | None
    telegram_id: str | None
    city: Named
    stage: Named
    in_stage_since: datetime
    status: CandidateStatus
    reason: str | None
    locale: str
    missed: int
    registered_at: datetime
    results: list[TestResult]
    voided: list[VoidedResult]
    holds: list[HeldSeat]
    waits: list[Wait]
    position: int


class _Tested(msgspec.Struct, frozen=True):
    """All results of one test."""

    test: Named
    history: list[Taken]


_TESTED: Final = msgspec.json.Decoder(list[_Tested])
_HELD: Final = msgspec.json.Decoder(dict[UUID, Held])
_WAITS: Final = msgspec.json.Decoder(list[Wait])

_tested = (
    select(
        json_list(
            json_object(
                test=json_object(id=RESULT.c.test_id, name=name_or_id(TEST.c.name, RESULT.c.test_id)),
                history=RESULT.c.history,
            ),
            RESULT.c.test_id,
        ).label("tested")
    )
    .select_from(RESULT.outerjoin(TEST, TEST.c.test_id == RESULT.c.test_id))
    .where(RESULT.c.candidate_id == CANDIDATE.c.candidate_id)
    .lateral("tested")
)
_waits = (
    select(
        json_list(
            json_object(
                city_id=WAITING.c.city_id,
                stage_id=WAITING.c.stage_id,
                priority=WAITING.c.priority,
                joined_at=WAITING.c.joined_at,
            ),
            WAITING.c.joined_position,
        ).label("waits")
    )
    .where(WAITING.c.candidate_id == CANDIDATE.c.candidate_id, WAITING.c.status == literal_column("'waiting'"))
    .lateral("waits")
)
_CARD = (
    select(
        CANDIDATE,
        name_or_id(CITY.c.name, CANDIDATE.c.city_id).label("city_name"),
        name_or_id(STAGE.c.name, CANDIDATE.c.stage_id).label("stage_name"),
        _tested.c.tested,
        _waits.c.waits,
    )
    .select_from(
        CANDIDATE.join(_tested, true())
        .join(_waits, true())
        .outerjoin(CITY, CITY.c.city_id == CANDIDATE.c.city_id)
        .outerjoin(STAGE, STAGE.c.stage_id == CANDIDATE.c.stage_id)
    )
    .where(CANDIDATE.c.candidate_id == bindparam("candidate_id"))
)


async def candidate_card(connection: Connection, candidate_id: UUID, now: datetime) -> Found[CandidateCard] | None:
    """Return a candidate, if they are known, with what they hold at `now`, which is aware."""
    row = await connection.fetchrow(_CARD, {"candidate_id": candidate_id})
    if row is None:
        return None
    tested = _TESTED.decode(row.tested)
    card = CandidateCard(
        candidate_id=row.candidate_id,
        name=row.name,
        phone=row.phone,
        email=row.email,
        telegram_id=row.telegram_id,
        city=Named(row.city_id, row.city_name),
        stage=Named(row.stage_id, row.stage_name),
        in_stage_since=row.in_stage_since,
        status=row.status,
        reason=row.reason,
        locale=row.locale,
        missed=row.missed,
        registered_at=row.registered_at,
        results=list(_counting(tested)),
        voided=[
            VoidedResult(each.test, taken.score, taken.taken_at, taken.voided)
            for each in tested
            for taken in each.history
            if taken.voided is not None
        ],
        holds=_live(row.holds, now),
        waits=_WAITS.decode(row.waits),
        position=row.changed_at_position,
    )
    topics = frozenset({tags.candidate(candidate_id), DIRECTORY})
    return Found(card, topics, soonest(hold.expires_at for hold in card.holds))


def _counting(tested: list[_Tested]) -> Iterable[TestResult]:
    for each in tested:
        standing = [taken for taken in each.history if taken.voided is None]
        if standing:
            last = standing[-1]
            yield TestResult(each.test, last.score, last.passed, last.taken_at, last.valid_until)


def _live(holds: str, now: datetime) -> list[HeldSeat]:
    live = [
        HeldSeat(key, each.slot_id, each.expires_at, each.offered)
        for key, each in _HELD.decode(holds).items()
        if each.expires_at > now
    ]
    return sorted(live, key=lambda each: (each.expires_at, each.hold_id))
