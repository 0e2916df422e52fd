"""`GET /v1/stream`: being told over HTTP that something has changed."""

from uuid import uuid4

import pytest
from litestar import Litestar

from api import stream as stream_module
from api import streams
from api import tokens as tokens_module
from api.services import Services
from api.tokens import revoke_token
from tests.api.streaming import Message, Stream
from tests.api.world import CITY, STAGE, World
from tests.events.postgres.looking import PATIENCE
from tests.projections.following import until

SLOTS_HERE = f"slots:{CITY}/{STAGE}"
NOT_TOPICS = [
    "",
    ",directory",
    "slots",
    "slots:",
    "slots:Rome",
    "slots:rome/first/2027-03-02",
    "slot:7",
    f"slot:{str(uuid4()).upper()}",
    f"hold:{uuid4()}",
    "waitlist:rome",
    "agenda:rome",
    "*",
    "directory%0A",
    ",".join(f"slot:{uuid4()}" for _ in range(51)),
]


@pytest.fixture
def services(app: Litestar) -> Services:
    """What the application works with."""
    made: Services = app.state.services
    return made


def listen(app: Litestar, world: World, topics: str, **headers: str) -> Stream:
    """Listen as the bot."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Stream(app, f"/v1/stream?topics={topics}", {**sent, **world.bearer("bot")})


async def test_a_listener_is_told_what_a_query_shows(app: Litestar, world: World, services: Services) -> None:
    """A change is told under the topics that were asked for, with no data; whoever asks then sees it."""
    slot_id, candidate_id = await world.slot(), await world.candidate()
    await services.changes.reach(world.position, PATIENCE)

    async with listen(app, world, f"slot:{slot_id},{SLOTS_HERE},directory") as stream:
        ready = await stream.read()
        await world.slot()
        first = await stream.read()
        await world.booking(slot_id, candidate_id)
        second = await stream.read()
        card = (await world.get(f"/v1/slots/{slot_id}")).json()

    at = world.position
    assert (stream.status, stream.headers["content-type"]) == (200, "text/event-stream")
    assert (ready.event, ready.data) == ("ready", {"position": ready.id})
    assert first == Message(at - 1, "changed", {"position": at - 1, "topics": [SLOTS_HERE]})
    assert second == Message(at, "changed", {"position": at, "topics": [f"slot:{slot_id}", SLOTS_HERE]})
    assert card["seats_left"] == 0


async def test_a_recruiter_s_agenda_can_be_followed(app: Litestar, world: World, services: Services) -> None:
    """Its slots, bookings, answers and absences, one after the other; nothing of another recruiter's."""
    other = await world.beside()
    slot_id, candidate_id = await world.slot(), await world.candidate()
    await services.changes.reach(world.position, PATIENCE)
    day = {"from": "2031-01-01T10:00Z", "to": "2031-01-02T10:00Z"}
    told, positions = [], []

    async with listen(app, world, f"agenda:{world.recruiter_id}") as stream:

        async def hear() -> None:
            told.append(await stream.read())
            positions.append(world.position)

        await stream.read()
        booking_id = await world.booking(slot_id, candidate_id)
        await hear()
        await world.do("answer-attendance", {"booking_id": booking_id, "answer": "yes"}, role="bot")
        await hear()
        await other.slot()
        await world.do("record-absence", {"recruiter_id": world.recruiter_id, **day})
        await hear()

    assert [(each.event, each.id) for each in told] == [("changed", position) for position in positions]
    assert {tuple(each.data["topics"]) for each in told} == {(f"agenda:{world.recruiter_id}",)}


async def test_who_comes_back_is_told_first_what_was_missed(app: Litestar, world: World, services: Services) -> None:
    """From a position on, as a header or as a parameter; the header goes before."""
    before = world.position
    await world.slot()
    await services.changes.reach(world.position, PATIENCE)
    missed = Message(before + 1, "changed", {"position": before + 1, "topics": [SLOTS_HERE]})

    for topics, headers in (
        (SLOTS_HERE, {"Last_Event_ID": str(before)}),
        (f"{SLOTS_HERE}&last_event_id={before}", {}),
        (f"{SLOTS_HERE}&last_event_id={before + 1}", {"Last_Event_ID": str(before)}),
    ):
        async with listen(app, world, topics, **headers) as stream:
            assert await stream.read() == Message(before, "ready", {"position": before})
            assert await stream.read() == missed


async def test_who_knows_too_little_begins_anew(
    app: Litestar, world: World, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too far behind, or beyond the end of the log: told to ask everything, and what changes from then on."""
    monkeypatch.setattr(stream_module, "MOST_MISSED", 2)
    await services.changes.reach(world.position, PATIENCE)

    for last_event_id in ("0", "50", "9" * 18):
        async with listen(app, world, "directory", Last_Event_ID=last_event_id) as stream:
            at = world.position
            assert await stream.read() == Message(at, "reset", {"position": at})
            await world.test(f"test-{last_event_id}")
            assert (await stream.read()).data == {"position": at + 1, "topics": ["directory"]}


async def test_what_cannot_be_listened_to_is_refused(world: World) -> None:
    """Nobody waits in vain for what is never told."""
    for topics in NOT_TOPICS:
        response = await world.get(f"/v1/stream?topics={topics}", role="bot")

        assert (response.status_code, response.json()["code"]) == (400, "invalid-parameter"), topics
        assert response.json()["facts"]["field"] == "topics", topics


async def test_a_malformed_position_is_named(world: World) -> None:
    """It is a whole number, wherever it stands."""
    missing = await world.get("/v1/stream")
    header = await world.get("/v1/stream?topics=directory", Last_Event_ID="-1")
    parameter = await world.get("/v1/stream?topics=directory&last_event_id=x")

    assert [each.status_code for each in (missing, header, parameter)] == [400, 400, 400]
    assert [each.json()["facts"]["field"] for each in (missing, header, parameter)] == [
        "topics",
        "Last-Event-ID",
        "last_event_id",
    ]


async def test_who_leaves_is_forgotten_at_once(app: Litestar, world: World, services: Services) -> None:
    """Nothing of a listener stays, whether it was reading or not."""
    async with listen(app, world, "directory") as reading, listen(app, world, f"slots:{CITY}"):
        await reading.read()
        await until(lambda: set(services.listeners.topics) == {"directory", f"slots:{CITY}"})
        while_there = services.streams.count

    assert while_there == 2
    assert services.streams.count == 0
    assert not services.listeners.topics


@pytest.fixture
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is remembered of a token, and it is looked up again and again. To be named before `app`."""
    monkeypatch.setattr(tokens_module, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(streams, "RECHECK_SECONDS", 0.01)


async def test_a_revoked_token_ends_a_stream(watchful: None, app: Litestar, world: World, database_url: str) -> None:
    """It ends properly, and soon; the streams of others go on."""
    del watchful
    async with (
        listen(app, world, "directory") as ended,
        Stream(app, "/v1/stream?topics=directory", world.bearer("admin")) as going_on,
    ):
        await revoke_token(database_url, "the bot")

        assert await ended.ended()
        await going_on.read()
        await world.test("typing")
        assert (await going_on.read()).event == "changed"


async def test_streams_end_when_the_process_stops(app: Litestar, world: World, services: Services) -> None:
    """Those that are open end properly, and one that begins after that ends at once."""
    async with listen(app, world, "directory") as before:
        services.streams.close()
        async with listen(app, world, "directory") as after:
            assert await before.ended()
            assert await after.ended()


async def test_one_stream_too_many_is_refused(app: Litestar, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process can serve has an end; who is refused may try again."""
    monkeypatch.setattr(streams, "MOST", 1)
    async with listen(app, world, "directory"):
        response = await world.get("/v1/stream?topics=directory")

        assert (response.status_code, response.json()["code"]) == (503, "busy")
        assert "retry-after" in response.headers
