"""The bridge: what that library asks of a recorder, over each of our logs."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from threading import Thread

import pytest
from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery, DCBQueryItem, DCBSequencedEvent
from eventsourcing.dcb.tests import DCBRecorderTestCase
from eventsourcing.persistence import IntegrityError, OperationalError, ProgrammingError

from events import dcb
from events.dcb import LogRecorder, open_recorder
from events.log import Log, StoredCommand
from events.memory import MemoryLog
from events.postgres import open_log

PATIENCE = 30.0


@pytest.fixture
def recorder(opening: AbstractAsyncContextManager[Log]) -> Iterator[LogRecorder[Log]]:
    """A recorder over an empty log."""
    with open_recorder(opening, "conformance") as recorder:
        yield recorder


def noted(*tags: str, type_: str = "Noted") -> DCBEvent:
    """Make an event under tags."""
    return DCBEvent(type_, b"{}", list(tags))


async def commands(log: Log) -> list[StoredCommand]:
    """Read what was settled."""
    return [stored async for stored in log.commands()]


def test_the_library_finds_its_own_semantics_of_reading_and_appending(recorder: LogRecorder[Log]) -> None:
    """The conformance case of the library for append and read passes."""
    DCBRecorderTestCase()._test_append_read(recorder)  # noqa: SLF001  made to be called by tests of recorders


def test_the_library_finds_its_own_semantics_of_subscribing(recorder: LogRecorder[Log]) -> None:
    """The conformance case of the library for subscriptions passes."""
    DCBRecorderTestCase()._test_append_subscribe(recorder)  # noqa: SLF001  as above


def test_the_head_of_a_reading_is_a_condition_for_an_append(recorder: LogRecorder[Log]) -> None:
    """Between a reading and an append on its head, any event that the reading would have shown is a failure."""
    query = DCBQuery([DCBQueryItem(tags=["a"])])
    recorder.append([noted("a"), noted("b")])
    reading = recorder.read(query)
    assert len(list(reading)) == 1
    recorder.append([noted("b")])

    position = recorder.append([noted("a")], DCBAppendCondition(query, reading.head))

    assert (reading.head, position) == (2, 4)
    with pytest.raises(IntegrityError):
        recorder.append([noted("a")], DCBAppendCondition(query, reading.head))


def test_a_reading_ends_where_the_log_ended(recorder: LogRecorder[Log]) -> None:
    """What is appended while a reading goes on is not part of it, so that its head tells no lie."""
    recorder.append([noted("a")])
    reading = recorder.read()

    recorder.append([noted("b")])

    assert [event.position for event in reading] == [1]
    assert reading.head == 1


@pytest.mark.parametrize("size", [1, 2, 3])
def test_readings_and_subscriptions_go_page_by_page(
    recorder: LogRecorder[Log], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a page ends is not to be seen in what is read."""
    monkeypatch.setattr(dcb, "PAGE", size)
    query = DCBQuery([DCBQueryItem(tags=["odd"])])
    for number in range(5):
        recorder.append([noted("even" if number % 2 else "odd")])

    with recorder.subscribe(query, after=1) as subscription:
        followed = [next(subscription).position, next(subscription).position]

    assert followed == [3, 5]
    assert [event.position for event in recorder.read(query)] == [1, 3, 5]
    assert [event.position for event in recorder.read(limit=4)] == [1, 2, 3, 4]


def test_events_come_back_as_they_were(recorder: LogRecorder[Log]) -> None:
    """Type, data and the order of tags are kept."""
    said = DCBEvent("Said", b"\x00\xff not JSON", ["z", "a"])

    recorder.append([said])

    assert list(recorder.read()) == [DCBSequencedEvent(said, 1)]


def test_an_append_needs_events(recorder: LogRecorder[Log]) -> None:
    """Appending nothing is a mistake of the caller."""
    with pytest.raises(ProgrammingError):
        recorder.append([])


@pytest.mark.parametrize("tag", ["", "a\x1fb"])
def test_a_tag_that_the_log_cannot_hold_is_refused(recorder: LogRecorder[Log], tag: str) -> None:
    """A tag that would come back as another is not written."""
    with pytest.raises(ProgrammingError):
        recorder.append([noted("a", tag)])

    assert recorder.head() == 0


def test_a_subscription_that_is_stopped_ends(recorder: LogRecorder[Log]) -> None:
    """Who is blocked in a subscription is let go when it is stopped elsewhere."""
    subscription = recorder.subscribe()
    received: list[DCBSequencedEvent] = []
    follower = Thread(target=lambda: received.extend(subscription))
    follower.start()

    subscription.stop()

    follower.join(PATIENCE)
    assert not follower.is_alive()
    assert received == []


def test_every_append_is_a_command() -> None:
    """An append stands in the log as a command with a random id, by the actor the recorder was opened for."""
    log = MemoryLog()

    with open_recorder(nullcontext(log), "importer") as recorder:
        recorder.append([noted("a"), noted("b")])
        recorder.append([noted("c")])

    settled = asyncio.run(commands(log))
    assert [(each.name, each.actor, each.first, each.position) for each in settled] == [
        ("append-events", "importer", 1, 2),
        ("append-events", "importer", 3, 3),
    ]
    assert len({each.command_id for each in settled}) == 2


def test_a_log_out_of_reach_is_an_operational_error(database_url: str) -> None:
    """A log that cannot be reached is told in the library's own words."""
    nobody_listens = database_url.replace("port=", "port=1")

    with open_recorder(open_log(nobody_listens), "importer") as recorder, pytest.raises(OperationalError):
        recorder.append([noted("a")])
