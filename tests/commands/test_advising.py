"""Alternatives to what is refused: looked up once for many, part of what is kept."""

import asyncio
from collections.abc import Collection
from uuid import UUID

import msgspec

from commands.batch import Alternatives, Refused
from commands.book_slot import BookSlot
from commands.handling import Writer
from commands.request import make_request
from events.memory import MemoryLog
from tests.support.deciding import BOT, some_id
from tests.support.keys import SECRET
from tests.support.writing import World, submit


class Adviser:
    """Suggests one thing to everybody, and notes whom it was asked about."""

    def __init__(self) -> None:
        """Nobody has asked."""
        self.asked: list[set[UUID]] = []

    async def advise(self, refused: Collection[Refused]) -> Alternatives:
        """Take a moment."""
        ids = {each.request.command_id for each in refused}
        self.asked.append(ids)
        await asyncio.sleep(0)
        return {command_id: [len(self.asked)] for command_id in ids}


async def test_a_refusal_is_kept_with_its_alternatives() -> None:
    """Another time they would be others; the first reply stands."""
    adviser = Adviser()
    async with Writer(MemoryLog(), advise=adviser.advise) as writer:
        world = await World.make(writer)
        slot_id = await world.slot()
        await world.booking(slot_id, await world.candidate())
        late = make_request(some_id("late"), BOT, BookSlot(slot_id, await world.candidate()), secret=SECRET)

        first, again = await writer.submit(late), await writer.submit(late)

    assert msgspec.json.decode(first.body)["alternatives"] == [1]
    assert again.body == first.body


async def test_a_crowd_is_told_with_few_look_ups() -> None:
    """Everybody is told, and everybody is asked about once."""
    adviser = Adviser()
    async with Writer(MemoryLog(), advise=adviser.advise) as writer:
        world = await World.make(writer)
        slot_id = await world.slot()
        people = [await world.candidate() for _ in range(100)]

        replies = await asyncio.gather(*(submit(writer, BookSlot(slot_id, each), BOT) for each in people))

    told = [reply for reply in replies if reply.outcome == "slot-full"]
    assert len(told) == 99
    assert all(msgspec.json.decode(reply.body)["alternatives"] for reply in told)
    assert sum(map(len, adviser.asked)) == 99
    assert len(adviser.asked) < 10


async def test_nobody_is_asked_where_another_slot_would_not_help() -> None:
    """A slot that there is not has none beside it."""
    adviser = Adviser()
    async with Writer(MemoryLog(), advise=adviser.advise) as writer:
        reply = await submit(writer, BookSlot(some_id("nowhere"), some_id("nobody")), BOT)

    assert reply.outcome == "unknown-slot"
    assert adviser.asked == []
