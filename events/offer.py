"""Offers: a seat held for somebody who waits, until they answer. One offer is one hold, so it cannot race a booking."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from events import tags
from events.booking import SlotSnapshot
from events.city import Slug


class Skipped(msgspec.Struct, frozen=True):
    """Somebody who waits longer or matters more, and why the seat was not offered to them: the code of a rule."""

    candidate_id: UUID
    code: str


class SeatOffered(msgspec.Struct, frozen=True):
    """A seat is held for whoever waits first: by priority, then by age. `rank` counts from 1, the skipped included."""

    hold_id: UUID
    candidate_id: UUID
    slot: SlotSnapshot
    rank: int
    skipped: tuple[Skipped, ...]
    expires_at: datetime
    policy_version: int

    def tags(self) -> tuple[str, ...]:
        """A seat, a candidate, the hold and the waitlist change together."""
        return _tags(self.hold_id, self.slot.slot_id, self.candidate_id, self.slot.city_id, self.slot.stage_id)


class OfferAccepted(msgspec.Struct, frozen=True):
    """Who waited takes the seat; the booking stands in the same append, and the waiting is over."""

    hold_id: UUID
    candidate_id: UUID
    slot_id: UUID
    city_id: Slug
    stage_id: Slug

    def tags(self) -> tuple[str, ...]:
        """The hold, a candidate and the waitlist change; the seat stays taken."""
        return (tags.hold(self.hold_id), tags.candidate(self.candidate_id), tags.waitlist(self.city_id, self.stage_id))


class OfferDeclined(msgspec.Struct, frozen=True):
    """Who waited does not want this seat, and goes on waiting for another."""

    hold_id: UUID
    candidate_id: UUID
    slot_id: UUID
    city_id: Slug
    stage_id: Slug

    def tags(self) -> tuple[str, ...]:
        """A seat, a candidate, the hold and the waitlist change together."""
        return _tags(self.hold_id, self.slot_id, self.candidate_id, self.city_id, self.stage_id)


class OfferExpired(msgspec.Struct, frozen=True):
    """Nobody answered in time, or there is nothing left to answer."""

    hold_id: UUID
    candidate_id: UUID
    slot_id: UUID
    city_id: Slug
    stage_id: Slug
    reason: Literal["timed-out", "slot-cancelled", "candidate-left"]

    def tags(self) -> tuple[str, ...]:
        """A seat, a candidate, the hold and the waitlist change together."""
        return _tags(self.hold_id, self.slot_id, self.candidate_id, self.city_id, self.stage_id)


def _tags(hold_id: UUID, slot_id: UUID, candidate_id: UUID, city_id: str, stage_id: str) -> tuple[str, ...]:
    return (
        tags.slot(slot_id),
        tags.candidate(candidate_id),
        tags.hold(hold_id),
        tags.waitlist(city_id, stage_id),
    )
