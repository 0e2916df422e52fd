"""The list of open slots over HTTP, from every place it can come from, beside an ORM and beside constant bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Final

import msgspec
import uvloop

from api.tokens import create_token
from bench.cluster import Cluster
from bench.figures import CLIENTS, Figure, Samples, Scale, interleaved
from bench.load import Client, Outcome, Plan, get, run_accepted
from bench.pacing import Pace, running
from bench.processes import CONSTANT, api, echo, fastapi_orm, projector, valkey
from bench.scene import STAGE_ID, bookings, candidates, city_id, directory, shown, slots, take, write
from bench.serving import BOOK, requests
from commands.publish_slot import PublishSlot

OURS: Final = "ours"
WITHOUT_REDIS: Final = "ours, without Redis"
FROM_REDIS: Final = "ours, from Redis alone"
FROM_POSTGRES: Final = "ours, from PostgreSQL alone"
WHILE_BOOKED: Final = "ours, while 200 bookings a second go on"
COLD: Final = "ours, each asks for other days"
CARDS: Final = "ours, cards"
BARE: Final = "bare GET of as many bytes, same server"
ORM: Final = "FastAPI and SQLAlchemy's ORM"
ORM_COLD: Final = "FastAPI and SQLAlchemy's ORM, each asks for other days"

OPEN: Final = 100_000
LISTED: Final = 20_000
LISTED_FEWER: Final = 8_000
LISTED_BY_PEER: Final = 2_000
DIFFERENT: Final = 1_000
BOOKED: Final = 1_000
BOOKED_A_SECOND: Final = 200
LINES: Final = 16
LIST: Final = f"/v1/slots?city_id={city_id(0)}&stage_id={STAGE_ID}&limit=50"
NOTHING_KEPT: Final = {"DAYBOOK_KEPT_MEGABYTES": "0"}


def slots_list(cluster: Cluster, scale: Scale) -> list[Figure]:
    """GET of 50 open slots of a city and stage, from 100,000 open ones, with 64 connections."""
    offered = take(slots(), scale.of(OPEN))
    with cluster.database("slots_list") as url, valkey() as redis, ExitStack() as stack:
        uvloop.run(write(url, *directory(), offered))
        token = uvloop.run(create_token(url, "admin", "bench"))
        stack.enter_context(projector(url, redis.url))
        uvloop.run(shown(url))
        (ours, _), (plain, _), (from_redis, _), (from_postgres, _) = (
            stack.enter_context(api(url, redis_url, **kept))
            for redis_url, kept in ((redis.url, {}), ("", {}), (redis.url, NOTHING_KEPT), ("", NOTHING_KEPT))
        )
        orm = stack.enter_context(fastapi_orm(url))
        size = uvloop.run(_size_of_all((ours, plain, from_redis, from_postgres, orm), token))
        bare = stack.enter_context(echo(size))
        lists = _Lists(url, token, offered, scale)
        measured = interleaved(
            scale.repetitions,
            {
                BARE: lambda: lists.same(bare, LISTED, CONSTANT),
                ORM: lambda: lists.same(orm, LISTED_BY_PEER),
                OURS: lambda: lists.same(ours, LISTED),
                WITHOUT_REDIS: lambda: lists.same(plain, LISTED),
                FROM_REDIS: lambda: lists.same(from_redis, LISTED_FEWER),
                FROM_POSTGRES: lambda: lists.same(from_postgres, LISTED_FEWER),
                WHILE_BOOKED: lambda: lists.while_booked(ours),
                COLD: lambda: lists.different(ours),
                ORM_COLD: lambda: lists.different(orm),
                CARDS: lambda: lists.cards(ours),
            },
        )
    return _figures(measured)


class _Lists:
    """What is asked for, of servers that show the same."""

    def __init__(self, url: str, token: str, offered: Sequence[PublishSlot], scale: Scale) -> None:
        self._url = url
        self._token = token
        self._slot_ids = [each.slot_id for each in offered]
        self._free = iter(offered)
        self._people = candidates()
        self._scale = scale
        self._turns = count()

    def same(self, port: int, number: int, path: str = LIST) -> Outcome:
        """Ask for the same again and again."""
        return run_accepted(Plan(port, CLIENTS, [get(path, self._token)] * self._scale.of(number)))

    def while_booked(self, port: int) -> Outcome:
        """As `same`, while seats are booked in all cities, the soonest first: those that the list shows."""
        number = min(self._scale.of(BOOKED), len(self._slot_ids) // 2)
        its_slots, its_people = take(self._free, number), take(self._people, number)
        uvloop.run(write(self._url, its_people))
        booked = requests(BOOK, bookings(its_slots, its_people[: len(its_slots)]), self._token)
        with running(Pace(port, LINES, BOOKED_A_SECOND, booked)) as booking:
            outcome = self.same(port, LISTED)
            booking.outcome()
        return outcome

    def different(self, port: int) -> Outcome:
        """Ask for other days each time, as nobody has before."""
        begins = datetime.now(UTC) + timedelta(days=2, seconds=next(self._turns))
        number = self._scale.of(DIFFERENT)
        step = timedelta(days=60) / number
        froms = ((begins + turn * step, begins + turn * step + timedelta(days=14)) for turn in range(number))
        paths = [f"{LIST}&from={from_:%Y-%m-%dT%H:%M:%SZ}&to={to:%Y-%m-%dT%H:%M:%SZ}" for from_, to in froms]
        return run_accepted(Plan(port, CLIENTS, [get(path, self._token) for path in paths]))

    def cards(self, port: int) -> Outcome:
        """Ask for slots, any of them."""
        wanted = Random(next(self._turns)).choices(self._slot_ids, k=self._scale.of(LISTED_FEWER))
        return run_accepted(Plan(port, CLIENTS, [get(f"/v1/slots/{slot_id}", self._token) for slot_id in wanted]))


async def _size_of_all(ports: Sequence[int], token: str) -> int:
    """Return how many bytes the list has; everybody has to show the same."""
    bodies = []
    for port in ports:
        client = await Client.connect(port)
        bodies.append(await client.ask(get(LIST, token)))
        client.close()
    pages = [msgspec.json.decode(body)["items"] for body in bodies]
    assert pages[0]
    assert all(page == pages[0] for page in pages), pages
    return len(bodies[0])


def _figures(measured: Mapping[str, tuple[Outcome, ...]]) -> list[Figure]:
    def rate(whose: str, peer: str, at_least: float | None = None) -> Figure:
        ours, theirs = (tuple(each.rate for each in measured[which]) for which in (whose, peer))
        return _figure(whose, peer, "requests/s", ours, theirs, at_least)

    def p99(whose: str, peer: str) -> Figure:
        ours, theirs = (tuple(each.percentile(99) for each in measured[which]) for which in (whose, peer))
        return _figure(f"{whose}, p99", peer, "ms", ours, theirs)

    return [
        rate(OURS, ORM, 10.0),
        rate(OURS, BARE, 0.6),
        rate(WITHOUT_REDIS, ORM, 3.0),
        *(rate(whose, ORM) for whose in (FROM_REDIS, FROM_POSTGRES, WHILE_BOOKED)),
        rate(COLD, ORM_COLD),
        rate(CARDS, BARE),
        *(p99(whose, ORM) for whose in (OURS, WITHOUT_REDIS, FROM_REDIS, FROM_POSTGRES, WHILE_BOOKED)),
        p99(COLD, ORM_COLD),
        p99(CARDS, BARE),
    ]


def _figure(  # noqa: PLR0913, PLR0917  as many as a figure has
    whose: str, peer: str, unit: str, ours: Samples, theirs: Samples, at_least: float | None = None
) -> Figure:
    return Figure(
        scenario="slots-list",
        what=whose,
        unit=unit,
        ours=ours,
        peer=peer,
        theirs=theirs,
        at_least=at_least,
    )
