"""The library eventsourcing with dynamic consistency boundaries: slices, and its DCB recorder for PostgreSQL.

A booking reads slot and candidate with one query and depends on both, as in Daybook.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from eventsourcing.dcb.application import DCBApplication
from eventsourcing.dcb.domain import Selector, Slice, Tagged
from eventsourcing.dcb.msgpack import Decision
from eventsourcing.domain import event

from bench.peers.aggregates import NotBookable
from bench.peers.environment import DCB_MODULE, environment
from bench.peers.threads import drive
from daybook.ids import new_id
from events import tags
from events.booking import SlotBooked
from events.slot import SlotPublished


class Registered(Decision):
    """A candidate can book."""

    candidate_id: UUID


class Published(Decision):
    """Seats are offered."""

    fact: SlotPublished


class Booked(Decision):
    """A candidate has a seat."""

    fact: SlotBooked


class BookSlot(Slice[Decision]):
    """One booking: what it reads, what that adds up to, what it decides."""

    def __init__(self, fact: SlotBooked) -> None:
        """Nothing is read yet."""
        self.fact = fact
        self.is_registered = False
        self.seats_left = 0
        self.starts_at = datetime.min.replace(tzinfo=UTC)

    def consistency_boundary(self) -> list[Selector]:
        """Depend on the slot and on the candidate."""
        slot, candidate, _ = self.fact.tags()
        return [Selector(tags=[slot]), Selector(tags=[candidate])]

    @event(Registered)
    def _(self) -> None:
        self.is_registered = True

    @event(Published)
    def _(self, fact: SlotPublished) -> None:
        self.starts_at = fact.starts_at
        self.seats_left = fact.capacity

    @event(Booked)
    def _(self) -> None:
        self.seats_left -= 1

    def execute(self) -> None:
        """Take a seat."""
        if not self.is_registered or self.seats_left <= 0 or self.starts_at <= datetime.now(UTC):
            raise NotBookable
        self.trigger_event(Booked, tags=self.fact.tags(), fact=self.fact)


class Boundaries:
    """One application of the library, and the load it is given."""

    def __init__(self, url: str) -> None:
        """Create its tables."""
        mapper = {"MAPPER_TOPIC": "eventsourcing.dcb.msgpack:MessagePackMapper"}
        self._application = DCBApplication(environment(url, DCB_MODULE) | mapper)

    def book(self, published: Sequence[SlotPublished], booked: Sequence[SlotBooked]) -> float:
        """Book slots and candidates that were published and registered before; return how many a second."""
        work = [_renamed(*pair) for pair in zip(published, booked, strict=True)]
        before: list[Tagged[Any]] = []
        for slot, booking in work:
            before.append(Tagged(list(slot.tags()), Published(slot)))
            before.append(Tagged([tags.candidate(booking.candidate_id)], Registered(booking.candidate_id)))
        self._application.events.append(before)
        return len(work) / drive(self._book, [booking for _, booking in work])

    def close(self) -> None:
        """Close its connections."""
        self._application.close()

    def _book(self, fact: SlotBooked) -> None:
        self._application.do(BookSlot(fact))


def _renamed(published: SlotPublished, booked: SlotBooked) -> tuple[SlotPublished, SlotBooked]:
    """The same facts about a slot, a candidate and a booking that nothing was written about before."""
    slot_id = new_id()
    return (
        msgspec.structs.replace(published, slot_id=slot_id),
        msgspec.structs.replace(
            booked,
            booking_id=new_id(),
            candidate_id=new_id(),
            slot=msgspec.structs.replace(booked.slot, slot_id=slot_id),
        ),
    )
