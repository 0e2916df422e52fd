"""What facts are counted by: cities, recruiters (without their names), stages and tests, as they are now."""

from __future__ import annotations

from datetime import datetime
from typing import Final, assert_never, get_args
from uuid import UUID

import msgspec
from sqlalchemy import Boolean, Column, DateTime, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from events import tags
from events.booking import Approval
from events.city import CityChanged, CityOpened
from events.log import Told
from events.recruiter import RecruiterChanged, RecruiterDeactivated, RecruiterRegistered
from events.stage import StageDefined
from events.test import TestDefined
from projections.analytics.home import METADATA, Part
from projections.projection import changed_at_position, layout
from projections.rows import Key, Rows

DIM_CITY: Final = Table(
    "dim_city",
    METADATA,
    Column("city_id", Text, primary_key=True, comment="The city"),
    Column("name", Text, nullable=False, comment="Its name"),
    Column("time_zone", Text, nullable=False, comment="IANA name of its zone"),
    Column("locale", Text, nullable=False, comment="The language spoken to people there if they chose none"),
    changed_at_position(),
    comment="One row for each city",
)

DIM_RECRUITER: Final = Table(
    "dim_recruiter",
    METADATA,
    Column("recruiter_id", Uuid, primary_key=True, comment="The recruiter"),
    Column("city_ids", ARRAY(Text), nullable=False, comment="The cities they hold interviews in"),
    Column("time_zone", Text, nullable=False, comment="IANA name of the zone whose days and weeks their limits count"),
    Column("min_gap_minutes", Integer, nullable=False, comment="What stays free after each interview, in minutes"),
    Column("daily_limit", Integer, comment="Interviews a local day; null: no limit"),
    Column("weekly_limit", Integer, comment="Interviews a local week; null: no limit"),
    Column("active", Boolean, nullable=False, comment="False once deactivated"),
    Column("registered_at", DateTime(timezone=True), nullable=False, comment="When they were registered"),
    changed_at_position(),
    comment="One row for each recruiter; who that is stands in the application alone",
)

DIM_STAGE: Final = Table(
    "dim_stage",
    METADATA,
    Column("stage_id", Text, primary_key=True, comment="The stage"),
    Column("version", Integer, nullable=False, comment="Of the newest definition, the first is 1"),
    Column("name", Text, nullable=False, comment="Its name"),
    Column("stage_order", Integer, nullable=False, comment="Where it stands among the stages"),
    Column("duration_minutes", Integer, nullable=False, comment="How long an interview is meant to take, in minutes"),
    Column("required_tests", ARRAY(Text), nullable=False, comment="The tests to be passed before booking"),
    Column("approval", Text, nullable=False, comment="auto, or required: bookings have to be approved"),
    Column("min_notice_minutes", Integer, nullable=False, comment="Least time from booking to start, in minutes"),
    Column("horizon_days", Integer, nullable=False, comment="How far ahead one may book, in days"),
    Column("max_reschedules", Integer, nullable=False, comment="How often a candidate may move a booking"),
    changed_at_position(),
    comment="One row for each stage, in its newest version",
)

DIM_TEST: Final = Table(
    "dim_test",
    METADATA,
    Column("test_id", Text, primary_key=True, comment="The test"),
    Column("name", Text, nullable=False, comment="Its name"),
    Column("max_score", Integer, nullable=False, comment="The most points there are"),
    Column("pass_score", Integer, nullable=False, comment="The points of a pass"),
    Column("valid_days", Integer, nullable=False, comment="How long a pass counts, in days"),
    changed_at_position(),
    comment="One row for each test, as it is defined now",
)


class CityDimension(msgspec.Struct, frozen=True, gc=False):
    """A row of `dim_city`."""

    city_id: str
    name: str
    time_zone: str
    locale: str
    changed_at_position: int


class RecruiterDimension(msgspec.Struct, frozen=True, gc=False):
    """A row of `dim_recruiter`."""

    recruiter_id: UUID
    city_ids: tuple[str, ...]
    time_zone: str
    min_gap_minutes: int
    daily_limit: int | None
    weekly_limit: int | None
    active: bool
    registered_at: datetime
    changed_at_position: int


class StageDimension(msgspec.Struct, frozen=True, gc=False):
    """A row of `dim_stage`."""

    stage_id: str
    version: int
    name: str
    stage_order: int
    duration_minutes: int
    required_tests: tuple[str, ...]
    approval: Approval
    min_notice_minutes: int
    horizon_days: int
    max_reschedules: int
    changed_at_position: int


class TestDimension(msgspec.Struct, frozen=True, gc=False):
    """A row of `dim_test`."""

    __test__ = False  # pytest would take the name for a test case

    test_id: str
    name: str
    max_score: int
    pass_score: int
    valid_days: int
    changed_at_position: int


_Recruiter = RecruiterRegistered | RecruiterChanged | RecruiterDeactivated
DimensionEvent = CityOpened | CityChanged | _Recruiter | StageDefined | TestDefined


def key(event: DimensionEvent) -> str:
    """Name the city, recruiter, stage or test."""
    match event:
        case CityOpened() | CityChanged():
            return tags.city(event.city_id)
        case StageDefined():
            return tags.stage(event.stage_id)
        case TestDefined():
            return tags.test(event.test_id)
        case RecruiterRegistered() | RecruiterChanged() | RecruiterDeactivated():
            return tags.recruiter(event.recruiter_id)
        case _:
            assert_never(event)


def reads(event: DimensionEvent) -> tuple[Key, ...]:
    """Only of a recruiter something stays: since when there is one."""
    if isinstance(event, RecruiterChanged | RecruiterDeactivated):
        return (Key(RecruiterDimension, event.recruiter_id),)
    return ()


def project(event: DimensionEvent, recorded: Told, rows: Rows) -> None:
    """Put what the event opens, registers, changes or defines."""
    at = recorded.position
    match event:
        case CityOpened() | CityChanged():
            rows.put(CityDimension(event.city_id, event.name, event.time_zone, event.locale, at))
        case RecruiterRegistered():
            rows.put(_recruiter(event, recorded.decided_at, at))
        case RecruiterChanged():
            known = rows.get(RecruiterDimension, event.recruiter_id)
            rows.put(_recruiter(event, known.registered_at, at))
        case RecruiterDeactivated():
            known = rows.get(RecruiterDimension, event.recruiter_id)
            rows.put(msgspec.structs.replace(known, active=False, changed_at_position=at))
        case StageDefined():
            rows.put(_stage(event, at))
        case TestDefined():
            row = TestDimension(event.test_id, event.name, event.max_score, event.pass_score, event.valid_days, at)
            rows.put(row)
        case _:
            assert_never(event)


def _recruiter(event: RecruiterRegistered | RecruiterChanged, registered_at: datetime, at: int) -> RecruiterDimension:
    return RecruiterDimension(
        recruiter_id=event.recruiter_id,
        city_ids=event.city_ids,
        time_zone=event.time_zone,
        min_gap_minutes=event.min_gap_minutes,
        daily_limit=event.daily_limit,
        weekly_limit=event.weekly_limit,
        active=True,
        registered_at=registered_at,
        changed_at_position=at,
    )


def _stage(event: StageDefined, at: int) -> StageDimension:
    return StageDimension(
        stage_id=event.stage_id,
        version=event.version,
        name=event.name,
        stage_order=event.order,
        duration_minutes=event.duration_minutes,
        required_tests=event.required_tests,
        approval=event.policy.approval,
        min_notice_minutes=event.policy.min_notice_minutes,
        horizon_days=event.policy.horizon_days,
        max_reschedules=event.policy.max_reschedules,
        changed_at_position=at,
    )


DIMENSIONS: Final = Part(
    (
        layout(CityDimension, DIM_CITY),
        layout(RecruiterDimension, DIM_RECRUITER),
        layout(StageDimension, DIM_STAGE),
        layout(TestDimension, DIM_TEST),
    ),
    get_args(DimensionEvent),
    key,
    reads,
    project,
)
