"""The write path in process: publishing slots, and booking from cold states, beside the library and the naive limit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Final

import msgspec
import uvloop

from bench.cluster import Cluster
from bench.figures import CLIENTS, Figure, Samples, Scale, interleaved
from bench.keys import open_sealed
from bench.peers.aggregates import Aggregates
from bench.peers.boundaries import Boundaries
from bench.pgbench import MISSING, Pgbench
from bench.scene import bookings, candidates, directory, drive, slots, stored, take, write
from commands.handling import Writer
from commands.publish_slot import PublishSlot
from commands.register_candidate import RegisterCandidate
from events.booking import SlotBooked
from events.slot import SlotPublished

OURS: Final = "ours"
LIBRARY: Final = "eventsourcing, 16 threads"
LIBRARY_DCB: Final = "eventsourcing DCB, 16 threads"
NAIVE: Final = "pgbench INSERT, 16 clients"

PUBLISHED: Final = 20_000
BOOKED: Final = 10_000
BY_LIBRARY: Final = 2_000
INSERTED: Final = 30_000


def publish(cluster: Cluster, scale: Scale) -> list[Figure]:
    """PublishSlot: decide and append."""
    offered = slots()
    with cluster.database("publish") as url:
        uvloop.run(write(url, *directory()))
        uvloop.run(_publish(url, take(offered, CLIENTS + scale.of(BY_LIBRARY))))
        facts = uvloop.run(stored(url, SlotPublished))
        with closing(Aggregates(url)) as library:
            contestants = {
                LIBRARY: lambda: library.publish(facts),
                OURS: lambda: uvloop.run(_publish(url, take(offered, CLIENTS + scale.of(PUBLISHED)))),
            }
            measured = interleaved(scale.repetitions, contestants | _naive(url, SlotPublished, scale))
    figure = _figures("publish", "PublishSlot in process, 64 clients", measured)
    return [figure(LIBRARY, 15.0), figure(NAIVE, 1.0)]


def book(cluster: Cluster, scale: Scale) -> list[Figure]:
    """BookSlot: load, decide and append; every slot and every candidate is read from the log."""
    offered, people = slots(), candidates()
    with cluster.database("book") as url:
        uvloop.run(write(url, *directory()))

        def ours(number: int) -> float:
            number += CLIENTS
            return uvloop.run(_book(url, take(offered, number), take(people, number)))

        ours(scale.of(BY_LIBRARY))
        published = uvloop.run(stored(url, SlotPublished))
        booked = uvloop.run(stored(url, SlotBooked))
        with closing(Aggregates(url)) as library, closing(Boundaries(url)) as library_dcb:
            contestants = {
                LIBRARY: lambda: library.book(published, booked),
                LIBRARY_DCB: lambda: library_dcb.book(published, booked),
                OURS: lambda: ours(scale.of(BOOKED)),
            }
            measured = interleaved(scale.repetitions, contestants | _naive(url, SlotBooked, scale))
    figure = _figures("book", "BookSlot in process from cold states, 64 clients", measured)
    return [figure(LIBRARY, 8.0), figure(LIBRARY_DCB, None), figure(NAIVE, 1.0)]


def _figures(scenario: str, what: str, measured: dict[str, Samples]) -> Callable[[str, float | None], Figure]:
    def figure(peer: str, at_least: float | None) -> Figure:
        return Figure(
            scenario=scenario,
            what=what,
            unit="commands/s",
            ours=measured[OURS],
            peer=peer,
            theirs=measured.get(peer, ()),
            at_least=at_least,
            note="" if peer in measured else MISSING,
        )

    return figure


def _naive(url: str, kind: type[msgspec.Struct], scale: Scale) -> dict[str, Callable[[], float]]:
    if not Pgbench.exists():
        return {}
    naive = Pgbench(url, kind.__name__)
    return {NAIVE: lambda: naive.insert(scale.of(INSERTED))}


async def _publish(url: str, commands: Sequence[PublishSlot]) -> float:
    """Return commands a second; the first few, which open connections and make plans, are not counted."""
    async with open_sealed(url) as log, Writer(log) as writer:
        await drive(writer, commands[:CLIENTS])
        return (len(commands) - CLIENTS) / await drive(writer, commands[CLIENTS:])


async def _book(url: str, offered: Sequence[PublishSlot], people: Sequence[RegisterCandidate]) -> float:
    """As `_publish`; the writer that is measured has seen nothing before."""
    await write(url, offered, people)
    commands = bookings(offered, people)
    async with open_sealed(url) as log:
        async with Writer(log) as first:
            await drive(first, commands[:CLIENTS])
        async with Writer(log) as writer:
            return (len(commands) - CLIENTS) / await drive(writer, commands[CLIENTS:])
