"""Questions of auditors: the history of somebody to whom much has happened, and cards as they stood then."""

from __future__ import annotations

from functools import partial
from typing import Final
from uuid import UUID

import msgspec
import psycopg
import uvloop

from api.tokens import create_token
from bench.cluster import Cluster
from bench.figures import Figure, Scale, interleaved
from bench.filling import fill
from bench.keys import open_sealed
from bench.load import Plan, get, run_accepted
from bench.processes import api, projector
from bench.scene import SECONDS_TO_BUILD, candidates, directory, drive, shown, slots, take, write
from commands.book_slot import BookSlot
from commands.cancel_booking import CancelBooking
from commands.handling import Writer
from daybook.ids import new_id

OURS: Final = "ours"
BELOW_MS: Final = 20.0

LIVED: Final = 1_000
EVENTS: Final = 100_000
CITIES: Final = 20
REQUESTS: Final = 500

# Bookings anywhere in the log: where each stands, and whose it is.
_BOOKED: Final = """
    select position, tags from daybook.event where type = 'SlotBooked'
    order by sha256(position::text::bytea) limit %s"""


class _Booked(msgspec.Struct, frozen=True):
    position: int
    ids: dict[str, str]


def history(cluster: Cluster, scale: Scale) -> list[Figure]:
    """GET the history of a candidate who has booked and cancelled again and again, one request after the other."""
    times = scale.of(LIVED) // 2
    with cluster.database("history") as url, projector(url):
        [slot], [person] = take(slots(), 1), take(candidates(), 1)
        uvloop.run(write(url, *directory(), [slot, person]))
        assert slot.slot_id
        assert person.candidate_id
        uvloop.run(_live(url, slot.slot_id, person.candidate_id, times))
        token = uvloop.run(create_token(url, "auditor", "bench"))
        with api(url) as (port, _):

            def ask() -> float:
                request = get(f"/v1/history/candidate:{person.candidate_id}", token)
                return run_accepted(Plan(port, 1, [request] * (scale.of(REQUESTS) // 5))).percentile(50)

            measured = interleaved(scale.repetitions, {OURS: ask})[OURS]
    what = f"GET the history of a candidate with {2 * times + 1:,} events, p50"
    return [Figure(scenario="history", what=what, unit="ms", ours=measured, below=BELOW_MS)]


def as_of(cluster: Cluster, scale: Scale) -> list[Figure]:
    """GET cards as they stood at positions anywhere in a log, one request after the other."""
    with cluster.database("as_of") as url, projector(url):
        events = fill(url, scale.of(EVENTS), max(round(CITIES * scale.part), 1))
        token = uvloop.run(create_token(url, "auditor", "bench"))
        booked = _booked(url, scale.of(REQUESTS))
        uvloop.run(shown(url, SECONDS_TO_BUILD))
        with api(url) as (port, _):

            def ask(kind: str) -> float:
                paths = (f"/v1/{kind}s/{each.ids[kind]}?as_of={each.position}" for each in booked)
                return run_accepted(Plan(port, 1, [get(path, token) for path in paths])).percentile(50)

            kinds = ("slot", "booking", "candidate")
            measured = interleaved(scale.repetitions, {kind: partial(ask, kind) for kind in kinds})
    return [
        Figure(
            scenario="as-of",
            what=f"GET a {kind} as of then, {events:,} events in the log, p50",
            unit="ms",
            ours=samples,
            below=BELOW_MS,
        )
        for kind, samples in measured.items()
    ]


async def _live(url: str, slot_id: UUID, candidate_id: UUID, times: int) -> None:
    """Let somebody book a slot and cancel, so many times."""
    async with open_sealed(url) as log, Writer(log) as writer:
        for _ in range(times):
            booking_id = new_id()
            turn = [BookSlot(slot_id, candidate_id, booking_id), CancelBooking(booking_id)]
            await drive(writer, turn, clients=1)


def _booked(url: str, number: int) -> list[_Booked]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(_BOOKED, (number,)).fetchall()
    return [_Booked(position, dict(tag.split(":", 1) for tag in tags)) for position, tags in rows]
