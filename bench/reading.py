"""The read side: building the read models from the first event, and how soon a booking shows in them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from functools import partial
from itertools import count
from os import cpu_count
from time import perf_counter
from typing import Final

import asyncpg
import msgspec
import uvloop

from api.tokens import create_token
from bench.cluster import Cluster
from bench.figures import Figure, Samples, Scale, interleaved
from bench.filling import fill
from bench.keys import open_sealed, settings_of
from bench.load import Client, percentile
from bench.peers import projection
from bench.peers.aggregates import Aggregates
from bench.processes import api, projector
from bench.scene import bookings, candidates, directory, slots, stored, take, write
from bench.serving import BOOK, requests
from cli.filling import filling
from daybook.metrics import Metrics
from daybook.telemetry import Untraced
from events.booking import SlotBooked
from events.slot import SlotPublished
from projections.bookings import BOOKINGS
from projections.positions import Positions
from projections.runner import Runner

OURS: Final = "ours"
LATE: Final = "ours, after a while away"
LIBRARY: Final = "eventsourcing ProjectionRunner"

EVENTS: Final = 1_000_000
CITIES: Final = 100
BOOKED: Final = 20_000
BY_LIBRARY: Final = 2_000

RATE: Final = 200
VISIBLE: Final = 1_000
LINES: Final = 16
SECONDS: Final = 120.0
SECONDS_TO_CONNECT: Final = 0.2

_SHOWS: Final = f"select true from {BOOKINGS.schema}.booking where booking_id = $1"  # noqa: S608  the name is our own


def catch_up(cluster: Cluster, scale: Scale) -> list[Figure]:
    """All read models, from position 0 and after a while away, each time in a copy of the same database."""
    copies = (f"catch_up_{number}" for number in count())
    number = scale.of(BOOKED)
    its_slots, its_people = take(slots(), number), take(candidates(), number)

    def from_copy(job: Callable[[str], float], template: str) -> Callable[[], float]:
        def run() -> float:
            with cluster.database(next(copies), template) as url:
                return job(url)

        return run

    with cluster.database("catch_up") as url, cluster.database("catch_up_late") as late:
        events = fill(url, scale.of(EVENTS), max(round(CITIES * scale.part), 1))
        uvloop.run(write(late, *directory()))
        uvloop.run(_catch_up(late))
        uvloop.run(write(late, its_slots, its_people, bookings(its_slots, its_people)))
        published = uvloop.run(stored(late, SlotPublished))[: scale.of(BY_LIBRARY)]
        booked = uvloop.run(stored(late, SlotBooked))[: scale.of(BY_LIBRARY)]
        with closing(Aggregates(late)) as library:
            library.book(published, booked)
        contestants = {
            LIBRARY: from_copy(projection.catch_up, "catch_up_late"),
            OURS: from_copy(lambda url: uvloop.run(_catch_up(url)), "catch_up"),
            LATE: from_copy(lambda url: uvloop.run(_catch_up(url)), "catch_up_late"),
        }
        measured = interleaved(scale.repetitions, contestants)
    figure = partial(Figure, scenario="catch-up", unit="events/s", peer=LIBRARY, theirs=measured[LIBRARY])
    return [
        figure(what=f"all read models from position 0, {events:,} events", ours=measured[OURS], at_least=30.0),
        figure(what=f"all read models after {3 * number:,} events without a projector", ours=measured[LATE]),
    ]


def visible(cluster: Cluster, scale: Scale) -> list[Figure]:
    """At 200 bookings a second over HTTP: from the reply to the booking being there for another process to read."""
    offered, people = slots(), candidates()
    number = scale.of(VISIBLE)
    with cluster.database("visible") as url, api(url) as (port, _), projector(url):
        uvloop.run(write(url, *directory()))
        token = uvloop.run(create_token(url, "bot", "bench"))

        def watch() -> list[float]:
            its_slots, its_people = take(offered, number), take(people, number)
            uvloop.run(write(url, its_slots, its_people))
            return uvloop.run(_watch(url, port, requests(BOOK, bookings(its_slots, its_people), token)))

        measured = interleaved(scale.repetitions, {OURS: watch})[OURS]
    figure = partial(Figure, scenario="visible", unit="ms")
    return [
        figure(what=f"reply to visible at {RATE} commands/s, p50", ours=_percentiles(measured, 50), below=5.0),
        figure(what=f"reply to visible at {RATE} commands/s, p99", ours=_percentiles(measured, 99), below=30.0),
    ]


def _percentiles(turns: tuple[list[float], ...], percent: int) -> Samples:
    return tuple(percentile(turn, percent) for turn in turns)


async def _catch_up(url: str) -> float:
    """Return events a second, of the log, which every read model passes over."""
    async with open_sealed(url) as log, Positions(url) as positions:
        behind, head = positions.position, await log.head()
        fill = filling(settings_of(url), cpu_count() or 1)
        projector = Runner(log, url, telemetry=Untraced(), metrics=Metrics(), fill=fill)
        started = perf_counter()
        runner = asyncio.create_task(projector.run())
        assert await positions.reach(head, SECONDS)
        seconds = perf_counter() - started
        runner.cancel()
        await asyncio.wait([runner])
        return (head - behind) / seconds


class _Settled(msgspec.Struct, frozen=True):
    """What is needed of the reply to a booking."""

    booking_id: str
    position: int


async def _watch(url: str, port: int, every: list[bytes]) -> list[float]:
    """Send requests at `RATE` over some connections in turn; return what each took to be visible in ms, ascending."""
    async with Positions(url) as positions, asyncpg.create_pool(url, max_size=LINES) as readers:
        assert await positions.reach(1, SECONDS)
        start = perf_counter() + SECONDS_TO_CONNECT

        async def line(number: int) -> list[float]:
            client = await Client.connect(port)
            seen = []
            for turn, request in enumerate(every[number::LINES]):
                await asyncio.sleep(start + (turn * LINES + number) / RATE - perf_counter())
                settled = msgspec.json.decode(await client.ask(request), type=_Settled)
                replied = perf_counter()
                assert await positions.reach(settled.position, SECONDS)
                seen.append((perf_counter() - replied) * 1_000)
                assert await readers.fetchval(_SHOWS, settled.booking_id)
            client.close()
            return seen

        async with asyncio.TaskGroup() as tasks:
            lines = [tasks.create_task(line(number)) for number in range(LINES)]
    return sorted(taken for each in lines for taken in each.result())
