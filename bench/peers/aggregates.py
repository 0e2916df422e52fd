"""The library eventsourcing as its guide shows it: aggregates, an application, the default PostgreSQL recorder.

It is asked for less than Daybook does: it publishes without looking at the recruiter's agenda, and books by the slot's
own rules alone, without a look at the candidate. It keeps no reply, and notices no repeated command.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from bench.peers.environment import MODULE, environment
from bench.peers.threads import drive
from daybook.ids import new_id
from events.booking import SlotBooked
from events.slot import SlotPublished

AT_ONCE: Final = 50  # the library sends them as one pipeline, which hangs when it fills the socket's buffers

Facts = dict[str, Any]


class NotBookable(Exception):
    """The slot is full, or has started."""


class Slot(Aggregate):
    """A slot, made of the facts that Daybook's own events hold."""

    class Published(Aggregate.Created):
        """Seats are offered."""

        slot_id: UUID
        facts: Facts

    class Booked(Aggregate.Event):
        """A candidate has a seat."""

        booking_id: UUID
        candidate_id: UUID
        facts: Facts

    @event(Published)
    def __init__(self, slot_id: UUID, facts: Facts) -> None:
        """Nobody has a seat yet."""
        self.slot_id = slot_id
        self.starts_at = datetime.fromisoformat(facts["starts_at"])
        self.capacity: int = facts["capacity"]
        self.bookings: dict[UUID, UUID] = {}

    @staticmethod
    def create_id(slot_id: UUID, **_: Facts) -> UUID:
        """Name the aggregate by the slot's own id."""
        return slot_id

    def book(self, booking_id: UUID, candidate_id: UUID, facts: Facts) -> None:
        """Take a seat."""
        if self.starts_at <= datetime.now(UTC) or len(self.bookings) >= self.capacity:
            raise NotBookable
        self._booked(booking_id, candidate_id, facts)

    @event(Booked)
    def _booked(self, booking_id: UUID, candidate_id: UUID, facts: Facts) -> None:  # noqa: ARG002  facts are for readers
        self.bookings[candidate_id] = booking_id


class Booking(Application[UUID]):
    """Publishes and books."""

    def publish(self, facts: Facts) -> None:
        """Publish one more slot with these facts."""
        self.save(Slot(slot_id=new_id(), facts=facts))

    def publish_all(self, every: Sequence[Facts]) -> list[UUID]:
        """Publish many slots, some in one transaction each; return their ids."""
        made = [Slot(slot_id=new_id(), facts=facts) for facts in every]
        for start in range(0, len(made), AT_ONCE):
            self.save(*made[start : start + AT_ONCE])
        return [slot.id for slot in made]

    def book(self, work: tuple[UUID, Facts]) -> None:
        """Load a slot, decide, append."""
        slot_id, facts = work
        slot: Slot = self.repository.get(slot_id)
        slot.book(new_id(), new_id(), facts)
        self.save(slot)


class Aggregates:
    """One application of the library, and the two loads it is given."""

    def __init__(self, url: str) -> None:
        """Create its tables."""
        self._application = Booking(environment(url, MODULE))

    def publish(self, every: Sequence[SlotPublished]) -> float:
        """Publish slots; return how many a second."""
        return len(every) / drive(self._application.publish, [_plain(each) for each in every])

    def book(self, published: Sequence[SlotPublished], booked: Sequence[SlotBooked]) -> float:
        """Book slots that were published before; return how many a second."""
        slot_ids = self._application.publish_all([_plain(each) for each in published])
        work = list(zip(slot_ids, [_plain(each) for each in booked], strict=True))
        return len(work) / drive(self._application.book, work)

    def close(self) -> None:
        """Close its connections."""
        self._application.close()


def _plain(fact: msgspec.Struct) -> Facts:
    """Facts as JSON has them, so that the library's own transcoding has nothing to add."""
    plain: Facts = msgspec.to_builtins(fact)
    return plain
