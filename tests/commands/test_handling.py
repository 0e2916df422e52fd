"""The writer: repetition, outages, overload, draining."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
import pytest

from commands import handling
from commands.book_slot import BookSlot
from commands.cancel_booking import CancelBooking
from commands.catalogue import BY_STRUCT
from commands.decision import Decision, Known
from commands.define_test import DefineTest
from commands.handling import Busy, KeyReused, Writer
from commands.open_city import OpenCity
from commands.replies import Reply
from commands.states import States
from events.city import OpenedCity
from events.log import LogUnavailable, Under
from tests.support.deciding import ADMIN, BOT
from tests.support.faulty import FaultyLog
from tests.support.writing import World, outcomes, submit

BERLIN = OpenCity("berlin", "Berlin", "Europe/Berlin", "de")
PARIS = OpenCity("paris", "Paris", "Europe/Paris", "fr")


async def test_the_reply_names_positions_events_and_ids() -> None:
    """What was written, as it stands in the log."""
    async with Writer(FaultyLog()) as writer:
        reply = await submit(writer, BERLIN)

    body = msgspec.json.decode(reply.body)
    assert body["command_id"] == str(reply.command_id)
    assert (body["position"], reply.position, body["city_id"]) == (1, 1, "berlin")
    assert [(event["position"], event["type"]) for event in body["events"]] == [(1, "CityOpened")]
    assert body["events"][0]["data"]["time_zone"] == "Europe/Berlin"


async def test_a_command_is_decided_by_the_time_at_which_it_came() -> None:
    """Not by that at which the writer began to wait for it."""
    log, hours = FaultyLog(), iter(range(24))
    async with Writer(log, clock=lambda: datetime(2027, 3, 1, next(hours), tzinfo=UTC)) as writer:
        await submit(writer, BERLIN)
        await asyncio.sleep(0)  # now it waits for more
        read = next(hours)
        await submit(writer, PARIS)

    [_, paris] = [event async for event in log.read()]
    assert paris.decided_at.hour > read


async def test_personal_data_is_not_in_what_is_kept_beside_the_log() -> None:
    """Neither in the reply nor in the command as it is kept."""
    log = FaultyLog()
    async with Writer(log) as writer:
        world = await World.make(writer)
        await world.candidate()
        kept = [command async for command in log.commands()]

    assert b"[redacted]" in kept[-1].body
    assert b"Kim" not in kept[-1].body
    reply = log._commands[kept[-1].command_id][1].reply  # noqa: SLF001  the stored bytes themselves
    assert b"Kim" not in reply


async def test_a_repeated_command_gets_its_first_reply_from_any_writer() -> None:
    """Byte for byte, refusals included, though the answer would be another by now."""
    log = FaultyLog()
    ids = [uuid4(), uuid4()]
    async with Writer(log) as first:
        replies = [await submit(first, BERLIN, command_id=ids[0]), await submit(first, BERLIN, command_id=ids[1])]
    async with Writer(log) as second:
        again = [await submit(second, BERLIN, command_id=each) for each in ids]

    assert [reply.outcome for reply in again] == ["accepted", "already-exists"]
    assert [reply.body for reply in again] == [reply.body for reply in replies]
    assert [(reply.replayed, other.replayed) for reply, other in zip(replies, again, strict=True)] == [
        (False, True),
        (False, True),
    ]
    assert await log.head() == 1


async def test_an_id_with_another_body_or_actor_is_an_error() -> None:
    """Whether it comes later, or while the first is under way."""
    log = FaultyLog()
    async with Writer(log) as writer:
        command_id = uuid4()
        await submit(writer, BERLIN, command_id=command_id)
        with pytest.raises(KeyReused):
            await submit(writer, PARIS, command_id=command_id)
        with pytest.raises(KeyReused):
            await submit(writer, BERLIN, BOT, command_id=command_id)
        other = uuid4()
        results = await asyncio.gather(
            submit(writer, PARIS, command_id=other),
            submit(writer, BERLIN, command_id=other),
            return_exceptions=True,
        )

    assert isinstance(results[1], KeyReused)
    assert not isinstance(results[0], BaseException)


async def test_a_body_that_stands_is_not_refused_for_another_one_under_way() -> None:
    """Another process settled it; here its id comes with another body, and right behind with the one that stands."""
    log = FaultyLog()
    command_id = uuid4()
    async with Writer(log) as elsewhere:
        settled = await submit(elsewhere, BERLIN, command_id=command_id)

    async with Writer(log) as writer:
        other, same = await asyncio.gather(
            submit(writer, PARIS, command_id=command_id),
            submit(writer, BERLIN, command_id=command_id),
            return_exceptions=True,
        )

    assert isinstance(other, KeyReused)
    assert isinstance(same, Reply)
    assert (same.body, same.replayed) == (settled.body, True)


async def test_one_id_sent_many_times_at_once_is_one_fact() -> None:
    """One is the first, all others are replays of it, with the same bytes."""
    log = FaultyLog()
    async with Writer(log) as writer:
        command_id = uuid4()
        replies = await asyncio.gather(*(submit(writer, BERLIN, command_id=command_id) for _ in range(8)))

    assert len({reply.body for reply in replies}) == 1
    assert sorted(reply.replayed for reply in replies) == [False] + [True] * 7
    assert await log.head() == 1


async def test_a_lost_acknowledgement_is_not_a_second_fact() -> None:
    """The same ids are sent again, and what the log kept is the reply: not a replay, for nobody has seen it yet."""
    log = FaultyLog()
    async with Writer(log) as writer:
        log.lose = 3
        reply = await submit(writer, BERLIN)

    assert (reply.outcome, reply.position, reply.replayed) == ("accepted", 1, False)
    assert len(log.appends) == 4
    assert await log.head() == 1


async def test_an_outage_is_waited_out() -> None:
    """The append is sent again until the log is back."""
    log = FaultyLog()
    async with Writer(log) as writer:
        log.away = 3
        reply = await submit(writer, BERLIN)

    assert reply.outcome == "accepted"
    assert len(log.appends) == 4


async def test_a_long_outage_is_told_and_the_writer_goes_on_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits learns that the log is unavailable; the next command is settled."""
    monkeypatch.setattr(handling, "RESEND_SECONDS", 0.0)
    log = FaultyLog()
    async with Writer(log) as writer:
        log.away = 100
        with pytest.raises(LogUnavailable):
            await submit(writer, BERLIN)
        log.away = 0
        assert (await submit(writer, BERLIN)).outcome == "accepted"


async def test_closing_does_not_wait_out_a_long_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who drains has little time: what cannot be written by then is told so."""
    monkeypatch.setattr(handling, "RESEND_SECONDS", 1e9)
    monkeypatch.setattr(handling, "RESEND_SECONDS_CLOSING", 0.0)
    log = FaultyLog()
    log.away = 10**9
    async with Writer(log) as writer:
        waiting = asyncio.create_task(submit(writer, BERLIN))
        await log.reached.wait()
    with pytest.raises(LogUnavailable):
        await waiting


async def test_states_that_cannot_be_read_are_told_and_the_writer_goes_on() -> None:
    """Nothing was decided, so nothing was written."""
    log = FaultyLog()
    async with Writer(log) as writer:
        log.reads_away = 1
        with pytest.raises(LogUnavailable):
            await submit(writer, BERLIN)
        assert (await submit(writer, BERLIN)).outcome == "accepted"


async def test_a_bug_in_a_decision_fails_that_command_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others of its batch are settled."""

    def broken(*_: object) -> Decision:
        raise ZeroDivisionError

    catalogue = dict(BY_STRUCT)
    catalogue[DefineTest] = BY_STRUCT[DefineTest]._replace(decide=broken)
    monkeypatch.setattr("commands.batch.BY_STRUCT", catalogue)
    async with Writer(FaultyLog()) as writer:
        results = await asyncio.gather(
            submit(writer, BERLIN),
            submit(writer, DefineTest("typing", "Typing", 100, 60, 90)),
            submit(writer, PARIS),
            return_exceptions=True,
        )

    assert isinstance(results[1], ZeroDivisionError)
    assert [getattr(result, "outcome", None) for result in results] == ["accepted", None, "accepted"]


async def test_a_full_queue_says_so_at_once() -> None:
    """What was taken on is settled all the same."""
    log = FaultyLog()
    async with Writer(log, queue_bound=2) as writer:
        log.gate.clear()
        taken = [asyncio.create_task(submit(writer, city)) for city in (BERLIN, PARIS)]
        await log.reached.wait()
        with pytest.raises(Busy):
            await submit(writer, OpenCity("rome", "Rome", "Europe/Rome", "it"))
        log.gate.set()
        assert outcomes(await asyncio.gather(*taken)) == {"accepted": 2}


async def test_closing_settles_what_was_taken_on_and_takes_on_no_more() -> None:
    """Draining drops nothing."""
    log = FaultyLog()
    writer = Writer(log)
    async with writer:
        log.gate.clear()
        taken = [asyncio.create_task(submit(writer, city)) for city in (BERLIN, PARIS)]
        await log.reached.wait()
        asyncio.get_running_loop().call_soon(log.gate.set)
    assert outcomes(await asyncio.gather(*taken)) == {"accepted": 2}
    assert writer.load == 0
    with pytest.raises(Busy):
        await submit(writer, BERLIN)


async def test_a_request_that_nobody_waits_for_is_dropped_before_it_is_decided() -> None:
    """It was cancelled while it was still in the queue."""
    log = FaultyLog()
    async with Writer(log) as writer:
        log.gate.clear()
        first = asyncio.create_task(submit(writer, BERLIN))
        await log.reached.wait()
        world_change = asyncio.create_task(submit(writer, OpenCity("berlin", "Again", "Europe/Berlin", "de")))
        await asyncio.sleep(0)
        world_change.cancel()
        await asyncio.wait([world_change])
        log.gate.set()
        await first
    assert len([command async for command in log.commands()]) == 1


async def test_a_command_waits_for_the_append_that_changes_what_it_needs_and_others_do_not() -> None:
    """While one city is being opened, a second command on it is not decided on what may not come true."""
    log = FaultyLog()
    async with Writer(log) as writer:
        log.gate.clear()
        first = asyncio.create_task(submit(writer, BERLIN))
        await log.reached.wait()
        second = asyncio.create_task(submit(writer, OpenCity("berlin", "Again", "Europe/Berlin", "de")))
        third = asyncio.create_task(submit(writer, PARIS))
        await asyncio.sleep(0.01)
        log.gate.set()
        replies = await asyncio.gather(first, second, third)

    assert [reply.outcome for reply in replies] == ["accepted", "already-exists", "accepted"]
    assert (replies[0].position, replies[2].position) == (1, 2)


async def test_an_expected_position_that_has_passed_is_refused_with_the_newer_one() -> None:
    """Also where the change is in the same batch."""
    async with Writer(FaultyLog()) as writer:
        world = await World.make(writer)
        slot, candidate = await world.slot(), await world.candidate()
        booking = await world.booking(slot, candidate)
        at = int((await submit(writer, BookSlot(slot, candidate), BOT)).position)
        replies = await asyncio.gather(
            submit(writer, CancelBooking(booking), BOT, expected=at),
            submit(writer, CancelBooking(booking), BOT, expected=at),
        )
        later = await submit(writer, CancelBooking(booking), BOT, expected=at)

    assert [reply.outcome for reply in replies] == ["accepted", "changed"]
    assert later.outcome == "changed"
    assert msgspec.json.decode(later.body)["facts"] == {"position": at + 1}


async def test_the_clock_is_an_argument() -> None:
    """Every event of a batch was decided at one moment, and says which."""
    log = FaultyLog()
    moment = datetime(2030, 1, 1, tzinfo=UTC)
    async with Writer(log, clock=lambda: moment) as writer:
        await submit(writer, BERLIN)

    assert [event.decided_at async for event in log.read()] == [moment]


async def test_a_reply_to_nothing_to_do_names_the_position_it_was_decided_on() -> None:
    """No events, and no number burnt."""
    log = FaultyLog()
    definition = DefineTest("typing", "Typing", 100, 60, 90)
    async with Writer(log) as writer:
        await submit(writer, definition)
        await submit(writer, BERLIN)
        reply = await submit(writer, definition)

    assert reply.position == 2
    assert msgspec.json.decode(reply.body)["events"] == []


def opened(city_id: str) -> OpenedCity:
    """A city as a state."""
    return OpenedCity(city_id, city_id.upper(), "UTC", "en", None)


def test_states_are_bounded_and_the_least_used_go_first() -> None:
    """What was looked at last stays."""
    states = States(bound=2)
    states.put({"city:a": Known(opened("a"), 1), "city:b": Known(opened("b"), 2)})
    states.get("city:a")

    states.put({"city:c": Known(opened("c"), 3)})

    assert [states.get(f"city:{name}") is not None for name in "abc"] == [True, False, True]


def test_a_state_is_read_on_from_where_it_was() -> None:
    """Nothing is folded twice."""
    states = States(bound=2)
    states.put({"city:a": Known(opened("a"), 7)})

    assert states.wanted(["city:a", "city:b"]) == {"city:a": 7, "city:b": 0}
    states.fold({"city:a": Under([], 9)})
    assert states.get("city:a") == Known(opened("a"), 9)


def test_an_actor_is_stored_by_role_and_name() -> None:
    """And read back."""
    assert str(ADMIN) == "admin:root"
    assert type(ADMIN).parse("admin:root") == ADMIN
