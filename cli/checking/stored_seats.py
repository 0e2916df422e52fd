"""The stored form of events about bookings, holds and waitlists; see `cli.checking.stored`."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from cli.checking.stored import Approval

By = Literal["candidate", "recruiter", "admin"]


class Snapshot(msgspec.Struct):
    """The slot that a seat is in."""

    slot_id: str
    recruiter_id: str
    city_id: str
    stage_id: str
    starts_at: datetime
    ends_at: datetime


class SlotHeld(msgspec.Struct):
    """A seat kept on request."""

    hold_id: str
    candidate_id: str
    slot: Snapshot
    expires_at: datetime
    policy_version: int


class HoldEnded(msgspec.Struct):
    """HoldReleased with a `reason`, HoldExpired with `expired_at`."""

    hold_id: str
    candidate_id: str
    slot_id: str
    reason: str | None = None
    expired_at: datetime | None = None


class Skipped(msgspec.Struct):
    """Somebody who waits and was passed over."""

    candidate_id: str


class SeatOffered(msgspec.Struct):
    """A seat kept for somebody who waits."""

    hold_id: str
    candidate_id: str
    slot: Snapshot
    rank: int
    skipped: list[Skipped]
    expires_at: datetime
    policy_version: int


class OfferEnded(msgspec.Struct):
    """OfferAccepted, OfferDeclined, and OfferExpired with a `reason`."""

    hold_id: str
    candidate_id: str
    slot_id: str
    city_id: str
    stage_id: str
    reason: str | None = None


class SlotBooked(msgspec.Struct):
    """A seat taken."""

    booking_id: str
    candidate_id: str
    slot: Snapshot
    policy_version: int
    approval: Approval
    hold_id: str | None = None


class BookingRescheduled(msgspec.Struct):
    """A seat changed for another."""

    booking_id: str
    candidate_id: str
    from_slot: str
    to_slot: Snapshot
    policy_version: int
    by: By
    reason: str | None
    count: int
    override: bool
    approval: Approval | None = None
    hold_id: str | None = None


class BookingCancelled(msgspec.Struct):
    """A seat given back."""

    booking_id: str
    candidate_id: str
    slot_id: str
    by: By
    reason_code: str
    reason: str | None
    notice_seconds: int
    override: bool


class BookingDeclined(msgspec.Struct):
    """A seat not given."""

    booking_id: str
    candidate_id: str
    slot_id: str


class BookingNamed(msgspec.Struct):
    """BookingApproved, AttendanceAnswered, BookingAttended."""

    booking_id: str
    candidate_id: str


class BookingMissed(msgspec.Struct):
    """One party was not there."""

    booking_id: str
    candidate_id: str
    party: Literal["candidate", "recruiter"]


class OutcomeCorrected(msgspec.Struct, rename={"from_": "from"}):
    """Another outcome."""

    booking_id: str
    candidate_id: str
    from_: str
    to: str


class BookingReanchored(msgspec.Struct):
    """The slot of the booking moved."""

    booking_id: str
    candidate_id: str
    slot: Snapshot


class WaitlistJoined(msgspec.Struct, rename={"from_": "from"}):
    """Wants a seat that starts in `[from_, to)`."""

    candidate_id: str
    city_id: str
    stage_id: str
    from_: datetime | None
    to: datetime | None
    priority: int
    joined_at: datetime


class WaitlistLeft(msgspec.Struct):
    """Waits no longer."""

    candidate_id: str
    city_id: str
    stage_id: str
