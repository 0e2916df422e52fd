"""How soon a booking shows in the list of open slots, to clients that ask again and again and name no position.

They ask again a millisecond after each answer: that is as close as one has to look, and whoever asks without a pause
measures how many answers a machine has in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from time import perf_counter
from typing import Final, NamedTuple

import uvloop

from api.tokens import create_token
from bench.cluster import Cluster
from bench.figures import Figure, Scale, interleaved
from bench.load import Client, get, percentile
from bench.processes import api, projector, valkey
from bench.scene import STAGE_ID, bookings, candidates, directory, shown, slots, take, write
from bench.serving import BOOK, requests
from commands.publish_slot import PublishSlot

OURS: Final = "ours"

RATE: Final = 200
BOOKED: Final = 2_000
LINES: Final = 20
WATCHERS: Final = 4
SECONDS_TO_CONNECT: Final = 0.2
SECONDS_TO_LOOK_AGAIN: Final = 0.001


class Booking(NamedTuple):
    """A slot of one seat, the request that books it, and the one that lists it until then."""

    slot_id: bytes
    book: bytes
    look: bytes


def visible_in_list(cluster: Cluster, scale: Scale) -> list[Figure]:
    """At 200 bookings a second over HTTP: from the reply to the first answer that does not list the slot any more.

    Every fifth booking is watched: were all of them, the server would have more to do with watchers than with bookings.
    """
    offered, people = slots(), candidates()
    number = scale.of(BOOKED)
    with (
        cluster.database("visible_in_list") as url,
        valkey() as redis,
        projector(url, redis.url),
        api(url, redis.url) as (port, _),
    ):
        uvloop.run(write(url, *directory()))
        token = uvloop.run(create_token(url, "bot", "bench"))

        def watch() -> list[float]:
            its_slots, its_people = take(offered, number), take(people, number)
            uvloop.run(write(url, its_slots, its_people))
            uvloop.run(shown(url))
            booked = requests(BOOK, bookings(its_slots, its_people), token)
            looks = [get(_list_of(slot), token) for slot in its_slots]
            ids = [str(slot.slot_id).encode() for slot in its_slots]
            return uvloop.run(_watch(port, [Booking(*each) for each in zip(ids, booked, looks, strict=True)]))

        turns = interleaved(scale.repetitions, {OURS: watch})[OURS]
    figure = partial(Figure, scenario="visible-in-list", unit="ms")
    what = f"reply to gone from GET /v1/slots at {RATE} bookings/s"
    return [
        figure(what=f"{what}, p50", ours=tuple(percentile(turn, 50) for turn in turns), below=10.0),
        figure(what=f"{what}, p99", ours=tuple(percentile(turn, 99) for turn in turns), below=50.0),
    ]


def _list_of(slot: PublishSlot) -> str:
    """Ask for the first page of the slot's city and stage, on which the soonest are."""
    return f"/v1/slots?city_id={slot.city_id}&stage_id={STAGE_ID}"


async def _watch(port: int, every: Sequence[Booking]) -> list[float]:
    """Book at `RATE` over some connections in turn; return what the watched ones took to be seen in ms, ascending."""
    start = perf_counter() + SECONDS_TO_CONNECT

    async def line(number: int) -> list[float]:
        client = await Client.connect(port)
        seen = []
        for turn, booking in enumerate(every[number::LINES]):
            await asyncio.sleep(start + (turn * LINES + number) / RATE - perf_counter())
            if number % (LINES // WATCHERS):
                await client.ask(booking.book)
            else:
                seen.append(await _seen(client, booking))
        client.close()
        return seen

    async with asyncio.TaskGroup() as tasks:
        lines = [tasks.create_task(line(number)) for number in range(LINES)]
    return sorted(taken for each in lines for taken in each.result())


async def _seen(client: Client, booking: Booking) -> float:
    """Book a slot that is listed; return how many milliseconds after the reply it is gone from the list."""
    assert booking.slot_id in await client.ask(booking.look)
    await client.ask(booking.book)
    replied = perf_counter()
    while booking.slot_id in await client.ask(booking.look):  # noqa: ASYNC110  asking again is what is measured
        await asyncio.sleep(SECONDS_TO_LOOK_AGAIN)
    return (perf_counter() - replied) * 1_000
