"""What grows with the log, and what does not: the same questions and commands at 100,000 and at 10,000,000 events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from time import perf_counter
from typing import Any, Final

import msgspec
import psycopg
import uvloop

from api.tokens import create_token
from bench.cluster import Cluster
from bench.figures import Figure, Scale, interleaved
from bench.filling import fill
from bench.keys import SECRET, open_sealed
from bench.life import STAGE_ID, TEST_ID
from bench.listing import NOTHING_KEPT
from bench.load import Plan, get, percentile, run_accepted
from bench.processes import api, projector
from bench.scene import SECONDS_TO_BUILD, STAFF, bookings, candidates, directory, drive, shown, slots, take, write
from commands.handling import Writer
from commands.record_test_result import RecordTestResult
from commands.request import make_request
from daybook.ids import new_id
from events.log import ACCEPTED
from projections.candidates import CANDIDATES
from projections.slots import SLOTS

SHORT: Final = 100_000
LONG: Final = 10_000_000
CITIES: Final = 40
MANY_CITIES: Final = 240
REQUESTS: Final = 2_000
SAMPLE: Final = 20_000
LINES: Final = 4
CLIENTS: Final = 16
WEEK: Final = timedelta(days=7)


def growth(cluster: Cluster, scale: Scale) -> list[Figure]:
    """Lists, cards and histories over HTTP, nothing kept and no Redis; appends from cold states and from warm ones."""
    with ExitStack() as stack:
        names = ("short", "long")
        sizes = ((scale.of(SHORT), CITIES), (scale.of(LONG), MANY_CITIES))
        logs = {
            name: stack.enter_context(_grown(cluster, name, events, max(round(cities * scale.part), 1)))
            for name, (events, cities) in zip(names, sizes, strict=True)
        }
        contestants = {f"{name} {what}": run for name, log in logs.items() for what, run in log.jobs(scale).items()}
        measured = interleaved(scale.repetitions, contestants)
        short, long = logs.values()
        return [
            Figure(
                scenario="growth",
                what=f"{what}, p99 at {long.events:,} events",
                unit="ms",
                ours=measured[f"long {what}"],
                peer=f"the same at {short.events:,}",
                theirs=measured[f"short {what}"],
                at_most=1.5,
            )
            for what in long.jobs(scale)
        ]


class _Log:
    """A log of some length, an API process on it, and what can be asked for there."""

    def __init__(self, url: str, port: int, events: int) -> None:
        self.events = events
        self._url = url
        self._port = port
        self._token = uvloop.run(create_token(url, "admin", "bench"))
        self._random = Random(events)
        self._slot_ids = _some(url, "slot_id", f"{SLOTS.schema}.slot")
        self._candidate_ids = _some(url, "candidate_id", f"{CANDIDATES.schema}.candidate")
        self._city_ids = _some(url, "city_id", f"{SLOTS.schema}.slot")
        self._offered, self._people = slots(), candidates()
        uvloop.run(write(url, *directory()))

    def jobs(self, scale: Scale) -> dict[str, Callable[[], float]]:
        """Name what is measured; each gives the 99th percentile of its latencies in milliseconds."""
        choice = self._random.choice
        slot, candidate = partial(choice, self._slot_ids), partial(choice, self._candidate_ids)
        paths = {
            "GET open slots of a city": self._lists,
            "GET all slots of a city in a week of the past": self._past,
            "GET a slot": lambda: f"/v1/slots/{slot()}",
            "GET a candidate": lambda: f"/v1/candidates/{candidate()}",
            "GET the timeline of a candidate": lambda: f"/v1/candidates/{candidate()}/timeline",
            "GET the history of a candidate": lambda: f"/v1/history/candidate:{candidate()}",
        }
        number = scale.of(REQUESTS)
        return {
            **{name: partial(self._ask, path, number) for name, path in paths.items()},
            "append a test result, from cold states": lambda: uvloop.run(self._append_cold(number)),
            "append a booking, states at hand": lambda: uvloop.run(self._append_warm(number)),
        }

    def _ask(self, path: Callable[[], str], number: int) -> float:
        plan = Plan(self._port, LINES, [get(path(), self._token) for _ in range(number)])
        return run_accepted(plan).percentile(99)

    def _lists(self) -> str:
        from_ = datetime.now(UTC) + WEEK * self._random.random() / 2
        return f"/v1/slots?city_id={self._random.choice(self._city_ids)}&stage_id={STAGE_ID}&from={_told(from_)}"

    def _past(self) -> str:
        from_ = datetime.now(UTC) - timedelta(days=self._random.randrange(7, 21))
        place = f"city_id={self._random.choice(self._city_ids)}&stage_id={STAGE_ID}"
        return f"/v1/slots?{place}&status=all&from={_told(from_)}&to={_told(from_ + WEEK)}"

    async def _append_cold(self, number: int) -> float:
        """Of people who are in the log since long; the writer has seen none of them."""
        chosen = self._random.sample(self._candidate_ids, min(number, len(self._candidate_ids)))
        async with open_sealed(self._url) as log, Writer(log) as writer:
            return await _p99(writer, [RecordTestResult(each, TEST_ID, 70) for each in chosen])

    async def _append_warm(self, number: int) -> float:
        """The writer has published the slots and registered the people itself."""
        its_slots, its_people = take(self._offered, number), take(self._people, number)
        async with open_sealed(self._url) as log, Writer(log) as writer:
            await drive(writer, its_slots)
            await drive(writer, its_people)
            return await _p99(writer, bookings(its_slots, its_people))


@contextmanager
def _grown(cluster: Cluster, name: str, events: int, cities: int) -> Iterator[_Log]:
    with cluster.database(f"growth_{name}") as url:
        written = fill(url, events, cities)
        with projector(url):
            uvloop.run(shown(url, SECONDS_TO_BUILD))
            with api(url, **NOTHING_KEPT) as (port, _):
                yield _Log(url, port, written)


async def _p99(writer: Writer, commands: Sequence[msgspec.Struct]) -> float:
    """Send commands from some clients; return the 99th percentile of how long each waited, in milliseconds."""
    taken: list[float] = []

    async def client(number: int) -> None:
        for command in commands[number::CLIENTS]:
            started = perf_counter()
            reply = await writer.submit(make_request(new_id(), STAFF, command, secret=SECRET))
            taken.append((perf_counter() - started) * 1_000)
            assert reply.outcome == ACCEPTED, reply.body

    async with asyncio.TaskGroup() as tasks:
        for number in range(CLIENTS):
            tasks.create_task(client(number))
    return percentile(sorted(taken), 99)


def _some(url: str, column: str, table: str) -> list[Any]:
    """Return values of a column, of rows anywhere in the table."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(f"select {column} from {table} order by random() limit {SAMPLE}")  # noqa: S608  ours
        return [value for (value,) in rows]


def _told(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
