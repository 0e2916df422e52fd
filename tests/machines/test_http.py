"""The same over HTTP: a running application answers as the rules say, and its log breaks none."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from api.app import create_app
from api.tokens import create_token
from cli.demo.closing_check import check_database
from commands.actor import Actor
from daybook.settings import Settings
from tests.api.running import client_of, running
from tests.machines.booking_machine import BookingMachine
from tests.machines.driving import ACCEPTED, Answer
from tests.machines.series_machine import SeriesMachine
from tests.machines.sizes import NIGHTLY, SLICE
from tests.machines.waiting_machine import WaitingMachine
from tests.support.keys import MASTER_KEY

# Many small steps over code that other tests cover: measuring that would take as long again.
pytestmark = pytest.mark.unmeasured

SHORT = settings(SLICE, max_examples=12, stateful_step_count=30)
LONG = settings(NIGHTLY, max_examples=1_000, stateful_step_count=50)


class Http:
    """Commands over HTTP, each under a token of the actor's own; the clock is the real one."""

    def __init__(self, runner: asyncio.Runner, client: httpx.AsyncClient, url: str) -> None:
        """Nobody has a token yet."""
        self.runner = runner
        self._client = client
        self._url = url
        self._tokens: dict[Actor, str] = {}

    @property
    def now(self) -> datetime:
        """The time."""
        return datetime.now(UTC)

    def new_id(self) -> str:
        """An id that nothing has."""
        return str(uuid4())

    def do(self, name: str, body: Mapping[str, Any], actor: Actor) -> Answer:
        """Send one command."""
        return self.runner.run(self._send(name, body, actor))

    async def _send(self, name: str, body: Mapping[str, Any], actor: Actor) -> Answer:
        headers = {"Idempotency-Key": str(uuid4()), "Authorization": f"Bearer {await self._token(actor)}"}
        response = await self._client.post(f"/v1/commands/{name}", json=body, headers=headers)
        told = response.json()
        if response.status_code != HTTPStatus.OK:
            return Answer(told["code"], {}, ())
        ids = {key: value for key, value in told.items() if key.endswith("_id")}
        return Answer(ACCEPTED, ids, [(event["type"], event["data"]) for event in told["events"]])

    async def _token(self, actor: Actor) -> str:
        if actor not in self._tokens:
            recruiter_id = UUID(actor.name) if actor.role == "recruiter" else None
            self._tokens[actor] = await create_token(self._url, actor.role, str(actor), recruiter_id)
        return self._tokens[actor]


@pytest.fixture
def http(database_url: str) -> Iterator[Http]:
    """An application on a database of its own, in an event loop that runs while something is sent."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        app = create_app(Settings(database_url=database_url, master_key=MASTER_KEY))
        runner.run(stack.enter_async_context(running(app)))
        client = runner.run(stack.enter_async_context(client_of(app)))
        yield Http(runner, client, database_url)
        runner.run(stack.aclose())


@pytest.mark.parametrize("size", [SHORT, pytest.param(LONG, marks=pytest.mark.nightly)], ids=("slice", "nightly"))
def test_over_http_every_answer_is_the_one_expected_and_every_rule_holds(
    http: Http, database_url: str, size: settings
) -> None:
    """Through tokens, bodies, the writer and PostgreSQL, nothing is answered otherwise, and the log is sound."""

    class HttpMachine(BookingMachine, WaitingMachine, SeriesMachine):
        """Every command, at the time it is."""

        def make_driver(self) -> Http:
            """Drive the application."""
            return http

    run_state_machine_as_test(HttpMachine, settings=size)

    checked = http.runner.run(check_database(database_url))
    assert checked.breach is None
    assert checked.booked > 0
