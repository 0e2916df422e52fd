"""The ways to book a seat twice, to refuse wrongly or to get stuck. Guards are taken out once, to see the harm."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import msgspec
import pytest

from commands.batch import Batch
from commands.book_slot import BookSlot
from commands.cancel_booking import CancelBooking
from commands.cancel_slot import CancelSlot
from commands.define_test import DefineTest
from commands.handling import Writer
from commands.hold_slot import HoldSlot
from commands.publish_slot import PublishSlot
from commands.record_test_result import RecordTestResult
from commands.replies import Reply
from commands.waiting import Waiting
from events.catalogue import CODEC
from events.entity import BrokenHistory
from events.log import Attempt, LogUnavailable
from events.memory import MemoryLog
from events.slot import SlotCancelled
from tests.support.deciding import BOT, NOW
from tests.support.faulty import FaultyLog
from tests.support.writing import World, most_seats_taken, outcomes, submit

Attempts = Callable[[Batch], list[Attempt]]


def change_attempts(monkeypatch: pytest.MonkeyPatch, change: Callable[[Attempt, int], Attempt]) -> None:
    """Sabotage what is handed to the log."""
    honest: Attempts = Batch.attempts
    monkeypatch.setattr(
        Batch,
        "attempts",
        lambda batch, *advice: [change(each, number) for number, each in enumerate(honest(batch, *advice))],
    )


async def two_processes() -> int:
    """Two writers know a slot as free; both give its one seat away. Returns the most seats ever taken."""
    log = MemoryLog()
    async with Writer(log) as one, Writer(log) as two:
        world = await World.make(one)
        slot, first, second = await world.slot(), await world.candidate(), await world.candidate()
        await submit(two, BookSlot(slot, uuid4()), BOT)  # now both have the slot at hand
        await world.booking(slot, first)
        await submit(two, BookSlot(slot, second), BOT)
    return await most_seats_taken(log, slot)


async def test_two_processes_do_not_give_away_one_seat_twice() -> None:
    """The boundary of the slot makes the second writer look again."""
    assert await two_processes() == 1


async def test_without_boundaries_two_processes_would(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail."""
    change_attempts(monkeypatch, lambda attempt, _: msgspec.structs.replace(attempt, boundaries=()))

    assert await two_processes() == 2


async def first_of_a_batch_fails() -> int:
    """One frees a seat, another takes it behind it in the same batch, and the first one falls on something else."""
    log = MemoryLog()
    async with Writer(log) as one, Writer(log) as two:
        world = await World.make(one)
        slot, first, second = await world.slot(), await world.candidate(), await world.candidate()
        booking = await world.booking(slot, first)
        await submit(two, DefineTest("typing", "Typing", 100, 60, 90))
        await submit(two, RecordTestResult(first, "typing", 70))  # unknown to the first writer
        await asyncio.gather(
            submit(one, CancelBooking(booking), BOT),
            submit(one, BookSlot(slot, second), BOT),
        )
    return await most_seats_taken(log, slot)


async def test_a_command_falls_with_the_one_whose_events_it_saw() -> None:
    """At no position are two seats taken."""
    assert await first_of_a_batch_fails() == 1


async def test_without_groups_it_would_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail."""
    change_attempts(monkeypatch, lambda attempt, number: msgspec.structs.replace(attempt, group=number))

    assert await first_of_a_batch_fails() == 2


async def refusal_from_a_stale_cache() -> Reply:
    """A writer knows a slot as full; its seat was freed through another one a moment ago."""
    log = MemoryLog()
    async with Writer(log) as one, Writer(log) as two:
        world = await World.make(one)
        slot, first, second = await world.slot(), await world.candidate(), await world.candidate()
        booking = await world.booking(slot, first)
        await submit(two, CancelBooking(booking), BOT)
        return await submit(one, BookSlot(slot, second), BOT)


async def test_a_refusal_is_checked_against_the_log_before_it_is_answered() -> None:
    """The freed seat is found."""
    assert (await refusal_from_a_stale_cache()).outcome == "accepted"


async def test_without_boundaries_a_refusal_would_be_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail."""
    change_attempts(
        monkeypatch,
        lambda attempt, _: attempt if attempt.facts else msgspec.structs.replace(attempt, boundaries=()),
    )

    assert (await refusal_from_a_stale_cache()).outcome == "slot-full"


async def test_something_new_whose_id_another_process_used_is_refused() -> None:
    """What is about to be created is not looked up beforehand; the append notices, and then it is."""
    log = MemoryLog()
    async with Writer(log) as one, Writer(log) as two:
        world = await World.make(one)
        slot = await world.slot()
        publish = PublishSlot(world.recruiter_id, "berlin", "screening", "2099-01-01T10:00", slot_id=slot)
        reply = await submit(two, publish)
    assert reply.outcome == "already-exists"


async def cancelled_during_commit() -> tuple[Reply, int]:
    """A request is cancelled while its append is under way; then the same command comes again."""
    log = FaultyLog()
    async with Writer(log) as writer:
        world = await World.make(writer)
        slot, candidate = await world.slot(), await world.candidate()
        command_id = uuid4()
        before = await log.head()
        log.gate.clear()
        log.reached.clear()
        request = asyncio.create_task(submit(writer, BookSlot(slot, candidate), BOT, command_id))
        await log.reached.wait()
        request.cancel()
        await asyncio.wait([request])
        log.gate.set()
        again = await submit(writer, BookSlot(slot, candidate), BOT, command_id)
        return again, await log.head() - before


async def test_cancelling_a_request_neither_cancels_its_append_nor_forgets_it() -> None:
    """One event is written, and the repetition is answered with it."""
    reply, written = await cancelled_during_commit()

    assert (reply.outcome, written) == ("accepted", 1)
    assert reply.replayed


async def test_a_writer_that_lets_cancellation_through_would_lose_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail."""
    honest: Callable[[Waiting], Awaitable[Reply]] = Waiting.reply

    async def fragile(waiting: Waiting) -> Reply:
        try:
            return await honest(waiting)
        except asyncio.CancelledError:
            (append,) = [task for task in asyncio.all_tasks() if task.get_name() == "append"]
            append.cancel()
            raise

    monkeypatch.setattr(Waiting, "reply", fragile)

    with pytest.raises(LogUnavailable):
        await cancelled_during_commit()


async def test_five_hundred_after_one_seat_cost_a_handful_of_appends() -> None:
    """One wins, the others are refused, nobody is decided over and over."""
    log = FaultyLog()
    async with Writer(log) as writer:
        world = await World.make(writer)
        slot = await world.slot()
        people = [await world.candidate() for _ in range(500)]
        log.appends.clear()
        replies = await asyncio.gather(*(submit(writer, BookSlot(slot, person), BOT) for person in people))
    assert outcomes(replies) == {"accepted": 1, "slot-full": 499}
    assert len(log.appends) <= 3
    assert await most_seats_taken(log, slot) == 1


async def torn_view() -> Reply:
    """A writer knows a slot with a hold; the hold was used through another one, and is read only now."""
    log = MemoryLog()
    async with Writer(log) as one, Writer(log) as two:
        world = await World.make(one)
        slot, first = await world.slot(), await world.candidate()
        await world.accepted(HoldSlot(slot, first), BOT)
        await submit(two, BookSlot(slot, uuid4()), BOT)  # two has the slot at hand, not the hold
        await world.booking(slot, first)
        return await submit(two, CancelSlot(slot, "painted"))


async def test_states_of_different_age_are_read_on_and_decided_again() -> None:
    """What cannot follow in a torn view is no fault, and the writer does not stay stuck on it."""
    reply = await torn_view()

    assert reply.outcome == "accepted"
    assert b"BookingCancelled" in reply.body


async def test_without_reading_on_a_torn_view_would_be_taken_for_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail."""

    async def nothing_new(*_: object) -> bool:
        return False

    monkeypatch.setattr(Writer, "_read_on", nothing_new)

    with pytest.raises(BrokenHistory):
        await torn_view()


async def test_a_history_that_cannot_be_folded_fails_those_who_need_it_alone() -> None:
    """One slot's log was tampered with; the writer goes on for all the others, who come in the same moment."""
    log = MemoryLog()
    async with Writer(log) as writer:
        world = await World.make(writer)
        broken, sound, person = await world.slot(), await world.slot(), await world.candidate()
    facts = [CODEC.encode(SlotCancelled(broken, world.recruiter_id, NOW, NOW, "twice"))] * 2
    tampering = Attempt(uuid4(), "tamper", b"{}", b"", "admin:x", "accepted", b"", uuid4(), 0, facts=facts)
    await log.append([tampering], NOW)

    async with Writer(log) as writer:
        failed, first, second = await asyncio.gather(
            submit(writer, BookSlot(broken, person), BOT),
            submit(writer, BookSlot(sound, person), BOT),
            submit(writer, DefineTest("typing", "Typing", 100, 60, 90)),
            return_exceptions=True,
        )

    assert isinstance(failed, BrokenHistory)
    assert [each.outcome for each in (first, second) if isinstance(each, Reply)] == ["accepted", "accepted"]
