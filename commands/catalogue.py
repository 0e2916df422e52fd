"""Every command Daybook takes, on one page: its name in the URL, its body, who may send it, and how it is decided."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from commands import (
    book_slot,
    cancel_booking,
    cancel_slot,
    deactivate_recruiter,
    define_stage,
    define_test,
    open_city,
    publish_slot,
    record_test_result,
    register_candidate,
    register_recruiter,
    reschedule_booking,
)
from commands.actor import Role
from commands.decision import Context, Decision, View
from events import tags


class CommandType(NamedTuple):
    """`main` gives the tag of the entity `If-Match` speaks of; None where one is created without an id."""

    name: str
    struct: type[Any]
    decide: Callable[[Any, View, Context], Decision]
    roles: frozenset[Role]
    main: Callable[[Any], str | None]


def _created(tag: Callable[[UUID], str], given: UUID | None) -> str | None:
    return None if given is None else tag(given)


_ADMIN: frozenset[Role] = frozenset({"admin"})
_STAFF: frozenset[Role] = frozenset({"admin", "recruiter"})
_ACTING: frozenset[Role] = frozenset({"admin", "recruiter", "bot"})

COMMAND_TYPES = (
    CommandType("open-city", open_city.OpenCity, open_city.decide, _ADMIN, lambda body: tags.city(body.city_id)),
    CommandType(
        "register-recruiter",
        register_recruiter.RegisterRecruiter,
        register_recruiter.decide,
        _ADMIN,
        lambda body: _created(tags.recruiter, body.recruiter_id),
    ),
    CommandType(
        "deactivate-recruiter",
        deactivate_recruiter.DeactivateRecruiter,
        deactivate_recruiter.decide,
        _ADMIN,
        lambda body: tags.recruiter(body.recruiter_id),
    ),
    CommandType(
        "define-stage", define_stage.DefineStage, define_stage.decide, _ADMIN, lambda body: tags.stage(body.stage_id)
    ),
    CommandType(
        "define-test", define_test.DefineTest, define_test.decide, _ADMIN, lambda body: tags.test(body.test_id)
    ),
    CommandType(
        "publish-slot",
        publish_slot.PublishSlot,
        publish_slot.decide,
        _STAFF,
        lambda body: _created(tags.slot, body.slot_id),
    ),
    CommandType(
        "cancel-slot", cancel_slot.CancelSlot, cancel_slot.decide, _STAFF, lambda body: tags.slot(body.slot_id)
    ),
    CommandType(
        "register-candidate",
        register_candidate.RegisterCandidate,
        register_candidate.decide,
        _ACTING,
        lambda body: _created(tags.candidate, body.candidate_id),
    ),
    CommandType(
        "record-test-result",
        record_test_result.RecordTestResult,
        record_test_result.decide,
        _ACTING,
        lambda body: tags.candidate(body.candidate_id),
    ),
    CommandType("book-slot", book_slot.BookSlot, book_slot.decide, _ACTING, lambda body: tags.slot(body.slot_id)),
    CommandType(
        "cancel-booking",
        cancel_booking.CancelBooking,
        cancel_booking.decide,
        _ACTING,
        lambda body: tags.booking(body.booking_id),
    ),
    CommandType(
        "reschedule-booking",
        reschedule_booking.RescheduleBooking,
        reschedule_booking.decide,
        _ACTING,
        lambda body: tags.booking(body.booking_id),
    ),
)

BY_NAME = {each.name: each for each in COMMAND_TYPES}
BY_STRUCT: dict[type[msgspec.Struct], CommandType] = {each.struct: each for each in COMMAND_TYPES}
