"""Building all read models anew from a long log, alone and beside live traffic."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Final

import uvloop

from bench.cluster import Cluster
from bench.figures import Figure, Samples, Scale, interleaved
from bench.filling import fill
from bench.load import percentile
from bench.processes import api, projector, rebuilding
from bench.scene import SECONDS_TO_BUILD, shown
from bench.traffic import Served, Traffic

EVENTS: Final = 1_000_000
CITIES: Final = 100
SECONDS: Final = 10
STRETCH_SECONDS: Final = 2.0

CALM: Final = "the same while nothing is rebuilt"
REBUILDING: Final = "while all read models are rebuilt"


def rebuild(cluster: Cluster, scale: Scale) -> list[Figure]:
    """`daybook projections rebuild --all` with 1,000,000 events in the log, and what live traffic notices of it."""
    with cluster.database("rebuild") as url, projector(url):
        events = fill(url, scale.of(EVENTS), max(round(CITIES * scale.part), 1))
        uvloop.run(shown(url, SECONDS_TO_BUILD))
        rates = interleaved(scale.repetitions, {"ours": lambda: _rebuild(url, events)})["ours"]
        traffic = Traffic(url)
        with api(url) as (port, _):
            served = interleaved(
                scale.repetitions,
                {
                    CALM: lambda: [traffic.go_on(port, max(SECONDS * scale.part, 1.0))],
                    REBUILDING: lambda: _beside(url, port, traffic),
                },
            )
    return [
        Figure(
            scenario="rebuild",
            what=f"projections rebuild --all, {events:,} events, start of its processes and take-over included",
            unit="events/s",
            ours=rates,
            above=60_000.0,
        ),
        *(_noticed(which, served) for which in Served._fields),
    ]


def _rebuild(url: str, events: int) -> float:
    """Return events a second."""
    started = perf_counter()
    with rebuilding(url) as process:
        assert process.wait() == 0
    return events / (perf_counter() - started)


def _beside(url: str, port: int, traffic: Traffic) -> list[Served]:
    """Serve for as long as a rebuild takes; only what was served before its end counts, but for the first stretch."""
    served = []
    with rebuilding(url) as process:
        while process.poll() is None:
            served.append(traffic.go_on(port, STRETCH_SECONDS))
        assert process.returncode == 0
    return served[:-1] or served


def _noticed(which: str, served: dict[str, tuple[list[Served], ...]]) -> Figure:
    return Figure(
        scenario="rebuild",
        what=f"p99 of {which} {REBUILDING}",
        unit="ms",
        ours=_p99(which, served[REBUILDING]),
        peer=CALM,
        theirs=_p99(which, served[CALM]),
        at_most=2.0,
    )


def _p99(which: str, turns: Sequence[list[Served]]) -> Samples:
    return tuple(
        percentile(sorted(taken for served in turn for taken in getattr(served, which).latencies), 99) for turn in turns
    )
