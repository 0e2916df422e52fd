"""Waitlists: who wants a seat in a city and stage, in which order they get one, and what was offered to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID

import msgspec

from events import tags
from events.city import Slug
from events.entity import BrokenHistory, Entity
from events.offer import OfferAccepted, OfferDeclined, OfferExpired, SeatOffered


class WaitlistJoined(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """A candidate wants a seat that starts in `[from_, to)`; None leaves a side open. Joining again keeps the age."""

    candidate_id: UUID
    city_id: Slug
    stage_id: Slug
    from_: datetime | None
    to: datetime | None
    priority: int
    joined_at: datetime

    def tags(self) -> tuple[str, ...]:
        """The list and the candidate change."""
        return (tags.waitlist(self.city_id, self.stage_id), tags.candidate(self.candidate_id))


class WaitlistLeft(msgspec.Struct, frozen=True):
    """A candidate waits no longer."""

    candidate_id: UUID
    city_id: Slug
    stage_id: Slug
    reason: Literal["by-candidate", "booked", "stage-left", "candidate-left"]

    def tags(self) -> tuple[str, ...]:
        """The list and the candidate change."""
        return (tags.waitlist(self.city_id, self.stage_id), tags.candidate(self.candidate_id))


WaitlistEvent = WaitlistJoined | WaitlistLeft | SeatOffered | OfferAccepted | OfferDeclined | OfferExpired


class Waiting(msgspec.Struct, frozen=True):
    """One who waits: `offer` is the seat they have to answer for, `passed` are the slots they let go."""

    candidate_id: UUID
    from_: datetime | None
    to: datetime | None
    priority: int
    joined_at: datetime
    offer: UUID | None = None
    passed: frozenset[UUID] = frozenset()

    def wants(self, starts_at: datetime) -> bool:
        """Tell whether a start lies in the window."""
        return (self.from_ is None or self.from_ <= starts_at) and (self.to is None or starts_at < self.to)


class Waitlist(msgspec.Struct, frozen=True):
    """Those who wait, by candidate id."""

    waiting: Mapping[UUID, Waiting]

    def in_order(self) -> list[Waiting]:
        """Sort by priority, the highest first, then by age; who came in the same instant, as they stand in the log."""
        return sorted(self.waiting.values(), key=lambda each: (-each.priority, each.joined_at))


def evolve(state: Waitlist, event: WaitlistEvent) -> Waitlist:
    """Fold one event."""
    match event:
        case WaitlistJoined():
            return _with(state, _joined(state.waiting.get(event.candidate_id), event))
        case WaitlistLeft() | OfferAccepted():
            _expected(state, event)
            left = {key: each for key, each in state.waiting.items() if key != event.candidate_id}
            return Waitlist(left)
        case SeatOffered():
            return _with(state, msgspec.structs.replace(_expected(state, event), offer=event.hold_id))
        case OfferDeclined() | OfferExpired():
            waiting = _expected(state, event)
            return _with(state, msgspec.structs.replace(waiting, offer=None, passed=waiting.passed | {event.slot_id}))
        case _:
            assert_never(event)


def _joined(known: Waiting | None, event: WaitlistJoined) -> Waiting:
    if known is None:
        return Waiting(event.candidate_id, event.from_, event.to, event.priority, event.joined_at)
    return msgspec.structs.replace(known, from_=event.from_, to=event.to, priority=event.priority)


def _with(state: Waitlist, waiting: Waiting) -> Waitlist:
    return Waitlist({**state.waiting, waiting.candidate_id: waiting})


def _expected(
    state: Waitlist, event: WaitlistLeft | SeatOffered | OfferAccepted | OfferDeclined | OfferExpired
) -> Waiting:
    waiting = state.waiting.get(event.candidate_id)
    if waiting is None:
        raise BrokenHistory(state, event)
    return waiting


WAITLIST: Entity[Waitlist] = Entity(Waitlist({}), evolve)
