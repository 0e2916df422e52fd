"""Redis is killed, stopped and flushed while lists are asked for: how late answers come, and when all is as before."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import cycle, islice
from time import perf_counter
from typing import Final, NamedTuple

import redis
import uvloop

from api.tokens import create_token
from bench.cluster import Cluster
from bench.figures import Figure, Scale
from bench.listing import NOTHING_KEPT
from bench.load import Client, Outcome, get
from bench.pacing import Pace, running
from bench.processes import api, projector, valkey
from bench.scene import STAGE_ID, ZONES, city_id, directory, shown, slots, take, write
from daybook.embedded import Server
from daybook.engine import Engine, open_engine
from daybook.metrics import Metrics
from daybook.valkey import Away, Valkey
from daybook.watching import DatabaseWatch
from projections.page_store import PageStore
from queries.pages import SHAPE
from queries.verifying_pages import verify_pages

OPEN: Final = 10_000
FULL_PAGES: Final = 1_000
RATE: Final = 300
LINES: Final = 32
SECONDS: Final = 60.0
LOOK_SECONDS: Final = 0.1
WHOLE_SECONDS: Final = 60.0


class Suffered(NamedTuple):
    """What came back from first to last, and how many seconds after the fault's end all pages were right again."""

    outcome: Outcome
    whole_after: float


def redis_faults(cluster: Cluster, scale: Scale) -> list[Figure]:
    """300 lists a second for a minute, with a fault of 20 seconds in it; the process itself keeps no answers."""
    seconds = max(SECONDS * scale.part, 1.0)
    with (
        cluster.database("redis_faults") as url,
        valkey() as server,
        projector(url, server.url),
        api(url, server.url, **NOTHING_KEPT) as (port, _),
    ):
        # However little is measured, a first page is full: a short one would have no page in Redis.
        uvloop.run(write(url, *directory(), take(slots(), max(scale.of(OPEN), FULL_PAGES))))
        uvloop.run(shown(url))
        token = uvloop.run(create_token(url, "bot", "bench"))
        paths = [f"/v1/slots?city_id={city_id(number)}&stage_id={STAGE_ID}" for number in range(len(ZONES))]
        lists = [get(path, token) for path in paths]
        looks = list(islice(cycle(lists), round(RATE * seconds)))

        def suffer(fault: Callable[[Server, float], None]) -> Suffered:
            with running(Pace(port, LINES, RATE, looks)) as reading:
                time.sleep(seconds / 4)
                fault(server, seconds / 3)
                whole_after = uvloop.run(_whole_again(url, server.url, port, lists))
                return Suffered(reading.outcome(), whole_after)

        suffered = {fault.__name__.strip("_"): suffer(fault) for fault in (_killed, _stopped, _flushed)}
    return [figure for name, each in suffered.items() for figure in _figures(name, each)]


def _killed(server: Server, seconds: float) -> None:
    server.kill()
    time.sleep(seconds)
    server.start()


def _stopped(server: Server, seconds: float) -> None:
    os.kill(server.pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(server.pid, signal.SIGCONT)


def _flushed(server: Server, _: float) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.flushall()


async def _whole_again(url: str, redis_url: str, port: int, lists: Sequence[bytes]) -> float:
    """Return after how many seconds there are pages again, and all of them show what the read models say."""
    started = perf_counter()
    visitor = await Client.connect(port)
    async with (
        open_engine(url, 1, DatabaseWatch(Metrics())) as engine,
        Valkey(redis_url, Metrics()) as client,
        PageStore(client, url, SHAPE) as store,
    ):
        while not await _is_whole(store, engine):
            assert perf_counter() - started < WHOLE_SECONDS
            for each in lists:  # a page is written when it was asked for
                await visitor.ask(each)
            await asyncio.sleep(LOOK_SECONDS)
    visitor.close()
    return perf_counter() - started


async def _is_whole(store: PageStore, engine: Engine) -> bool:
    try:
        found = await verify_pages(store, engine, lambda: datetime.now(UTC))
    except Away:
        return False
    return found.compared > 0 and not found.differences and not found.unsettled


def _figures(fault: str, suffered: Suffered) -> list[Figure]:
    what = f"GET /v1/slots at {RATE}/s, Redis {fault} meanwhile"
    latency = Figure(
        scenario="redis-faults",
        what=f"{what}, p99",
        unit="ms",
        ours=(suffered.outcome.percentile(99),),
        below=150.0,
        note="no error",
    )
    whole = Figure(
        scenario="redis-faults",
        what=f"{what}, until all pages are right again",
        unit="s",
        ours=(suffered.whole_after,),
        below=30.0,
    )
    return [latency, whole]
