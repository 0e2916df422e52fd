"""The bot, the recruiters and the admin as HTTP clients: every step is a request, and every answer is counted."""

from __future__ import annotations

import ssl
from asyncio import LifoQueue
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from time import perf_counter
from typing import Any, Final

import httpx
import msgspec
import stamina

from cli.demo.story import ACCEPTED, Outcomes, Step

COMMANDS: Final = "/v1/commands"
CONNECTIONS: Final = 32
ATTEMPTS: Final = 10
PATIENCE_SECONDS: Final = 30.0
REQUEST_SECONDS: Final = 30.0

_JSON: Final = {"Content-Type": "application/json"}
_NOT_NOW: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_encode = msgspec.json.Encoder().encode


class NotNow(Exception):
    """The service has no time, or the connection broke: the same request with the same key is sent again."""


class ReplayDiffers(Exception):
    """A request that was sent again got another answer than the first time."""


_patiently: Final = stamina.AsyncRetryingCaller(attempts=ATTEMPTS, timeout=PATIENCE_SECONDS).on(NotNow)


class Told(msgspec.Struct):
    """What is read of a reply: the code of a problem, if it is one; else what was written, and how many slots."""

    code: str = ACCEPTED
    events: list[msgspec.Raw] = []
    published: int = 0
    dry_run: bool = False


_decode = msgspec.json.Decoder(Told).decode


class Outcome(msgspec.Struct):
    """One entry of a bulk reply."""

    status: int
    replayed: bool
    body: msgspec.Raw


class BulkReply(msgspec.Struct):
    """The reply of the bulk route: one outcome per command, in order."""

    outcomes: list[Outcome]


class Page(msgspec.Struct):
    """A page of a list."""

    items: list[dict[str, Any]]


class Tally:
    """What came out, up to which position, and how long each request took (seconds, single commands only).

    `events` counts what was written, `recurring` the slots that series gave.
    """

    def __init__(self) -> None:
        """Nothing yet."""
        self.outcomes: Outcomes = Counter()
        self.events = 0
        self.recurring = 0
        self.replays = 0
        self.latencies: list[float] = []
        self.position = 0

    @property
    def commands(self) -> int:
        """Commands that were answered, those sent again not counted."""
        return self.outcomes.total()

    def count(self, command: str, reply: bytes | msgspec.Raw) -> str:
        """Count the reply to a command, and return its outcome."""
        told = _decode(reply)
        self.outcomes[command, told.code] += 1
        self.events += len(told.events)
        self.recurring += 0 if told.dry_run else told.published
        return told.code

    def quantile(self, part: float) -> float:
        """Return the time within which this part of the single commands was answered."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Open connections to the service: an HTTP client each, since one with a pool of 32 takes five times the work."""
    context = ssl.create_default_context()
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(httpx.AsyncClient(base_url=url, verify=context, timeout=REQUEST_SECONDS))
            for _ in range(CONNECTIONS)
        ]


class Client:
    """Sends steps. `tokens` is by actor."""

    def __init__(self, connections: Sequence[httpx.AsyncClient], tokens: Mapping[str, str]) -> None:
        """As many requests are under way at once as there are `connections`, see `connect`."""
        self.tally = Tally()
        self._idle: LifoQueue[httpx.AsyncClient] = LifoQueue()
        for connection in connections:
            self._idle.put_nowait(connection)
        self._bearers = {actor: f"Bearer {token}" for actor, token in tokens.items()}

    async def send(self, step: Step) -> str:
        """Send a step as often as it says; return its outcome. Raises ReplayDiffers, or NotNow in the end."""
        headers = {"Authorization": self._bearers[step.actor], "Idempotency-Key": step.key, **_JSON}
        path, body = f"{COMMANDS}/{step.command}", _encode(step.body)
        first = b""
        for number in range(step.times):
            started = perf_counter()
            response = await _patiently(self._post, path, body, headers)
            self.tally.latencies.append(perf_counter() - started)
            if number == 0:
                first = response.content
            else:
                self._count_replay(
                    step, first, response.content, response.headers.get("Idempotency-Replayed") == "true"
                )
        return self.tally.count(step.command, first)

    async def send_bulk(self, steps: Sequence[Step]) -> None:
        """Send steps of one actor in one request, and those that are sent again in another."""
        outcomes = await _patiently(self._post_bulk, steps)
        for step, outcome in zip(steps, outcomes, strict=True):
            self.tally.count(step.command, outcome.body)
        again = [(step, outcome) for step, outcome in zip(steps, outcomes, strict=True) if step.times > 1]
        if again:
            repeated = await _patiently(self._post_bulk, [step for step, _ in again])
            for (step, outcome), repeat in zip(again, repeated, strict=True):
                self._count_replay(step, bytes(outcome.body), bytes(repeat.body), repeat.replayed)

    async def get(self, path: str, actor: str, parameters: Mapping[str, str | int]) -> Page:
        """Ask for a list, patiently; return its first page. Raises NotNow when patience runs out."""
        return await _patiently(self._get, path, actor, parameters)

    async def _get(self, path: str, actor: str, parameters: Mapping[str, str | int]) -> Page:
        headers = {"Authorization": self._bearers[actor]}
        async with self._connection() as connection:
            response = await connection.get(path, params=parameters, headers=headers)
        if response.status_code in _NOT_NOW:
            raise NotNow(f"status {response.status_code} for {path}")
        return msgspec.json.decode(response.raise_for_status().content, type=Page)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[httpx.AsyncClient]:
        connection = await self._idle.get()
        try:
            yield connection
        finally:
            self._idle.put_nowait(connection)

    def _count_replay(self, step: Step, first: bytes, repeat: bytes, replayed: bool) -> None:  # noqa: FBT001  as the header says
        if first != repeat or not replayed:
            raise ReplayDiffers(f"{step.command} with the key {step.key} was answered in two ways")
        self.tally.replays += 1

    async def _post_bulk(self, steps: Sequence[Step]) -> list[Outcome]:
        commands = [{"name": step.command, "idempotency_key": step.key, "body": step.body} for step in steps]
        headers = {"Authorization": self._bearers[steps[0].actor], **_JSON}
        response = await self._post(COMMANDS, _encode({"commands": commands}), headers)
        outcomes = msgspec.json.decode(response.raise_for_status().content, type=BulkReply).outcomes
        if any(outcome.status in _NOT_NOW for outcome in outcomes):
            raise NotNow("for some commands of a bulk request")
        return outcomes

    async def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        try:
            async with self._connection() as connection:
                response = await connection.post(path, content=body, headers=headers)
        except httpx.TransportError as error:
            raise NotNow(f"no answer: {error!r}") from error
        if response.status_code in _NOT_NOW:
            raise NotNow(f"status {response.status_code}")
        self.tally.position = max(self.tally.position, int(response.headers["Daybook-Position"]))
        return response
