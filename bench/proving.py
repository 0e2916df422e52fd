"""A history that can be proved: written to a file, verified there, and how long an event waits until it is sealed."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Final

import asyncpg
import uvloop

import cli.verify_daybook
from bench.checkpoints import Sealed, sealed_up_to
from bench.cluster import Cluster
from bench.figures import Figure, Scale, interleaved
from bench.filling import fill
from bench.peers import hashing
from bench.processes import carry_out, worker

OURS: Final = "ours"
HASHING: Final = "SHA-256 over all bytes, and once more for each line"
COPY: Final = "COPY of the table's rows in binary format"

EVENTS: Final = 300_000
CITIES: Final = 40
SECONDS_TO_SEAL: Final = 300.0


def export(cluster: Cluster, scale: Scale) -> list[Figure]:
    """`daybook audit export` of a whole log, from the start of the command to its end."""
    with cluster.database("export") as url, _folder() as folder:
        events = fill(url, scale.of(EVENTS), max(round(CITIES * scale.part), 1))
        rate = partial(_rate, events)
        measured = interleaved(
            scale.repetitions,
            {
                COPY: rate(lambda: uvloop.run(_copy(url, folder / "rows"))),
                OURS: rate(lambda: _export(url, folder / "bundle.gz")),
            },
        )
    return [
        Figure(
            scenario="export",
            what=f"audit export of {events:,} events, start of its process included",
            unit="events/s",
            ours=measured[OURS],
            above=100_000.0,
            peer=COPY,
            theirs=measured[COPY],
        )
    ]


def verify(cluster: Cluster, scale: Scale) -> list[Figure]:
    """`verify_daybook.py` over a whole log and its checkpoints, from the start of the process to its end."""
    with cluster.database("verify") as url, _folder() as folder:
        events = fill(url, scale.of(EVENTS), max(round(CITIES * scale.part), 1))
        bundle, checkpoints = folder / "bundle.gz", folder / "checkpoints.jsonl"
        with worker(url, folder, checkpoints):
            last = uvloop.run(sealed_up_to(checkpoints, events, SECONDS_TO_SEAL))
        _export(url, bundle)
        rate = partial(_rate, events)
        measured = interleaved(
            scale.repetitions,
            {
                HASHING: rate(lambda: carry_out(sys.executable, hashing.__file__, str(bundle))),
                OURS: rate(lambda: _verify(bundle, checkpoints, last)),
            },
        )
    return [
        Figure(
            scenario="verify",
            what=f"verify_daybook.py, {events:,} events, {last.number:,} checkpoints, start of its process included",
            unit="events/s",
            ours=measured[OURS],
            above=200_000.0,
            peer=HASHING,
            theirs=measured[HASHING],
        )
    ]


def _rate(events: int, job: Callable[[], object]) -> Callable[[], float]:
    """Have a job tell how many events a second it passes."""

    def run() -> float:
        started = perf_counter()
        job()
        return events / (perf_counter() - started)

    return run


def _export(url: str, file: Path) -> None:
    carry_out(sys.executable, "-m", "cli.main", "audit", "export", str(file), url=url)


def _verify(bundle: Path, checkpoints: Path, last: Sealed) -> None:
    told = ["--checkpoints", str(checkpoints), "--public-key", last.key]
    said = carry_out(sys.executable, cli.verify_daybook.__file__, str(bundle), *told)
    assert f"verified: positions 1 to {last.position}\n" in said, said


async def _copy(url: str, file: Path) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.copy_from_table("event", schema_name="daybook", output=file, format="binary")
    finally:
        await connection.close()


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="daybook-bench-") as folder:
        yield Path(folder)
