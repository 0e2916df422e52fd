"""What the API process holds in memory once the log is long and it has served for a while."""

from __future__ import annotations

from typing import Final

import uvloop

from api.tokens import create_token
from bench.cluster import Cluster
from bench.figures import CLIENTS, Figure, Scale, interleaved
from bench.load import Plan, get, run_accepted
from bench.processes import api, resident_megabytes
from bench.scene import bookings, candidates, directory, slots, take, write
from bench.serving import BOOK, requests

OURS: Final = "ours"

EVENTS: Final = 1_000_000
AT_ONCE: Final = 50_000
BOOKED: Final = 10_000
PAGES: Final = 500
PAGE: Final = 200


def memory(cluster: Cluster, scale: Scale) -> list[Figure]:
    """After each round of traffic: bookings, of things it has not seen before, and pages of the log."""
    offered, people = slots(), candidates()
    events, number = scale.of(EVENTS), scale.of(BOOKED)
    with cluster.database("memory") as url:
        uvloop.run(write(url, *directory()))
        for written in range(0, events, AT_ONCE):
            uvloop.run(write(url, take(people, min(AT_ONCE, events - written))))
        token = uvloop.run(create_token(url, "admin", "bench"))
        with api(url) as (port, pid):

            def round_of_traffic() -> float:
                its_slots, its_people = take(offered, number), take(people, number)
                uvloop.run(write(url, its_slots, its_people))
                run_accepted(Plan(port, CLIENTS, requests(BOOK, bookings(its_slots, its_people), token)))
                starts = range(0, events, max(events // scale.of(PAGES), 1))
                pages = [get(f"/v1/events?after={after}&limit={PAGE}", token) for after in starts]
                run_accepted(Plan(port, CLIENTS, pages))
                return resident_megabytes(pid)

            measured = interleaved(scale.repetitions, {OURS: round_of_traffic})
    return [
        Figure(
            scenario="memory",
            what=f"RSS of the API process, {events:,} events in the log, after bookings and reading",
            unit="MB",
            ours=measured[OURS],
            below=200.0,
        )
    ]
