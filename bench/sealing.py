"""How long an event waits for the checkpoint that vouches for it, while bookings go on."""

from __future__ import annotations

import asyncio
import tempfile
from functools import partial
from pathlib import Path
from typing import Final

import asyncpg
import uvloop

from api.tokens import create_token
from bench.checkpoints import SECONDS_TO_LOOK_AGAIN, Sealed, published, sealed_up_to
from bench.cluster import Cluster
from bench.figures import Figure, Scale, interleaved
from bench.load import percentile
from bench.pacing import Pace, Running, running
from bench.processes import api, worker
from bench.scene import bookings, candidates, directory, slots, take, write
from bench.serving import BOOK, requests
from events.postgres import open_log

OURS: Final = "ours"

RATE: Final = 200
BOOKED: Final = 2_000
LINES: Final = 16
SECONDS: Final = 60.0

_RECORDED: Final = """
    select position, extract(epoch from recorded_at)::float8 from daybook.event where position > $1 order by position"""


def unsealed(cluster: Cluster, scale: Scale) -> list[Figure]:
    """At 200 bookings a second over HTTP: from an event's record to its checkpoint in the file."""
    offered, people = slots(), candidates()
    number = scale.of(BOOKED)
    with (
        tempfile.TemporaryDirectory(prefix="daybook-bench-") as name,
        cluster.database("unsealed") as url,
        api(url) as (port, _),
        worker(url, folder := Path(name), checkpoints := folder / "checkpoints.jsonl"),
    ):
        uvloop.run(write(url, *directory()))
        token = uvloop.run(create_token(url, "bot", "bench"))

        def book() -> list[float]:
            its_slots, its_people = take(offered, number), take(people, number)
            uvloop.run(write(url, its_slots, its_people))
            before = uvloop.run(_all_sealed(url, checkpoints))
            booked = requests(BOOK, bookings(its_slots, its_people), token)
            with running(Pace(port, LINES, RATE, booked)) as going:
                return uvloop.run(_watch(url, checkpoints, before, going))

        turns = interleaved(scale.repetitions, {OURS: book})[OURS]
    figure = partial(Figure, scenario="unsealed", unit="s")
    what = f"recorded to sealed at {RATE} bookings/s"
    return [
        figure(what=f"{what}, p50", ours=tuple(percentile(turn, 50) for turn in turns)),
        figure(what=f"{what}, p99", ours=tuple(percentile(turn, 99) for turn in turns), below=1.5),
    ]


async def _all_sealed(url: str, checkpoints: Path) -> Sealed:
    return await sealed_up_to(checkpoints, await _head(url), SECONDS)


async def _head(url: str) -> int:
    async with open_log(url) as log:
        return await log.head()


async def _watch(url: str, checkpoints: Path, before: Sealed, going: Running) -> list[float]:
    """Return how many seconds each event of the bookings was not sealed, ascending."""
    seen = list[Sealed]()
    watching = asyncio.create_task(_note(checkpoints, seen))
    try:
        await asyncio.to_thread(going.outcome)
        head = await _head(url)
        async with asyncio.timeout(SECONDS):
            while seen[-1].position < head:  # noqa: ASYNC110  another process seals
                await asyncio.sleep(SECONDS_TO_LOOK_AGAIN)
    finally:
        watching.cancel()
    return await _waited(url, before.position, seen)


async def _note(checkpoints: Path, seen: list[Sealed]) -> None:
    async for each in published(checkpoints):
        seen.append(each)  # noqa: PERF401  others look at it meanwhile


async def _waited(url: str, after: int, seen: list[Sealed]) -> list[float]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(_RECORDED, after)
    finally:
        await connection.close()
    sealing = iter(seen)
    sealed, waited = next(sealing), list[float]()
    for position, recorded in rows:
        while sealed.position < position:
            sealed = next(sealing)
        waited.append(sealed.at - recorded)
    return sorted(waited)
