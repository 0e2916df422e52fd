"""The feed as a stream: gapless, in order, and on as the log grows."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from litestar import Litestar

from api import events_stream, tail
from api.events_stream import Bookmark, Wanted, follow
from api.tail import Tail
from events.memory import MemoryLog
from tests.api.streaming import SSE, Message, Stream, composed
from tests.api.world import World
from tests.events.attempts import whole
from tests.events.postgres.looking import PATIENCE
from tests.projections.following import AbsentLog, until
from tests.projections.running import log_of, story, write_all
from tests.support.deciding import CANDIDATE, city, recruiter, slot, some_id

ALL = Wanted(frozenset(), frozenset())
CITIES = Wanted(frozenset({"CityOpened"}), frozenset())


@asynccontextmanager
async def followed(
    log: MemoryLog, end: Tail, wanted: Wanted = ALL, after: int = 0
) -> AsyncIterator[AsyncIterator[Message]]:
    """What one client is told."""
    async with composed(follow(log, end, wanted, Bookmark(after), await log.head())) as messages:
        yield messages


async def cities(number: int) -> AbsentLog:
    """A log of so many cities."""
    log = AbsentLog()
    await write_all(log, [city(f"city-{each}") for each in range(number)])
    return log


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are small, little is kept, and signs of life come soon."""
    monkeypatch.setattr(events_stream, "PAGE", 3)
    monkeypatch.setattr(tail, "KEPT", 11)
    monkeypatch.setattr(events_stream, "HEARTBEAT_SECONDS", 0.01)


def choices(draw: random.Random) -> Wanted:
    """Filter by some types, some tags, both or nothing."""
    types = draw.sample(["SlotBooked", "SlotHeld", "CityOpened", "SlotPublished"], draw.randrange(3))
    tags = draw.sample([f"candidate:{CANDIDATE}", f"slot:{some_id('slot 1')}"], draw.randrange(3))
    return Wanted(frozenset(types), frozenset(tags))


@pytest.mark.usefixtures("small")
async def test_every_event_is_told_once_and_in_order() -> None:
    """Cut at random while the log grows: what matches is told from where the client was, and nothing twice."""
    for seed in range(8):
        draw = random.Random(seed)
        events, log, wanted, told, last_id = story(seed), await log_of([]), choices(draw), list[int](), 0
        async with Tail(log) as end, asyncio.timeout(PATIENCE):
            while events or last_id < await log.head():
                some = [events.pop(0) for _ in range(min(draw.randrange(30), len(events)))]
                async with followed(log, end, wanted, last_id) as messages:
                    for _ in range(draw.randrange(8)):
                        message = await anext(messages)
                        assert message.id >= last_id
                        last_id = message.id
                        told += [] if message.event is None else [message.id]
                        await write_all(log, [some.pop() for _ in some[:3]])
                await write_all(log, some)

        assert told == [event.position for event in await whole(log, wanted.query)], (seed, wanted)


async def test_what_is_at_the_end_is_read_once_for_all() -> None:
    """A thousand clients that wait cost what one costs; a new event is read once, and told to each."""
    log = await cities(3)
    async with Tail(log) as end, AsyncExitStack() as all_of_them:
        clients = [await all_of_them.enter_async_context(followed(log, end, after=3)) for _ in range(1_000)]
        waiting = [asyncio.ensure_future(anext(client)) for client in clients]
        await until(lambda: "wait" in log.asked)
        log.asked.clear()
        await asyncio.sleep(0)

        await write_all(log, [city("rome")])
        async with asyncio.timeout(PATIENCE):
            told = await asyncio.gather(*waiting)

    assert {message.id for message in told} == {4}
    assert log.asked.count("read") == 1
    assert len(log.asked) <= 4


async def test_nobody_looks_where_nobody_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without clients the log is left alone; whoever comes later misses nothing."""
    monkeypatch.setattr(tail, "IDLE_SECONDS", 0.005)
    log = await cities(3)
    async with Tail(log) as end:
        await asyncio.sleep(0.01)
        before = list(log.asked)
        async with followed(log, end) as messages:
            first = [(await anext(messages)).id for _ in range(3)]
        log.asked.clear()
        await asyncio.sleep(0.05)
        after = list(log.asked)
        await write_all(log, [city(f"late-{number}") for number in range(20)])
        async with followed(log, end, after=3) as messages:
            then = [(await anext(messages)).id for _ in range(20)]

    assert before == []
    assert len(after) <= 2
    assert [*first, *then] == list(range(1, 24))


@pytest.mark.usefixtures("small")
async def test_what_does_not_match_is_passed() -> None:
    """Signs of life take a client along with whom nothing is to be shared, so that it does not come back to it."""
    log = await cities(1)
    async with Tail(log) as end, followed(log, end, CITIES) as messages:
        first = await anext(messages)
        await write_all(log, [recruiter(), slot()])
        while (passed := await anext(messages)).id < 3:
            pass

    assert (first.id, first.event) == (1, "CityOpened")
    assert passed == Message(3, None, None)


async def test_a_client_that_does_not_read_costs_nothing() -> None:
    """No page is read before the one ahead of it was taken."""
    log = await cities(1_000)
    async with Tail(log) as end:
        messages = follow(log, end, ALL, Bookmark(0), 1_000)
        chunk = await anext(messages)
        await until(lambda: "wait" in log.asked)
        reads = log.asked.count("read")
        await messages.aclose()

    assert chunk.count(b"\n\n") == events_stream.PAGE
    assert reads == 1


@pytest.mark.usefixtures("small")
async def test_an_outage_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stream lives on while the log is away, and goes on where it was."""
    monkeypatch.setattr(events_stream, "RETRY_SECONDS", 0.01)
    log = await cities(2)
    async with Tail(log) as end, followed(log, end, after=1) as messages:
        first = await anext(messages)
        log.is_away = True
        await write_all(log, [city("rome")])
        silence = await anext(messages)
        log.is_away = False
        while (back := await anext(messages)).event is None:
            pass

    assert (first.id, silence, back.id) == (2, Message(2, None, None), 3)


async def test_over_http_an_event_is_what_the_feed_shows(app: Litestar, world: World) -> None:
    """The same JSON; the position is the id, the type of the event that of the message."""
    await world.slot()
    items = (await world.get("/v1/events")).json()["items"]

    async with Stream(app, "/v1/events", {**SSE, **world.bearer("auditor")}) as stream:
        told = [await stream.read() for _ in items]
        await world.slot()
        news = await stream.read()

    assert stream.headers["content-type"] == "text/event-stream"
    assert told == [Message(item["position"], item["type"], item) for item in items]
    assert (news.id, news.event) == (world.position, "SlotPublished")


async def test_over_http_it_is_filtered_and_resumed(app: Litestar, world: World) -> None:
    """As the feed is; the position a client comes back with goes before the one in its address."""
    slot_id = await world.slot()
    await world.booking(slot_id, await world.candidate())
    address = f"/v1/events?type=SlotPublished&type=SlotBooked&tag=slot:{slot_id}"
    headers = {"Accept": "application/json;q=0.5, text/event-stream", **world.bearer("auditor")}

    async with Stream(app, address, headers) as stream:
        told = [await stream.read(), await stream.read()]
    async with Stream(app, f"{address}&after=1", {**headers, "Last-Event-ID": str(told[0].id)}) as stream:
        again = await stream.read()

    assert [message.event for message in told] == ["SlotPublished", "SlotBooked"]
    assert again == told[1]


async def test_a_position_of_another_log_is_noticed(app: Litestar, world: World) -> None:
    """Beyond the end nothing will ever come in the right order: the client is told, and where the end is."""
    headers = {**SSE, **world.bearer("auditor"), "Last-Event-ID": "700"}
    at = world.position

    async with Stream(app, "/v1/events", headers) as stream:
        reset = await stream.read()
        await world.test("typing")
        news = await stream.read()

    assert reset == Message(at, "reset", {"position": at})
    assert news.id == at + 1


async def test_a_malformed_position_is_refused(world: World) -> None:
    """As in the other stream."""
    response = await world.get("/v1/events", role="auditor", Accept="text/event-stream", Last_Event_ID="soon")

    assert (response.status_code, response.json()["facts"]["field"]) == (400, "Last-Event-ID")
