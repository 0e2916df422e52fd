"""The service over HTTP: bookings beside a bare echo, and many bookers on one seat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import uvloop

from api.tokens import create_token
from bench.cluster import Cluster
from bench.figures import CLIENTS, Figure, Scale, interleaved
from bench.load import Outcome, Plan, post, run, run_accepted
from bench.processes import ECHO, api, echo
from bench.scene import bookings, candidates, directory, slots, take, write, years
from commands.book_slot import BookSlot
from daybook.ids import new_id

BOOK: Final = "/v1/commands/book-slot"
PUBLISH: Final = "/v1/commands/publish-slot"
REGISTER: Final = "/v1/commands/register-candidate"
SERIES: Final = "/v1/commands/publish-series"
OURS: Final = "ours"
AT_HAND: Final = "ours, states at hand"
BARE: Final = "bare POST echo, same server"

REQUESTS: Final = 10_000
REQUESTS_AT_HAND: Final = 4_000
BOOKERS: Final = 500
SEATS: Final = 500
GROUP_BOOKERS: Final = 2_000


def http_book(cluster: Cluster, scale: Scale) -> list[Figure]:
    """POST book-slot with 64 connections to one API process, and the same requests to an echo."""
    offered, people = slots(), candidates()
    number = scale.of(REQUESTS)
    with cluster.database("http_book") as url, api(url) as (port, _), echo() as echo_port:
        uvloop.run(write(url, *directory()))
        token = uvloop.run(create_token(url, "bot", "bench"))
        admin = uvloop.run(create_token(url, "admin", "bench staff"))

        def ours() -> Outcome:
            """The process has seen neither slots nor candidates: it reads each from the log."""
            its_slots, its_people = take(offered, number), take(people, number)
            uvloop.run(write(url, its_slots, its_people))
            return run_accepted(Plan(port, CLIENTS, requests(BOOK, bookings(its_slots, its_people), token)))

        def at_hand() -> Outcome:
            """The process published and registered them itself, as the only one of a service does."""
            few = scale.of(REQUESTS_AT_HAND)
            its_slots, its_people = take(offered, few), take(people, few)
            run_accepted(Plan(port, CLIENTS, requests(PUBLISH, its_slots, admin)))
            run_accepted(Plan(port, CLIENTS, requests(REGISTER, its_people, admin)))
            return run_accepted(Plan(port, CLIENTS, requests(BOOK, bookings(its_slots, its_people), token)))

        def theirs() -> Outcome:
            commands = [BookSlot(new_id(), new_id()) for _ in range(number)]
            return run_accepted(Plan(echo_port, CLIENTS, requests(ECHO, commands, token)))

        measured = interleaved(scale.repetitions, {BARE: theirs, OURS: ours, AT_HAND: at_hand})
    return [
        *_book_figures("cold states", measured[OURS], measured[BARE]),
        *_book_figures("states at hand", measured[AT_HAND], measured[BARE]),
    ]


def _book_figures(which: str, ours: Sequence[Outcome], bare: Sequence[Outcome]) -> list[Figure]:
    what = f"POST book-slot, 64 connections, one API process, {which}"
    rate = Figure(
        scenario="http-book",
        what=what,
        unit="requests/s",
        ours=tuple(each.rate for each in ours),
        peer=BARE,
        theirs=tuple(each.rate for each in bare),
        at_least=0.3,
    )
    latencies = (
        Figure(
            scenario="http-book",
            what=f"{what}, p{percent} of the answers",
            unit="ms",
            ours=tuple(each.percentile(percent) for each in ours),
            peer=BARE,
            theirs=tuple(each.percentile(percent) for each in bare),
        )
        for percent in (50, 99)
    )
    return [rate, *latencies]


def hot_slot(cluster: Cluster, scale: Scale) -> list[Figure]:
    """500 connections, each with one request, all at once, for one seat."""
    rushes = _rushes(cluster, scale, seats=1, bookers=BOOKERS)
    return [
        Figure(
            scenario="hot-slot",
            what=f"{BOOKERS} bookers at once on one seat over HTTP, until all are answered",
            unit="ms",
            ours=tuple(each.seconds * 1_000 for each in rushes),
            note=f"each time 1 won and {BOOKERS - 1} got slot-full",
        )
    ]


def full_house(cluster: Cluster, scale: Scale) -> list[Figure]:
    """2,000 connections, each with one request, all at once, for a slot of 500 seats."""
    bookers = scale.of(GROUP_BOOKERS)
    seats = bookers * SEATS // GROUP_BOOKERS
    rushes = _rushes(cluster, scale, seats=seats, bookers=bookers)
    return [
        Figure(
            scenario="full-house",
            what=f"{bookers} bookers at once on {seats} seats over HTTP, until the last is answered",
            unit="ms",
            ours=tuple(each.percentile(100) for each in rushes),
            below=2_000.0,
            note=f"each time exactly {seats} won and {bookers - seats} got slot-full",
        )
    ]


def _rushes(cluster: Cluster, scale: Scale, *, seats: int, bookers: int) -> Sequence[Outcome]:
    offered, people = slots(), candidates()
    with cluster.database("rush") as url, api(url) as (port, _):
        uvloop.run(write(url, *directory()))
        token = uvloop.run(create_token(url, "bot", "bench"))

        def rush() -> Outcome:
            slot, its_people = msgspec.structs.replace(next(offered), capacity=seats), take(people, bookers)
            uvloop.run(write(url, [slot], its_people))
            outcome = run(Plan(port, bookers, requests(BOOK, bookings([slot] * bookers, its_people), token)))
            assert outcome.statuses == {200: seats, 409: bookers - seats}, outcome.statuses
            assert all(b'"slot-full"' in body for body in outcome.refusals), outcome.refusals[0]
            return outcome

        return interleaved(scale.repetitions, {OURS: rush})[OURS]


def series(cluster: Cluster, scale: Scale) -> list[Figure]:
    """One POST publish-series that gives 1,000 slots: four half hours on each working day of most of a year."""
    with cluster.database("series") as url, api(url) as (port, _):
        uvloop.run(write(url, *directory()))
        token = uvloop.run(create_token(url, "admin", "bench"))
        plans = years()

        def year() -> Outcome:
            return run_accepted(Plan(port, 1, requests(SERIES, [next(plans)], token)))

        measured = interleaved(scale.repetitions, {OURS: year})
    return [
        Figure(
            scenario="series",
            what="POST publish-series, 1,000 slots in one command",
            unit="ms",
            ours=tuple(each.seconds * 1_000 for each in measured[OURS]),
            below=300.0,
        )
    ]


def requests(path: str, commands: Sequence[msgspec.Struct], token: str) -> list[bytes]:
    """Write commands out as requests, each with a key of its own."""
    return [post(path, msgspec.json.encode(command), token, new_id()) for command in commands]
