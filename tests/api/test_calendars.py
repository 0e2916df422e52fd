"""Calendar feeds: what calendar programs read, and what opens them."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from icalendar import Calendar, Event
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api.app import create_app
from api.tokens import create_token
from daybook.settings import Settings
from daybook.tracing import Tracing
from tests.api.running import client_of, running
from tests.api.test_reading import shown
from tests.api.world import World
from tests.support.forking import Api

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
async def key(database_url: str, recruiter_id: UUID) -> str:
    """The key to the recruiter's calendar."""
    return await create_token(database_url, "calendar", "the calendar", recruiter_id)


def events_of(response: httpx.Response) -> Sequence[Event]:
    """Read a calendar."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/calendar")
    return Calendar.from_ical(response.content).events


def told(event: Event) -> tuple[str, int, str]:
    """Read what changes in an event."""
    return str(event["uid"]), event.sequence, str(event["status"])


async def test_feed_has_one_event_for_each_booking(world: World, key: str) -> None:
    """With its time in UTC, its place, and whose booking it is; the key is enough to read it."""
    slot_id = await world.slot(location="Room 4; first floor")
    booking_id = await world.booking(slot_id, await world.candidate())
    slot = (await shown(world, f"/v1/slots/{slot_id}")).json()

    feed = await world.client.get(f"/v1/recruiters/{world.recruiter_id}/agenda.ics?key={key}")

    [event] = events_of(feed)
    assert told(event) == (f"{booking_id}@daybook", 0, "CONFIRMED")
    assert (event.start.isoformat(), event.end.isoformat()) == (
        slot["starts_at"].replace("Z", "+00:00"),
        slot["ends_at"].replace("Z", "+00:00"),
    )
    assert (event["summary"], event["location"]) == ("Stage: Grace", "Room 4; first floor")
    assert b"METHOD:PUBLISH\r\n" in feed.content


async def test_event_keeps_its_uid_and_grows_its_sequence_until_it_is_cancelled(world: World, key: str) -> None:
    """Calendar programs take the copy with the highest number, and drop what is cancelled."""
    first, second = await world.slot(), await world.slot()
    booking_id = await world.booking(first, await world.candidate())
    path = f"/v1/recruiters/{world.recruiter_id}/agenda.ics?key={key}"
    seen = []

    for name, body in (
        ("reschedule-booking", {"booking_id": booking_id, "to_slot_id": second}),
        ("cancel-booking", {"booking_id": booking_id}),
    ):
        await world.do(name, body, role="bot")
        [event] = events_of(await world.client.get(f"{path}&min_position={world.position}"))
        seen.append(told(event))

    assert seen == [(f"{booking_id}@daybook", 1, "CONFIRMED"), (f"{booking_id}@daybook", 2, "CANCELLED")]


async def test_booking_that_needs_approval_is_tentative(world: World) -> None:
    """It may still be declined."""
    await world.stage("second", approval="required")
    booking_id = await world.booking(await world.slot(stage_id="second"), await world.candidate("second"))

    [event] = events_of(await shown(world, f"/v1/bookings/{booking_id}/calendar.ics", role="recruiter"))

    assert told(event) == (f"{booking_id}@daybook", 0, "TENTATIVE")


async def test_cancelled_booking_takes_its_event_out_of_the_calendar(world: World) -> None:
    """The file of one booking says CANCEL then."""
    booking_id = await world.booking(await world.slot(), await world.candidate())
    path = f"/v1/bookings/{booking_id}/calendar.ics"

    before = await shown(world, path, role="bot")
    await world.do("cancel-booking", {"booking_id": booking_id}, role="bot")
    after = await shown(world, path, role="bot")

    assert (b"METHOD:PUBLISH" in before.content, b"METHOD:CANCEL" in after.content) == (True, True)
    assert [told(event)[1:] for event in events_of(after)] == [(1, "CANCELLED")]


async def test_feed_is_the_same_until_something_changes(world: World, key: str) -> None:
    """Calendar programs ask often: what they have is not sent again."""
    await world.booking(await world.slot(), await world.candidate())
    path = f"/v1/recruiters/{world.recruiter_id}/agenda.ics?key={key}"
    first = await world.client.get(f"{path}&min_position={world.position}")

    again = await world.client.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert (len(events_of(first)), again.status_code) == (1, 304)


async def test_key_opens_this_feed_and_nothing_else(world: World, key: str) -> None:
    """Another recruiter's feed is 403; elsewhere it is no token, wherever it is put."""
    other = await world.recruiter()
    bearer = {"Authorization": f"Bearer {key}"}
    own = f"/v1/recruiters/{world.recruiter_id}"

    statuses = [
        (await world.client.get(f"{own}/agenda.ics?key={key}")).status_code,
        (await world.client.get(f"/v1/recruiters/{other}/agenda.ics?key={key}")).status_code,
        (await world.client.get(f"{own}/agenda.ics", headers=bearer)).status_code,
        (await world.client.get(f"{own}/agenda?key={key}")).status_code,
        (await world.client.get(f"{own}/agenda", headers=bearer)).status_code,
        (await world.client.post("/v1/commands/book-slot", headers=bearer, json={})).status_code,
    ]

    assert statuses == [200, 403, 401, 401, 401, 401]


async def test_feed_needs_a_key_that_holds(world: World) -> None:
    """No key, a made-up one, an empty one, and a token that is no key: 401."""
    path = f"/v1/recruiters/{world.recruiter_id}/agenda.ics"
    token = world.tokens["recruiter"]

    for given in ("", "?key=", f"?key=dbk_{'A' * 43}", f"?key={token}", "?key=%FF"):
        response = await world.client.get(f"{path}{given}")

        assert (response.status_code, response.json()["code"]) == (401, "unauthorized"), given


async def test_recruiter_reads_only_their_own_calendar(world: World) -> None:
    """A token opens the feed as it opens the agenda."""
    stranger = await world.recruiter()
    other = await world.booking(await world.slot(recruiter_id=stranger), await world.candidate())

    statuses = [
        (await world.get(path, role="recruiter", Daybook_Min_Position=str(world.position))).status_code
        for path in (
            f"/v1/recruiters/{world.recruiter_id}/agenda.ics",
            f"/v1/recruiters/{stranger}/agenda.ics",
            f"/v1/bookings/{other}/calendar.ics",
            f"/v1/bookings/{uuid4()}/calendar.ics",
        )
    ]

    assert statuses == [200, 403, 403, 404]


async def test_key_is_in_no_line_of_the_log(
    database_url: str, key: str, recruiter_id: UUID, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    """It stands in the address, and addresses are not written down, not even of a request that fails."""
    server = Api(database_url, tmp_path / "log", DAYBOOK_LOG_LEVEL="debug")
    path = f"/v1/recruiters/{recruiter_id}/agenda.ics?key={key}"

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{await server.listening()}") as client:
        statuses = [(await client.get(path)).status_code]
        await owner.execute("drop schema bookings_v2 cascade")
        statuses.append((await client.get(path)).status_code)
    server.kill()

    assert statuses == [200, 500]
    assert "request failed" in (tmp_path / "log").read_text()
    assert key not in (tmp_path / "log").read_text()


async def test_key_is_in_no_span(settings: Settings, key: str, recruiter_id: UUID) -> None:
    """A trace names the route."""
    exporter = InMemorySpanExporter()
    app = create_app(settings, Tracing("api", SimpleSpanProcessor(exporter)))

    async with running(app), client_of(app) as client:
        response = await client.get(f"/v1/recruiters/{recruiter_id}/agenda.ics?key={key}")

    spans = "".join(span.to_json() for span in exporter.get_finished_spans())
    assert response.status_code == 200
    assert "/v1/recruiters/{recruiter_id}/agenda.ics" in spans
    assert key not in spans
