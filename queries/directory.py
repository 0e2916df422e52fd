"""The directory: cities, stages, tests and recruiters."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import select

from daybook.engine import Connection
from daybook.statements import Row
from events.city import QuietHours
from events.stage import Policy
from projections.directory import CITY, RECRUITER, STAGE, TEST
from projections.topics import DIRECTORY
from queries.found import Found
from queries.page import Listing, Name, Number, Page, Paging
from queries.searching import Sought, by_name


class ListedCity(msgspec.Struct, frozen=True):
    """A city. `position` is the state it shows, for `If-Match`."""

    city_id: str
    name: str
    time_zone: str
    locale: str
    quiet_hours: QuietHours | None
    position: int


class ListedStage(msgspec.Struct, frozen=True):
    """A stage in its newest version. `position` is the state it shows, for `If-Match`."""

    stage_id: str
    version: int
    name: str
    order: int
    duration_minutes: int
    required_tests: list[str]
    policy: Policy
    position: int


class ListedTest(msgspec.Struct, frozen=True):
    """A test. `position` is the state it shows, for `If-Match`."""

    test_id: str
    name: str
    max_score: int
    pass_score: int
    valid_days: int
    position: int


class ListedRecruiter(msgspec.Struct, frozen=True):
    """A recruiter; `active` is false once they were deactivated. `position` is the state it shows, for `If-Match`."""

    recruiter_id: UUID
    name: str
    city_ids: list[str]
    time_zone: str
    active: bool
    position: int


_QUIET_HOURS: Final = msgspec.json.Decoder(QuietHours)
_POLICY: Final = msgspec.json.Decoder(Policy)
_IDS: Final = msgspec.json.Decoder(list[str])


def _city(row: Row) -> ListedCity:
    quiet_hours = None if row.quiet_hours is None else _QUIET_HOURS.decode(row.quiet_hours)
    return ListedCity(row.city_id, row.name, row.time_zone, row.locale, quiet_hours, row.changed_at_position)


def _stage(row: Row) -> ListedStage:
    return ListedStage(
        row.stage_id,
        row.version,
        row.name,
        row.order,
        row.duration_minutes,
        _IDS.decode(row.required_tests),
        _POLICY.decode(row.policy),
        row.changed_at_position,
    )


def _test(row: Row) -> ListedTest:
    return ListedTest(row.test_id, row.name, row.max_score, row.pass_score, row.valid_days, row.changed_at_position)


def _recruiter(row: Row) -> ListedRecruiter:
    city_ids = _IDS.decode(row.city_ids)
    return ListedRecruiter(row.recruiter_id, row.name, city_ids, row.time_zone, row.active, row.changed_at_position)


_CITIES = Listing(
    "cities",
    select=select(CITY),
    filters={},
    order=(CITY.c.city_id,),
    keys=(Name,),
    key=lambda city: (city.city_id,),
    item=_city,
)
_STAGES = Listing(
    "stages",
    select=select(STAGE),
    filters={},
    order=(STAGE.c.order, STAGE.c.stage_id),
    keys=(Number, Name),
    key=lambda stage: (stage.order, stage.stage_id),
    item=_stage,
)
_TESTS = Listing(
    "tests",
    select=select(TEST),
    filters={},
    order=(TEST.c.test_id,),
    keys=(Name,),
    key=lambda test: (test.test_id,),
    item=_test,
)
_RECRUITERS = Listing(
    "recruiters",
    select=select(RECRUITER),
    filters=by_name(RECRUITER.c.search_name),
    order=(RECRUITER.c.name, RECRUITER.c.recruiter_id),
    keys=(Name, UUID),
    key=lambda recruiter: (recruiter.name, recruiter.recruiter_id),
    item=_recruiter,
)

_TOPICS: Final = frozenset({DIRECTORY})


async def cities(connection: Connection, paging: Paging) -> Found[Page[ListedCity]]:
    """List the cities by id."""
    return Found(await _CITIES.page(connection, {}, paging), _TOPICS)


async def stages(connection: Connection, paging: Paging) -> Found[Page[ListedStage]]:
    """List the stages in their order."""
    return Found(await _STAGES.page(connection, {}, paging), _TOPICS)


async def tests(connection: Connection, paging: Paging) -> Found[Page[ListedTest]]:
    """List the tests by id."""
    return Found(await _TESTS.page(connection, {}, paging), _TOPICS)


async def recruiters(connection: Connection, paging: Paging) -> Found[Page[ListedRecruiter]]:
    """List the recruiters by name."""
    return Found(await _RECRUITERS.page(connection, {}, paging), _TOPICS)


async def recruiters_sought(connection: Connection, sought: Sought, paging: Paging) -> Page[ListedRecruiter]:
    """List those recruiters by name who are looked for. Not to be kept: not all who may see the list may search it."""
    return await _RECRUITERS.page(connection, sought.filters(), paging)
