"""Cards and lists as they stood then: what a system would have answered that had stopped at that very position."""

import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Final, NamedTuple, TypeVar

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler

from api.app import ROUTES, create_app
from api.as_of import AS_OF
from api.services import Services
from commands.actor import Role
from daybook.settings import Settings
from projections.past import Past
from tests.api.running import client_of, projecting, running
from tests.projections.running import story, write_all
from tests.support.databases import fresh_database
from tests.support.keys import MASTER_KEY

# Which routes take `as_of`, each with questions: `{...}` stands for what a history is about.
TAKING: Final = {
    "/v1/slots": ["?status=all", "", "?city_id={city}&stage_id={stage}", "?series_id={series}&status=all"],
    "/v1/slots/{slot_id}": ["{slot}"],
    "/v1/series": ["", "?recruiter_id={recruiter}"],
    "/v1/series/{series_id}": ["{series}"],
    "/v1/bookings": ["", "?candidate_id={candidate}", "?status=cancelled"],
    "/v1/bookings/{booking_id}": ["{booking}"],
    "/v1/candidates": ["", "?q=kim", "?stage_id={stage}"],
    "/v1/candidates/{candidate_id}": ["{candidate}"],
    "/v1/candidates/{candidate_id}/timeline": ["{candidate}"],
    "/v1/board": ["", "?city_id={city}"],
    "/v1/recruiters": ["", "?q=zoe"],
    "/v1/recruiters/{recruiter_id}": ["{recruiter}"],
    "/v1/recruiters/{recruiter_id}/agenda": ["{recruiter}"],
    "/v1/waitlists/{city_id}/{stage_id}": ["{waitlist}"],
    "/v1/cities": [""],
    "/v1/stages": [""],
    "/v1/tests": [""],
    "/v1/history/{tag}": ["slot:{slot}"],
}
NOT_TAKING: Final = {
    "/v1/bookings/{booking_id}/calendar.ics",
    "/v1/candidates/{candidate_id}/export",
    "/v1/recruiters/{recruiter_id}/agenda.ics",
    "/v1/audit/reads",
    "/v1/events",
    "/v1/explain/slot",
    "/v1/projections",
    "/v1/proofs/{position}",
    "/v1/receipts/{command_id}",
    "/v1/refusals",
    "/v1/stream",
}
# What the log itself says of an event, its time and its command, is not the same in two databases.
FROM_THE_LOG: Final = {"/v1/candidates/{candidate_id}/timeline", "/v1/history/{tag}"}

LATE: Final = datetime(2028, 1, 1, tzinfo=UTC)

T = TypeVar("T")
Ids = dict[str, list[str]]


class Told(NamedTuple):
    """What an answer says: of an error the code alone, for the rest of it names the request."""

    status: int
    position: str | None
    body: str


class Pinned:
    """A clock that stands still."""

    def __init__(self, moment: datetime = LATE) -> None:
        """It is late."""
        self.moment = moment

    def __call__(self) -> datetime:
        """Read it."""
        return self.moment


def routes() -> set[str]:
    """List what can be asked for under `/v1`, as templates."""
    handlers = (each for each in ROUTES if isinstance(each, HTTPRouteHandler) and "GET" in each.http_methods)
    paths = {re.sub(r":\w+}", "}", path) for each in handlers for path in each.paths}
    return {path for path in paths if path.startswith("/v1/")}


def compose(route: str, ids: Ids) -> Iterator[str]:
    """Compose the questions to a route, one for each id that there is."""
    for asked in TAKING[route]:
        if asked.startswith("?") or not asked:
            for number in range(2 if "{" in asked else 1):
                yield route + asked.format_map({kind: each[number % len(each)] for kind, each in ids.items()})
        else:
            [kind] = re.findall(r"{(\w+)}", asked)
            for each in ids[kind]:
                yield re.sub(r"{.*}", asked.replace(f"{{{kind}}}", each), route)


@asynccontextmanager
async def a_system(url: str, clock: Pinned) -> AsyncIterator[tuple[Services, httpx.AsyncClient]]:
    """An application on a database, with a projector."""
    app = create_app(Settings(database_url=url, master_key=MASTER_KEY), clock=clock)
    async with running(app) as services, projecting(services), client_of(app) as client:
        yield services, client


async def answers(client: httpx.AsyncClient, token: str, questions: Sequence[str], parameter: str) -> dict[str, Told]:
    """Ask them all."""
    told = {}
    for question in questions:
        asked = f"{question}{'&' if '?' in question else '?'}{parameter}"
        response = await client.get(asked, headers={"Authorization": f"Bearer {token}"})
        done = response.status_code == 200
        body, position = response.text if done else response.json()["code"], response.headers["Daybook-Position"]
        told[question] = Told(response.status_code, position if done else None, body)
    return told


def ids_in(tags: set[str], draw: random.Random) -> Ids:
    """Choose some of each kind of thing that a history is about."""
    ids: Ids = {}
    for tag in sorted(tags):
        kind, _, id_ = tag.partition(":")
        ids.setdefault(kind, []).append(id_)
    return {kind: draw.sample(each, min(len(each), 3)) for kind, each in ids.items()}


def differing(then: dict[str, Told], stopped: dict[str, Told]) -> list[str]:
    """List the questions that were answered differently."""
    return [question for question, told in then.items() if told != stopped[question]]


async def test_answer_is_that_of_a_system_that_had_stopped_then(
    database_url: str, issued: tuple[str, dict[Role, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At random positions of a random history, for every route; and it is not if one event too many is folded."""
    draw = random.Random(20)
    events, token, clock = story(seed=24, length=40), issued[1]["auditor"], Pinned()
    late = datetime(2027, 10, 1, 8, 15, tzinfo=UTC)  # when some of the holds have run out
    positions = sorted({*draw.sample(range(1, len(events)), 4), len(events)})
    with contextmanager(fresh_database)(issued[0]) as other_url:
        async with (
            a_system(database_url, Pinned()) as (whole, client),
            a_system(other_url, clock) as (stopped, other),
        ):
            await write_all(whole.log, events)
            recorded = [event async for event in whole.log.read()]
            ids = ids_in({tag for event in recorded for tag in event.tags}, draw)
            questions = [each for route in TAKING if route not in FROM_THE_LOG for each in compose(route, ids)]
            found, stood = set[str](), dict[int, dict[str, Told]]()
            for before, position in zip([0, *positions], positions, strict=False):
                await write_all(stopped.log, events[before:position])
                clock.moment = recorded[position - 1].recorded_at
                then = await answers(client, token, questions, f"as_of={position}")
                stood[position] = await answers(other, token, questions, f"min_position={position}")
                assert differing(then, stood[position]) == [], position
                assert {told.position for told in then.values() if told.status == 200} == {str(position)}
                found |= {question for question, told in then.items() if told.status == 200}
            clock.moment = late
            then = await answers(client, token, questions, f"as_of={late.isoformat().replace('+00:00', 'Z')}")
            expected = await answers(other, token, questions, f"min_position={len(events)}")
            assert differing(then, expected) == []
            monkeypatch.setattr(Past, "ask", _one_too_many(Past.ask))
            more = [
                differing(await answers(client, token, questions, f"as_of={each}"), stood[each])
                for each in (positions[0], positions[-2])
            ]

    assert found == set(questions)
    assert all(more)


def _one_too_many(ask: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
    return lambda self, needed, until, query: ask(self, needed, until + 1, query)


def test_every_route_says_whether_it_takes_a_moment() -> None:
    """A new one has to be listed here; and its questions are asked above."""
    taking = {
        re.sub(r":\w+}", "}", path)
        for handler in ROUTES
        if isinstance(handler, HTTPRouteHandler) and AS_OF in handler.opt
        for path in handler.paths
    }

    assert taking == {*TAKING}
    assert routes() == {*TAKING, *NOT_TAKING}
