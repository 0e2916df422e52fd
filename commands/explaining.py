"""Why a slot is or is not offered to a candidate: every rule that says no, where a decision names the first."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from commands.decision import Refusal, View
from commands.refusals import SlotWithdrawn, UnknownCandidate, UnknownSlot, UnknownStage
from commands.seating import broken_rules
from events import tags
from events.candidate import CANDIDATE
from events.entity import Absent
from events.recruiter import RECRUITER
from events.slot import SLOT, CancelledSlot, ClosedSlot, OpenSlot
from events.stage import STAGE


class Reason(msgspec.Struct, frozen=True):
    """A rule that says no, as a refusal would say it."""

    code: str
    detail: str
    facts: dict[str, Any]


class Seats(msgspec.Struct, frozen=True):
    """How full the slot is: `held` by holds and offers that are live."""

    capacity: int
    booked: int
    held: int


class Explanation(msgspec.Struct, frozen=True):
    """What `book-slot` would answer by the bot, and why.

    `offered`: no rule says no. `booking_id`: the seat the candidate has already. `hold_id`: the seat that is kept for
    them, until `hold_expires_at`. `policy_version` is the version of the stage that it was judged by.
    """

    slot_id: UUID
    candidate_id: UUID
    offered: bool
    reasons: list[Reason]
    seats: Seats | None = None
    booking_id: UUID | None = None
    hold_id: UUID | None = None
    hold_expires_at: datetime | None = None
    policy_version: int | None = None


def explain(slot_id: UUID, candidate_id: UUID, view: View, now: datetime) -> Explanation | Refusal:
    """Go through the rules of booking; a Refusal is answered where slot or candidate are not known."""
    slot, candidate = view.of(SLOT.at(tags.slot(slot_id)), CANDIDATE.at(tags.candidate(candidate_id)))
    if isinstance(slot, Absent):
        return UnknownSlot(slot_id)
    if isinstance(candidate, Absent):
        return UnknownCandidate(candidate_id)
    if isinstance(slot, CancelledSlot):
        return Explanation(slot_id, candidate_id, offered=False, reasons=[_reason(SlotWithdrawn(slot_id))])
    stage, recruiter = view.of(
        STAGE.at(tags.stage(slot.details.stage_id)), RECRUITER.at(tags.recruiter(slot.details.recruiter_id))
    )
    if isinstance(stage, Absent):
        return UnknownStage(slot.details.stage_id)
    booking_id = slot.bookings.get(candidate_id)
    broken = () if booking_id else broken_rules(slot, recruiter, candidate, stage.latest, now)
    reasons = [_reason(refusal) for refusal in broken]
    own = slot.holds.get(candidate_id)
    live = own if own is not None and own.expires_at > now else None
    return Explanation(
        slot_id,
        candidate_id,
        not reasons,
        reasons,
        _seats(slot, now),
        booking_id,
        live.hold_id if live else None,
        live.expires_at if live else None,
        stage.latest.version,
    )


def _reason(refusal: Refusal) -> Reason:
    return Reason(refusal.code, refusal.meaning, refusal.facts())


def _seats(slot: OpenSlot | ClosedSlot, now: datetime) -> Seats:
    live = sum(1 for hold in slot.holds.values() if hold.expires_at > now)
    return Seats(slot.capacity, len(slot.bookings), live)
