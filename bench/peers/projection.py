"""The library's ProjectionRunner, with one read model: slots and their seats, in PostgreSQL with its own tracking.

Daybook keeps all its read models in the same time: slots, bookings, candidates, the directory.
"""

from __future__ import annotations

from time import perf_counter
from typing import Final
from uuid import UUID

from eventsourcing.domain import DomainEvent
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL, Identifier

from bench.peers.aggregates import Booking, Facts, Slot
from bench.peers.environment import MODULE, environment

LOOK_SECONDS: Final = 0.005

_CREATE: Final = SQL("""
    create table if not exists {} (
        slot_id uuid primary key, recruiter_id uuid not null, city_id text not null, stage_id text not null,
        starts_at timestamptz not null, ends_at timestamptz not null, zone text not null, local_start text not null,
        capacity integer not null, booked integer not null
    )""")
_PUBLISH: Final = SQL("insert into {} values (%s, %s, %s, %s, %s, %s, %s, %s, %s, 0)")
_BOOK: Final = SQL("update {} set booked = booked + 1 where slot_id = %s")


class Seats(PostgresTrackingRecorder):
    """The read model; each change is one transaction with its tracking."""

    def __init__(self, datastore: PostgresDatastore, *, tracking_table_name: str) -> None:
        """Name the table."""
        super().__init__(datastore, tracking_table_name=tracking_table_name)
        self.check_identifier_length("seats")
        self._table = Identifier(datastore.schema, "seats")
        self.reached = 0
        self.sql_create_statements.append(_CREATE.format(self._table))

    def publish(self, slot_id: UUID, facts: Facts, tracking: Tracking) -> None:
        """Add a slot."""
        names = ("recruiter_id", "city_id", "stage_id", "starts_at", "ends_at", "zone", "local_start", "capacity")
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(_PUBLISH.format(self._table), (slot_id, *(facts[name] for name in names)), prepare=True)
        self.reached = tracking.notification_id

    def book(self, slot_id: UUID, tracking: Tracking) -> None:
        """Take a seat."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(_BOOK.format(self._table), (slot_id,), prepare=True)
        self.reached = tracking.notification_id


class Offer(Projection[Seats]):
    """From the events of slots to seats."""

    def process_event(self, domain_event: DomainEvent, tracking: Tracking) -> None:
        """Take in one event."""
        match domain_event:
            case Slot.Published():
                self.view.publish(domain_event.originator_id, domain_event.facts, tracking)
            case Slot.Booked():
                self.view.book(domain_event.originator_id, tracking)


def catch_up(url: str) -> float:
    """Build the read model from the first event; return events a second."""
    started = perf_counter()
    with ProjectionRunner(
        application_class=Booking, projection_class=Offer, view_class=Seats, env=environment(url, MODULE)
    ) as runner:
        last = runner.app.recorder.max_notification_id() or 0
        # Its own wait() looks again after up to 0.8 s: too coarse to measure by.
        while runner.view.reached < last:
            assert not runner.is_interrupted.wait(LOOK_SECONDS)
        return last / (perf_counter() - started)
