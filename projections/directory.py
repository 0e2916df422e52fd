"""The directory: cities, recruiters and their absences, stages and tests. A stage or test shows its newest version."""

from __future__ import annotations

from datetime import datetime
from typing import Final, assert_never, get_args
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from events import tags
from events.city import CityChanged, CityOpened, QuietHours
from events.log import Told
from events.recruiter import AbsenceRecorded, RecruiterChanged, RecruiterDeactivated, RecruiterRegistered
from events.stage import Policy, StageDefined
from events.test import TestDefined
from projections.projection import Projection, changed_at_position, layout, metadata
from projections.rows import Key, Rows
from projections.searching import search_name

NAME: Final = "directory"
VERSION: Final = 3

METADATA = metadata(NAME, VERSION)

CITY = Table(
    "city",
    METADATA,
    Column("city_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("time_zone", Text, nullable=False, comment="IANA name"),
    Column("locale", Text, nullable=False),
    Column("quiet_hours", JSONB, comment="{from, to}, local clock times; null: none"),
    changed_at_position(),
    comment="Where interviews are held",
)

RECRUITER = Table(
    "recruiter",
    METADATA,
    Column("recruiter_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("city_ids", JSONB, nullable=False, comment="Array of the ids of the cities they hold interviews in"),
    Column("min_gap_minutes", Integer, nullable=False, comment="Stays free after each interview"),
    Column("daily_limit", Integer, comment="Interviews a local day; null: no limit"),
    Column("weekly_limit", Integer, comment="Interviews a local week; null: no limit"),
    Column("time_zone", Text, nullable=False, comment="IANA name; the clock of the limits"),
    Column("active", Boolean, nullable=False, comment="False once deactivated"),
    Column("search_name", Text, nullable=False, comment="The words of the name as they are sought"),
    changed_at_position(),
    Index("recruiter_by_name", "name", "recruiter_id"),
    comment="Who holds interviews",
)

ABSENCE = Table(
    "absence",
    METADATA,
    Column("recorded_position", BigInteger, primary_key=True, comment="Log position at which it was recorded"),
    Column("recruiter_id", Uuid, nullable=False),
    Column("absent_from", DateTime(timezone=True), nullable=False),
    Column("absent_to", DateTime(timezone=True), nullable=False),
    Column("reason", Text),
    changed_at_position(),
    Index("absence_by_recruiter", "recruiter_id", "absent_to"),
    comment="When recruiters are away",
)

STAGE = Table(
    "stage",
    METADATA,
    Column("stage_id", Text, primary_key=True),
    Column("version", Integer, nullable=False, comment="Of the newest definition, the first is 1"),
    Column("name", Text, nullable=False),
    Column("order", Integer, nullable=False, comment="Where it stands among the stages"),
    Column("duration_minutes", Integer, nullable=False),
    Column("required_tests", JSONB, nullable=False, comment="Array of the ids of tests to be passed before booking"),
    Column("policy", JSONB, nullable=False, comment="When and how often a candidate may book, cancel and reschedule"),
    changed_at_position(),
    comment="Templates of an interview, newest versions",
)

TEST = Table(
    "test",
    METADATA,
    Column("test_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("max_score", Integer, nullable=False),
    Column("pass_score", Integer, nullable=False),
    Column("valid_days", Integer, nullable=False, comment="How long a pass counts"),
    changed_at_position(),
    comment="What candidates are tested in",
)


class CityRow(msgspec.Struct, frozen=True, gc=False):
    """A row of `city`."""

    city_id: str
    name: str
    time_zone: str
    locale: str
    quiet_hours: QuietHours | None
    changed_at_position: int


class RecruiterRow(msgspec.Struct, frozen=True, gc=False):
    """A row of `recruiter`."""

    recruiter_id: UUID
    name: str
    city_ids: tuple[str, ...]
    min_gap_minutes: int
    daily_limit: int | None
    weekly_limit: int | None
    time_zone: str
    active: bool
    search_name: str
    changed_at_position: int


class AbsenceRow(msgspec.Struct, frozen=True, gc=False):
    """A row of `absence`."""

    recorded_position: int
    recruiter_id: UUID
    absent_from: datetime
    absent_to: datetime
    reason: str | None
    changed_at_position: int


class StageRow(msgspec.Struct, frozen=True, gc=False):
    """A row of `stage`."""

    stage_id: str
    version: int
    name: str
    order: int
    duration_minutes: int
    required_tests: tuple[str, ...]
    policy: Policy
    changed_at_position: int


class TestRow(msgspec.Struct, frozen=True, gc=False):
    """A row of `test`."""

    __test__ = False  # pytest would take the name for a test case

    test_id: str
    name: str
    max_score: int
    pass_score: int
    valid_days: int
    changed_at_position: int


DirectoryEvent = (
    CityOpened
    | CityChanged
    | RecruiterRegistered
    | RecruiterChanged
    | RecruiterDeactivated
    | AbsenceRecorded
    | StageDefined
    | TestDefined
)


def keys(event: DirectoryEvent) -> tuple[str]:
    """Name the entity by its tag."""
    match event:
        case CityOpened() | CityChanged():
            return (tags.city(event.city_id),)
        case StageDefined():
            return (tags.stage(event.stage_id),)
        case TestDefined():
            return (tags.test(event.test_id),)
        case _:
            return (tags.recruiter(event.recruiter_id),)


def reads(event: DirectoryEvent, _: str) -> tuple[Key, ...]:
    """Only a recruiter changes bit by bit."""
    if isinstance(event, RecruiterDeactivated | AbsenceRecorded):
        return (Key(RecruiterRow, event.recruiter_id),)
    return ()


def project(event: DirectoryEvent, _: str, recorded: Told, rows: Rows) -> None:
    """Put what the event opens, registers, changes or defines."""
    at = recorded.position
    match event:
        case CityOpened() | CityChanged():
            rows.put(CityRow(event.city_id, event.name, event.time_zone, event.locale, event.quiet_hours, at))
        case RecruiterRegistered() | RecruiterChanged():
            rows.put(_recruiter(event, at))
        case RecruiterDeactivated():
            known = rows.get(RecruiterRow, event.recruiter_id)
            rows.put(msgspec.structs.replace(known, active=False, changed_at_position=at))
        case AbsenceRecorded():
            known = rows.get(RecruiterRow, event.recruiter_id)
            rows.put(msgspec.structs.replace(known, changed_at_position=at))
            rows.put(AbsenceRow(at, event.recruiter_id, event.from_, event.to, event.reason, at))
        case StageDefined():
            rows.put(_stage(event, at))
        case TestDefined():
            rows.put(TestRow(event.test_id, event.name, event.max_score, event.pass_score, event.valid_days, at))
        case _:
            assert_never(event)


def _recruiter(event: RecruiterRegistered | RecruiterChanged, at: int) -> RecruiterRow:
    return RecruiterRow(
        recruiter_id=event.recruiter_id,
        name=event.name,
        city_ids=event.city_ids,
        min_gap_minutes=event.min_gap_minutes,
        daily_limit=event.daily_limit,
        weekly_limit=event.weekly_limit,
        time_zone=event.time_zone,
        active=True,
        search_name=search_name(event.name),
        changed_at_position=at,
    )


def _stage(event: StageDefined, at: int) -> StageRow:
    return StageRow(
        stage_id=event.stage_id,
        version=event.version,
        name=event.name,
        order=event.order,
        duration_minutes=event.duration_minutes,
        required_tests=event.required_tests,
        policy=event.policy,
        changed_at_position=at,
    )


DIRECTORY = Projection(
    NAME,
    VERSION,
    METADATA,
    (
        layout(CityRow, CITY),
        layout(RecruiterRow, RECRUITER),
        layout(AbsenceRow, ABSENCE),
        layout(StageRow, STAGE),
        layout(TestRow, TEST),
    ),
    get_args(DirectoryEvent),
    keys,
    reads,
    project,
)
