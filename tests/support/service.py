"""A service to break: a database on a durable PostgreSQL of its own, API processes on it, and people who use them."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count, cycle
from pathlib import Path
from typing import Any, NamedTuple, Self
from uuid import uuid4

import httpx
import msgspec

from api.bulk import Outcomes
from api.tokens import create_token
from daybook import embedded
from daybook.embedded import Server
from tests.events.postgres.looking import owner
from tests.support.clusters import lay_migrated_cluster
from tests.support.forking import Api

MOST_AT_ONCE = 500
SECONDS = 60.0
POLICY = {
    "min_notice_minutes": 0,
    "horizon_days": 3_650,
    "cancel_cutoff_minutes": 0,
    "reschedule_cutoff_minutes": 0,
    "max_active": 5,
    "max_reschedules": 1_000,
}

_decode_bulk = msgspec.json.Decoder(Outcomes).decode


class Sent(msgspec.Struct, frozen=True, eq=False):
    """A command as it goes out, and again under the same key as long as its outcome is not known."""

    name: str
    body: dict[str, Any]
    key: str

    @classmethod
    def new(cls, name: str, /, **body: Any) -> Self:
        """A command with a key of its own."""
        return cls(name, body, str(uuid4()))


def harmless() -> Sent:
    """A command that depends on nothing, and on which nothing depends: define a test."""
    test_id = f"test-{uuid4().hex}"
    return Sent.new("define-test", test_id=test_id, name="Typing", max_score=100, pass_score=60, valid_days=90)


class Answer(NamedTuple):
    """What was answered to a command."""

    sent: Sent
    status: int
    body: bytes
    replayed: bool

    @property
    def outcome(self) -> str:
        """The code of the problem, or "accepted"."""
        return "accepted" if self.status == httpx.codes.OK else str(json.loads(self.body)["code"])

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events it says were written."""
        return list(json.loads(self.body)["events"]) if self.status == httpx.codes.OK else []

    @property
    def is_final(self) -> bool:
        """Whether it settles the matter: else the same key may be sent again."""
        return self.status < httpx.codes.INTERNAL_SERVER_ERROR


class Service:
    """API processes on one database; `clients` has one HTTP client for each, with a token that may do everything."""

    def __init__(self, url: str, folder: Path, token: str) -> None:
        """Nothing runs yet."""
        self.url = url
        self.token = token
        self.apis: list[Api] = []
        self.clients: list[httpx.AsyncClient] = []
        self._folder = folder
        self._left: list[httpx.AsyncClient] = []

    async def start(self, *database_urls: str | None) -> None:
        """Start more API processes, side by side; each by a way of its own to the database, if one is given."""
        for given in database_urls:
            self.apis.append(Api(given or self.url, self._folder / f"api-{len(self.apis)}.log"))
        await self._connect()

    async def start_ahead(self, ahead: timedelta) -> None:
        """Start one more API process, whose clock is ahead."""
        self.apis.append(Api(self.url, self._folder / f"api-{len(self.apis)}.log", ahead))
        await self._connect()

    async def start_with(self, **settings: str) -> None:
        """Start one more API process, with further settings."""
        self.apis.append(Api(self.url, self._folder / f"api-{len(self.apis)}.log", **settings))
        await self._connect()

    async def restart(self, number: int) -> None:
        """Start another process in the place of one that has ended."""
        self._left.append(self.clients[number])
        self.apis[number] = Api(self.url, self._folder / f"api-{number}.log")
        self.clients[number] = self._client(await self.apis[number].listening())

    async def close(self) -> None:
        """End all processes."""
        for client in [*self.clients, *self._left]:
            await client.aclose()
        for api in self.apis:
            api.kill()

    async def send(self, sent: Sent, to: int = 0) -> Answer:
        """Send a command to one of the processes. Raises httpx.TransportError if there is no answer."""
        headers = {"Idempotency-Key": sent.key}
        response = await self.clients[to].post(f"/v1/commands/{sent.name}", json=sent.body, headers=headers)
        return Answer(
            sent, response.status_code, response.content, response.headers.get("Idempotency-Replayed") == "true"
        )

    async def send_at_once(self, commands: Iterable[Sent]) -> list[Answer]:
        """Send commands at the same time, turn by turn to every process."""
        turns = cycle(range(len(self.apis)))
        return await asyncio.gather(*(self.send(each, to) for each, to in zip(commands, turns, strict=False)))

    async def accepted(self, name: str, /, **body: Any) -> Answer:
        """Send a command that must be accepted."""
        answer = await self.send(Sent.new(name, **body))
        assert answer.outcome == "accepted", answer
        return answer

    async def send_all(self, commands: Sequence[Sent]) -> list[Answer]:
        """Send many commands in few requests."""
        answers: list[Answer] = []
        for start in range(0, len(commands), MOST_AT_ONCE):
            part = commands[start : start + MOST_AT_ONCE]
            entries = [{"name": each.name, "idempotency_key": each.key, "body": each.body} for each in part]
            response = await self.clients[0].post("/v1/commands", json={"commands": entries})
            outcomes = _decode_bulk(response.raise_for_status().content).outcomes
            answers += [
                Answer(sent, each.status, bytes(each.body), each.replayed)
                for sent, each in zip(part, outcomes, strict=True)
            ]
        return answers

    async def all_accepted(self, commands: Sequence[Sent]) -> None:
        """Send many commands that must be accepted."""
        refused = [answer for answer in await self.send_all(commands) if answer.outcome != "accepted"]
        assert refused == []

    async def _connect(self) -> None:
        for api in self.apis[len(self.clients) :]:
            self.clients.append(self._client(await api.listening()))

    def _client(self, port: int) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {self.token}"},
            limits=httpx.Limits(max_connections=None),
            timeout=SECONDS,
            trust_env=False,
        )


class Scene:
    """A city, a stage and a recruiter of their own, so that many scenes have room in one log."""

    def __init__(self, service: Service) -> None:
        """Use `await Scene.open(service)`; `name` is the id of both city and stage, `begins` its first position."""
        self.name = f"scene-{uuid4().hex}"
        self.recruiter_id = str(uuid4())
        self.begins = 0
        self._service = service
        tomorrow = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
        self._starts = (tomorrow + number * timedelta(minutes=30) for number in count())

    @classmethod
    async def open(cls, service: Service, **policy: Any) -> "Scene":
        """Open the city, define the stage, register the recruiter; the policy is lenient but for what is given."""
        scene = cls(service)
        name, stage = scene.name, {"order": 1, "duration_minutes": 30, "required_tests": []}
        opened = await service.accepted("open-city", city_id=name, name=name, time_zone="Europe/Berlin", locale="de")
        scene.begins = opened.events[0]["position"]
        await service.accepted("define-stage", stage_id=name, name=name, **stage, policy={**POLICY, **policy})
        await scene.recruiter(recruiter_id=scene.recruiter_id)
        return scene

    async def recruiter(self, **fields: Any) -> str:
        """Register a recruiter in the city; return the id."""
        body = {"recruiter_id": str(uuid4()), "name": "Anna", "city_ids": [self.name], **fields}
        await self._service.accepted("register-recruiter", **body)
        return str(body["recruiter_id"])

    def slot(self, slot_id: str, seats: int = 1, **fields: Any) -> Sent:
        """Publish a slot, at a time of its own unless fields say otherwise."""
        body = {"recruiter_id": self.recruiter_id, "city_id": self.name, "stage_id": self.name, **fields}
        starts_at = body.pop("starts_at", None) or next(self._starts).isoformat()
        return Sent.new("publish-slot", slot_id=slot_id, starts_at=starts_at, capacity=seats, **body)

    def candidate(self, candidate_id: str) -> Sent:
        """Register a candidate."""
        return Sent.new(
            "register-candidate",
            candidate_id=candidate_id,
            name="Kim",
            city_id=self.name,
            stage_id=self.name,
            locale="de",
        )

    async def slots(self, number: int, seats: int = 1) -> list[str]:
        """Publish slots, one after the other in time; return their ids."""
        ids = [str(uuid4()) for _ in range(number)]
        await self._service.all_accepted([self.slot(each, seats) for each in ids])
        return ids

    async def candidates(self, number: int) -> list[str]:
        """Register candidates; return their ids."""
        ids = [str(uuid4()) for _ in range(number)]
        await self._service.all_accepted([self.candidate(each) for each in ids])
        return ids


@contextmanager
def migrated(folder: Path, **options: str) -> Iterator[Server]:
    """A PostgreSQL of its own, durable unless its options say otherwise, whose database has the newest schema."""
    lay_migrated_cluster(folder)
    with embedded.postgres(folder, options=options) as cluster:
        yield cluster
        cluster.kill()  # nobody needs its data again


@asynccontextmanager
async def service_on(cluster: Server, folder: Path, *, processes: int = 1) -> AsyncIterator[Service]:
    """API processes on a fresh database of a cluster that is migrated."""
    name = f"test_{uuid4().hex}"
    async with owner(cluster.url.replace("/daybook?", "/template1?")) as connection:
        await connection.execute(f"create database {name} template daybook")
    url = cluster.url.replace("/daybook?", f"/{name}?")
    output = folder / name
    output.mkdir(parents=True)
    service = Service(url, output, await create_token(url, "admin", "faults"))
    try:
        await service.start(*[None] * processes)
        yield service
    finally:
        await service.close()
