"""The history decided anew from the stored commands."""

import asyncio
from uuid import uuid4

import msgspec

from commands.book_slot import BookSlot
from commands.cancel_booking import CancelBooking
from commands.handling import Writer
from commands.redeciding import redecide
from commands.reschedule_booking import RescheduleBooking
from events.log import Recorded
from events.memory import MemoryLog
from tests.support.deciding import BOT
from tests.support.writing import World, submit


async def a_history(log: MemoryLog) -> None:
    """Everything that can happen here, with refusals, repetitions and things already so among it."""
    async with Writer(log) as writer:
        world = await World.make(writer)
        slots = [await world.slot(), await world.slot(2), await world.slot()]
        people = [await world.candidate() for _ in range(6)]
        await asyncio.gather(*(submit(writer, BookSlot(slots[0], person), BOT) for person in people))
        booking = await world.booking(slots[1], people[4])
        await submit(writer, RescheduleBooking(booking, slots[2]), BOT)
        await submit(writer, CancelBooking(booking), BOT)
        await submit(writer, CancelBooking(booking), BOT)
        await submit(writer, CancelBooking(booking), BOT, expected=1)
        await submit(writer, BookSlot(uuid4(), people[0]), BOT)


async def test_the_whole_history_comes_out_the_same() -> None:
    """Acceptances, refusals and repetitions; what cannot be decided again is counted apart."""
    log = MemoryLog()
    await a_history(log)

    report = await redecide(log)

    assert report.differences == []
    assert report.same == len([command async for command in log.commands()]) - 1
    assert (report.conditional, report.foreign) == (1, 0)


async def test_an_altered_event_is_found() -> None:
    """A booking that was given to somebody else no longer follows from its command."""
    log = MemoryLog()
    await a_history(log)
    at = next(event.position for event in log._events if event.type == "SlotBooked")  # noqa: SLF001  tampering
    event: Recorded = log._events[at - 1]  # noqa: SLF001  as above
    data = msgspec.json.decode(event.data)
    data["policy_version"] = 7
    log._events[at - 1] = msgspec.structs.replace(event, data=msgspec.json.encode(data))  # noqa: SLF001  as above

    report = await redecide(log)

    assert [(each.name, each.position) for each in report.differences] == [("book-slot", at)]
