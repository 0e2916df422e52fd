"""Every command Daybook takes, on one page: its name in the URL, its body, who may send it, and how it is decided."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from commands import (
    accept_offer,
    advance_candidate,
    answer_attendance,
    approve_booking,
    book_slot,
    cancel_booking,
    cancel_slot,
    change_city,
    change_contact,
    change_recruiter,
    change_series,
    change_slot_capacity,
    close_slot,
    correct_outcome,
    deactivate_recruiter,
    decline_booking,
    decline_offer,
    define_stage,
    define_test,
    end_series,
    erase_candidate,
    expire_hold,
    hire_candidate,
    hold_slot,
    join_waitlist,
    leave_waitlist,
    link_chat,
    offer_seat,
    open_city,
    publish_series,
    publish_slot,
    reanchor_slots,
    record_absence,
    record_attendance,
    record_test_result,
    register_candidate,
    register_recruiter,
    reject_candidate,
    release_hold,
    reopen_slot,
    reschedule_booking,
    void_test_result,
    withdraw_candidate,
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


def _city(body: Any) -> str:  # noqa: ANN401  any body that names one; so below
    return tags.city(body.city_id)


def _stage(body: Any) -> str:  # noqa: ANN401
    return tags.stage(body.stage_id)


def _test(body: Any) -> str:  # noqa: ANN401
    return tags.test(body.test_id)


def _recruiter(body: Any) -> str:  # noqa: ANN401
    return tags.recruiter(body.recruiter_id)


def _slot(body: Any) -> str:  # noqa: ANN401
    return tags.slot(body.slot_id)


def _series(body: Any) -> str:  # noqa: ANN401
    return tags.series(body.series_id)


def _candidate(body: Any) -> str:  # noqa: ANN401
    return tags.candidate(body.candidate_id)


def _booking(body: Any) -> str:  # noqa: ANN401
    return tags.booking(body.booking_id)


def _hold(body: Any) -> str:  # noqa: ANN401
    return tags.hold(body.hold_id)


def _offer(body: Any) -> str:  # noqa: ANN401
    return tags.hold(body.offer_id)


def _waitlist(body: Any) -> str:  # noqa: ANN401
    return tags.waitlist(body.city_id, body.stage_id)


def _created(tag: Callable[[UUID], str], given: UUID | None) -> str | None:
    return None if given is None else tag(given)


_ADMIN: frozenset[Role] = frozenset({"admin"})
_STAFF: frozenset[Role] = frozenset({"admin", "recruiter"})
_FOR_CANDIDATES: frozenset[Role] = frozenset({"admin", "bot"})
_ACTING: frozenset[Role] = frozenset({"admin", "recruiter", "bot"})

COMMAND_TYPES = (
    CommandType("open-city", open_city.OpenCity, open_city.decide, _ADMIN, _city),
    CommandType("change-city", change_city.ChangeCity, change_city.decide, _ADMIN, _city),
    CommandType(
        "register-recruiter",
        register_recruiter.RegisterRecruiter,
        register_recruiter.decide,
        _ADMIN,
        lambda body: _created(tags.recruiter, body.recruiter_id),
    ),
    CommandType("change-recruiter", change_recruiter.ChangeRecruiter, change_recruiter.decide, _ADMIN, _recruiter),
    CommandType("record-absence", record_absence.RecordAbsence, record_absence.decide, _STAFF, _recruiter),
    CommandType(
        "deactivate-recruiter",
        deactivate_recruiter.DeactivateRecruiter,
        deactivate_recruiter.decide,
        _ADMIN,
        _recruiter,
    ),
    CommandType("define-stage", define_stage.DefineStage, define_stage.decide, _ADMIN, _stage),
    CommandType("define-test", define_test.DefineTest, define_test.decide, _ADMIN, _test),
    CommandType(
        "publish-slot",
        publish_slot.PublishSlot,
        publish_slot.decide,
        _STAFF,
        lambda body: _created(tags.slot, body.slot_id),
    ),
    CommandType(
        "publish-series",
        publish_series.PublishSeries,
        publish_series.decide,
        _STAFF,
        lambda body: _created(tags.series, body.series_id),
    ),
    CommandType("change-series", change_series.ChangeSeries, change_series.decide, _STAFF, _series),
    CommandType("end-series", end_series.EndSeries, end_series.decide, _STAFF, _series),
    CommandType(
        "change-slot-capacity", change_slot_capacity.ChangeSlotCapacity, change_slot_capacity.decide, _STAFF, _slot
    ),
    CommandType("close-slot", close_slot.CloseSlot, close_slot.decide, _STAFF, _slot),
    CommandType("reopen-slot", reopen_slot.ReopenSlot, reopen_slot.decide, _STAFF, _slot),
    CommandType("cancel-slot", cancel_slot.CancelSlot, cancel_slot.decide, _STAFF, _slot),
    CommandType("reanchor-slots", reanchor_slots.ReanchorSlots, reanchor_slots.decide, _ADMIN, _recruiter),
    CommandType(
        "register-candidate",
        register_candidate.RegisterCandidate,
        register_candidate.decide,
        _ACTING,
        lambda body: _created(tags.candidate, body.candidate_id),
    ),
    CommandType(
        "record-test-result", record_test_result.RecordTestResult, record_test_result.decide, _ACTING, _candidate
    ),
    CommandType("void-test-result", void_test_result.VoidTestResult, void_test_result.decide, _STAFF, _candidate),
    CommandType("change-contact", change_contact.ChangeContact, change_contact.decide, _ACTING, _candidate),
    CommandType("link-chat", link_chat.LinkChat, link_chat.decide, _ACTING, _candidate),
    CommandType("advance-candidate", advance_candidate.AdvanceCandidate, advance_candidate.decide, _STAFF, _candidate),
    CommandType("reject-candidate", reject_candidate.RejectCandidate, reject_candidate.decide, _STAFF, _candidate),
    CommandType(
        "withdraw-candidate", withdraw_candidate.WithdrawCandidate, withdraw_candidate.decide, _STAFF, _candidate
    ),
    CommandType("hire-candidate", hire_candidate.HireCandidate, hire_candidate.decide, _STAFF, _candidate),
    CommandType("erase-candidate", erase_candidate.EraseCandidate, erase_candidate.decide, _ADMIN, _candidate),
    CommandType("hold-slot", hold_slot.HoldSlot, hold_slot.decide, _FOR_CANDIDATES, _slot),
    CommandType("release-hold", release_hold.ReleaseHold, release_hold.decide, _FOR_CANDIDATES, _hold),
    CommandType("expire-hold", expire_hold.ExpireHold, expire_hold.decide, _ADMIN, _hold),
    CommandType("book-slot", book_slot.BookSlot, book_slot.decide, _ACTING, _slot),
    CommandType("approve-booking", approve_booking.ApproveBooking, approve_booking.decide, _STAFF, _booking),
    CommandType("decline-booking", decline_booking.DeclineBooking, decline_booking.decide, _STAFF, _booking),
    CommandType(
        "answer-attendance", answer_attendance.AnswerAttendance, answer_attendance.decide, _FOR_CANDIDATES, _booking
    ),
    CommandType(
        "reschedule-booking", reschedule_booking.RescheduleBooking, reschedule_booking.decide, _ACTING, _booking
    ),
    CommandType("cancel-booking", cancel_booking.CancelBooking, cancel_booking.decide, _ACTING, _booking),
    CommandType("record-attendance", record_attendance.RecordAttendance, record_attendance.decide, _STAFF, _booking),
    CommandType("correct-outcome", correct_outcome.CorrectOutcome, correct_outcome.decide, _STAFF, _booking),
    CommandType("join-waitlist", join_waitlist.JoinWaitlist, join_waitlist.decide, _FOR_CANDIDATES, _waitlist),
    CommandType("leave-waitlist", leave_waitlist.LeaveWaitlist, leave_waitlist.decide, _FOR_CANDIDATES, _waitlist),
    CommandType("offer-seat", offer_seat.OfferSeat, offer_seat.decide, _STAFF, _slot),
    CommandType("accept-offer", accept_offer.AcceptOffer, accept_offer.decide, _FOR_CANDIDATES, _offer),
    CommandType("decline-offer", decline_offer.DeclineOffer, decline_offer.decide, _FOR_CANDIDATES, _offer),
)

BY_NAME = {each.name: each for each in COMMAND_TYPES}
BY_STRUCT: dict[type[msgspec.Struct], CommandType] = {each.struct: each for each in COMMAND_TYPES}
