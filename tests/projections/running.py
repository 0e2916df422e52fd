"""A projector over a log in memory and a database, and what its tables hold."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID, uuid5

import msgspec

from daybook.metrics import Metrics
from daybook.telemetry import Untraced
from events.booking import BookingRescheduled, SlotBooked
from events.catalogue import CODEC
from events.hold import HoldReleased
from events.log import Log
from events.memory import MemoryLog
from projections.catalogue import PROJECTIONS
from projections.positions import Positions
from projections.projection import Projection
from projections.runner import Runner
from tests.events.attempts import write
from tests.events.examples import FULL
from tests.events.postgres.looking import owner
from tests.support.deciding import (
    CANDIDATE,
    booked,
    cancelled,
    candidate,
    city,
    held,
    recruiter,
    result,
    slot,
    some_id,
    stage,
    typing_test,
)

PATIENCE = 30.0


async def log_of(events: Sequence[Any]) -> MemoryLog:
    """Make a log of these events."""
    log = MemoryLog()
    await write_all(log, events)
    return log


async def write_all(log: Log, events: Sequence[Any]) -> None:
    """Write each event with a command of its own."""
    for event in events:
        await write(log, CODEC.encode(event))


def runner(log: Log, url: str, projections: Sequence[Projection] = PROJECTIONS, **options: Any) -> Runner:
    """Make a projector that is not watched."""
    return Runner(log, url, projections, telemetry=Untraced(), metrics=options.pop("metrics", Metrics()), **options)


@asynccontextmanager
async def at_work(*runners: Runner) -> AsyncIterator[None]:
    """Run projectors."""
    tasks = [asyncio.create_task(each.run()) for each in runners]
    yield
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def caught_up(log: Log, url: str, projections: Sequence[Projection] = PROJECTIONS) -> bool:
    """Wait until the read models show the whole log, those too that nobody asks over HTTP."""
    waiting = [msgspec.structs.replace(each, asked=True) for each in projections]
    async with Positions(url, waiting) as positions:
        return await positions.reach(await log.head(), PATIENCE)


async def rows_of(url: str, projections: Sequence[Projection] = PROJECTIONS) -> dict[str, list[str]]:
    """Read every table, each row as text."""
    tables = [f"{table.schema}.{table.name}" for each in projections for table in each.metadata.sorted_tables]
    async with owner(url) as connection:
        return {
            table: [row[0] for row in await connection.fetch(f"select t::text from {table} t order by 1")]  # noqa: S608
            for table in tables
        }


async def checkpoints(url: str) -> dict[str, tuple[int, str | None]]:
    """Read the position and the error of each read model."""
    async with owner(url) as connection:
        rows = await connection.fetch("select name, position, error from projections.checkpoint where home = 'live'")
    return {row["name"]: (row["position"], row["error"]) for row in rows}


async def booked_seats(url: str) -> dict[str, int]:
    """Read how many seats of each slot the slots say are booked."""
    return await _seats(url, "select slot_id, booked from slots_v3.slot where booked > 0")


async def taken_seats(url: str) -> dict[str, int]:
    """Count how many bookings of each slot stand, or stood until their interview was over."""
    standing = "status not in ('cancelled', 'declined')"
    return await _seats(url, f"select slot_id, count(*) from bookings_v2.booking where {standing} group by 1")  # noqa: S608


async def _seats(url: str, query: str) -> dict[str, int]:
    async with owner(url) as connection:
        return {str(slot_id): seats for slot_id, seats in await connection.fetch(query)}


def story(seed: int, length: int = 150) -> list[Any]:
    """Make up a history: slots of three seats that are booked, held and freed, tests; then every kind of event once."""
    draw = random.Random(seed)
    events: list[Any] = [city(), recruiter(), stage(), typing_test(), candidate()]
    slots = [slot(some_id(f"slot {number}"), capacity=3) for number in range(length // 10)]
    seats = {published.slot_id: 3 for published in slots}
    events += slots
    bookings: dict[UUID, SlotBooked] = {}
    moves: dict[UUID, int] = {}
    holds: dict[UUID, UUID] = {}
    for number in range(length):
        published = draw.choice(slots)
        match draw.randrange(6):
            case 4:
                hold_id = uuid5(published.slot_id, f"hold {number}")
                holds[hold_id] = published.slot_id
                events.append(held(published, hold_id))
            case 5 if holds:
                hold_id, slot_id = holds.popitem()
                events.append(HoldReleased(hold_id, CANDIDATE, slot_id, "given-back"))
            case 0:
                events.append(result(passed=draw.random() < 0.5, days_ago=draw.randrange(1, 9)))
            case 1 if bookings:
                booking = bookings.pop(draw.choice(list(bookings)))
                seats[booking.slot.slot_id] += 1
                events.append(cancelled(booking))
            case 2 if bookings and seats[published.slot_id]:
                old = bookings[draw.choice(list(bookings))]
                if old.slot.slot_id == published.slot_id:
                    continue
                new = booked(published, old.booking_id, old.candidate_id)
                moves[old.booking_id] += 1
                events.append(_moved(old, new, moves[old.booking_id]))
                bookings[old.booking_id] = new
                seats[old.slot.slot_id] += 1
                seats[published.slot_id] -= 1
            case _ if seats[published.slot_id]:
                new = booked(published, uuid5(published.slot_id, str(number)))
                bookings[new.booking_id], moves[new.booking_id] = new, 0
                seats[published.slot_id] -= 1
                events.append(new)
            case _:
                pass
    return [*events, *FULL]


def _moved(old: SlotBooked, new: SlotBooked, count: int) -> BookingRescheduled:
    return BookingRescheduled(
        old.booking_id, old.candidate_id, old.slot.slot_id, new.slot, 1, "candidate", None, count, override=False
    )
