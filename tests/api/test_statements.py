"""No answer takes more statements the more there is to tell: two at most, whatever is asked."""

import asyncio
import re
from collections import Counter
from collections.abc import MutableMapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import pytest
import structlog
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from api.app import ROUTES
from daybook.settings import Settings
from events.postgres import open_log
from tests.api.test_reading import shown
from tests.api.world import CITY, STAGE, World
from tests.support.keys import MASTER_KEY
from tests.workers.sealing import at_work, sealed_up_to

MOST: Final = 2

# A question to each route; `{...}` is an id of what there is.
QUESTIONS: Final = {
    "/v1/slots": "?status=all",
    "/v1/slots/{slot_id}": "",
    "/v1/series": "",
    "/v1/series/{series_id}": "",
    "/v1/bookings": "",
    "/v1/bookings/{booking_id}": "",
    "/v1/bookings/{booking_id}/calendar.ics": "",
    "/v1/candidates": "?q=grace",
    "/v1/candidates/{candidate_id}": "",
    # Commands and rows are read by one more statement each, past what is counted here.
    "/v1/candidates/{candidate_id}/export": "",
    "/v1/candidates/{candidate_id}/timeline": "",
    "/v1/board": "",
    "/v1/recruiters": "?q=ada",
    "/v1/recruiters/{recruiter_id}": "",
    "/v1/recruiters/{recruiter_id}/agenda": "",
    "/v1/recruiters/{recruiter_id}/agenda.ics": "",
    "/v1/waitlists/{city_id}/{stage_id}": "",
    "/v1/cities": "",
    "/v1/stages": "",
    "/v1/tests": "",
    "/v1/refusals": "",
    "/v1/audit/reads": "?token=the admin",
    "/v1/projections": "",
    "/v1/explain/slot": "?slot_id={slot_id}&candidate_id={candidate_id}",
    "/v1/events": "?tag=city:rome",
    "/v1/history/{tag}": "",
    "/v1/proofs/{position}": "",
    "/v1/receipts/{command_id}": "",
    "/readyz": "",
    "/metrics": "",
}
# What changes is told to all who listen from one reading of the log; the others ask nobody.
WITHOUT_A_QUESTION: Final = {"/v1/stream": "?topics=directory", "/healthz": "", "/docs": "", "/openapi.json": ""}


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings by which every statement is slow, so that the log tells of each."""
    return Settings(database_url=database_url, slow_statement_seconds=1e-9, master_key=MASTER_KEY)


async def furnish(world: World, database_url: str, folder: Path) -> dict[str, str]:
    """Make several of everything, and name one of each by the parameter of its path."""
    for test_id in ("logic", "typing"):
        await world.test(test_id)
    await world.stage("second")
    await world.recruiter()
    slots = [await world.slot(capacity=3) for _ in range(3)]
    people = [await world.candidate() for _ in range(4)]
    bookings = [await world.booking(slots[0], each) for each in people[:3]]
    refused = {"slot_id": slots[0], "candidate_id": people[3]}
    for number, each in enumerate(people):
        for test_id in ("logic", "typing"):
            await world.do("record-test-result", {"candidate_id": each, "test_id": test_id, "score": 7})
        waiting = {"candidate_id": await world.candidate("second"), "city_id": CITY, "stage_id": "second"}
        await world.do("join-waitlist", waiting)
        assert (await world.send("book-slot", refused)).status_code == 409
        away = {"from": f"2031-0{number + 1}-01T00:00:00Z", "to": f"2031-0{number + 1}-02T00:00:00Z"}
        await world.do("record-absence", {"recruiter_id": world.recruiter_id, **away})
    starts_at = (datetime.now(UTC) + timedelta(days=30)).replace(hour=3, minute=0, second=0, microsecond=0, tzinfo=None)
    rule = {"rrule": "FREQ=DAILY;COUNT=4", "starts_at": starts_at.isoformat()}
    place = {"recruiter_id": world.recruiter_id, "city_id": CITY, "stage_id": STAGE}
    series_id = (await world.do("publish-series", {**place, **rule}))["series_id"]
    await shown(world, "/v1/board")  # by now the read models show all of it
    async with open_log(database_url) as log, at_work(log, database_url, folder / "checkpoints"):
        await sealed_up_to(database_url, world.position)
    [event] = (await world.get("/v1/events?limit=1")).json()["items"]
    return {
        "{slot_id}": slots[0],
        "{series_id}": str(series_id),
        "{booking_id}": bookings[0],
        "{candidate_id}": people[0],
        "{recruiter_id}": world.recruiter_id,
        "{city_id}": CITY,
        "{stage_id}": "second",
        "{tag}": f"slot:{slots[0]}",
        "{position}": str(event["position"]),
        "{command_id}": event["command_id"],
    }


def question(route: str, ids: dict[str, str]) -> str:
    """Compose the path and the query of a question."""
    asked = route + {**QUESTIONS, **WITHOUT_A_QUESTION}.get(route, "")
    for parameter, value in ids.items():
        asked = asked.replace(parameter, value)
    return asked


async def ask(app: Litestar, asked: str, token: str) -> int:
    """Send a GET and leave as soon as an answer comes, which may never end; return its status."""
    path, _, query = asked.partition("?")
    status: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    left = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            status.set_result(message["status"])
            left.set()

    headers = [(b"authorization", f"Bearer {token}".encode())]
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http"}
    where = {"path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(), "root_path": ""}
    await app({**scope, **where, "headers": headers, "client": None, "server": None}, receive, send)  # type: ignore[arg-type]  # composed
    return await status


def routes() -> list[str]:
    """List what can be asked for, as templates."""
    handlers = (each for each in ROUTES if isinstance(each, HTTPRouteHandler) and "GET" in each.http_methods)
    return sorted(re.sub(r":\w+}", "}", path) for each in handlers for path in each.paths)


async def test_every_question_takes_two_statements_at_most(
    app: Litestar, world: World, database_url: str, tmp_path: Path
) -> None:
    """A new route has to be listed here, with a question that has something to find."""
    ids = await furnish(world, database_url, tmp_path)

    with structlog.testing.capture_logs() as lines:
        statuses = {route: await ask(app, question(route, ids), world.tokens["admin"]) for route in routes()}
    counted = Counter(line["route"] for line in lines if line["event"] == "slow statement")

    assert routes() == sorted([*QUESTIONS, *WITHOUT_A_QUESTION])
    assert set(statuses.values()) == {200}, statuses
    assert {route: counted[route] for route in QUESTIONS if not 1 <= counted[route] <= MOST} == {}
    assert {route: counted[route] for route in WITHOUT_A_QUESTION if counted[route]} == {}
