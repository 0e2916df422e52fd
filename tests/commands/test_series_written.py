"""Series through a real writer: what is written, what is answered, and that it can be decided again."""

from typing import Any
from uuid import UUID, uuid4

import msgspec

from commands.actor import Actor
from commands.book_slot import BookSlot
from commands.change_series import ChangeSeries
from commands.end_series import EndSeries
from commands.handling import Writer
from commands.publish_series import PublishSeries
from commands.redeciding import redecide
from events.memory import MemoryLog
from events.series import Split
from tests.support.deciding import ADMIN, BOT, NOW
from tests.support.writing import World, submit


def writer_of(log: MemoryLog) -> Writer:
    """A writer that has read nothing yet, at a time of the test's own."""
    return Writer(log, clock=lambda: NOW)


async def answer(writer: Writer, command: msgspec.Struct, actor: Actor = ADMIN) -> Any:
    """Submit a command that must be accepted, and read its reply."""
    reply = await submit(writer, command, actor)
    assert reply.outcome == "accepted", reply
    return msgspec.json.decode(reply.body)


def hourly(world: World, **body: Any) -> PublishSeries:
    """A series of two slots an hour, in the night in which clocks skip an hour."""
    return PublishSeries(
        world.recruiter_id,
        "berlin",
        "screening",
        "2027-03-28T00:00",
        "FREQ=HOURLY;COUNT=12",
        uuid4(),
        split=Split(2),
        duration_minutes=30,
        **body,
    )


async def test_the_whole_life_of_a_series_is_written_told_and_decided_again_alike() -> None:
    """Published, published again, changed with somebody in a seat, and ended: by writers that know nothing before."""
    log = MemoryLog()
    async with writer_of(log) as writer:
        world = await World.make(writer)
        person = await world.candidate()
        command = hourly(world)
        dry = await answer(writer, msgspec.structs.replace(command, dry_run=True))
        first = await answer(writer, command)
        await answer(writer, BookSlot(UUID(first["events"][1]["data"]["slot_id"]), person), BOT)
    async with writer_of(log) as cold:
        again = await answer(cold, command)
    async with writer_of(log) as cold:
        changed = await answer(cold, ChangeSeries(command.series_id or uuid4(), capacity=3))
    async with writer_of(log) as cold:
        ended = await answer(cold, EndSeries(command.series_id or uuid4(), "over"))

    report = await redecide(log)

    assert (dry["published"], dry["events"], dry["position"]) == (22, [], first["position"] - 24)
    assert [slot["slot_id"] for slot in dry["slots"]] == [
        event["data"]["slot_id"] for event in first["events"] if event["type"] == "SlotPublished"
    ]
    assert first["series_id"] == str(command.series_id)
    assert [skip["reason"] for skip in first["skipped"]] == ["no-such-local-time"]
    assert (again["published"], again["events"]) == (0, [])
    assert (changed["withdrawn"], changed["published"], len(changed["kept"])) == (21, 21, 1)
    assert (ended["withdrawn"], len(ended["kept"])) == (21, 1)
    assert report.differences == []
