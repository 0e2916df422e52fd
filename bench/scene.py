"""The scene that every scenario plays in: who holds interviews where, and the commands that are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, islice
from time import perf_counter
from typing import Final, TypeVar
from uuid import UUID

import msgspec
from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

from bench.figures import CLIENTS
from bench.keys import SECRET, open_sealed
from commands.actor import Actor
from commands.book_slot import BookSlot
from commands.define_stage import DefineStage
from commands.handling import Writer
from commands.open_city import OpenCity
from commands.publish_series import PublishSeries
from commands.publish_slot import PublishSlot
from commands.register_candidate import RegisterCandidate
from commands.register_recruiter import RegisterRecruiter
from commands.request import make_request
from daybook.ids import new_id
from events.catalogue import CODEC
from events.log import ACCEPTED
from events.postgres import open_log
from events.series import Split
from events.stage import Policy
from projections.positions import Positions

T = TypeVar("T")

STAFF: Final = Actor("admin", "bench")
STAGE_ID: Final = "interview"
RECRUITERS: Final = tuple(UUID(int=number) for number in range(1, CLIENTS + 1))
ZONES: Final = (
    "Europe/Berlin",
    "Asia/Almaty",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Africa/Cairo",
    "America/New_York",
    "Asia/Tokyo",
    "Europe/Lisbon",
)
SLOT_MINUTES: Final = 30
SLOTS_A_DAY: Final = 16
OPENING: Final = time(9)
SECONDS_TO_BUILD: Final = 1_800.0
"""How long the read models of a long log may take to be built."""


def city_id(number: int) -> str:
    """Name the city in which the recruiter of this number works."""
    return ZONES[number % len(ZONES)].rpartition("/")[2].lower().replace("_", "-")


def directory() -> tuple[list[msgspec.Struct], list[msgspec.Struct]]:
    """List the commands that must come first, in two stages."""
    policy = Policy(
        min_notice_minutes=0,
        horizon_days=3_650,
        cancel_cutoff_minutes=0,
        reschedule_cutoff_minutes=0,
        max_active=1,
        max_reschedules=1,
    )
    places: list[msgspec.Struct] = [OpenCity(city_id(number), zone, zone, "en") for number, zone in enumerate(ZONES)]
    people: list[msgspec.Struct] = [
        RegisterRecruiter(f"Recruiter {number}", (city_id(number),), recruiter_id)
        for number, recruiter_id in enumerate(RECRUITERS)
    ]
    return [*places, DefineStage(STAGE_ID, "Interview", 1, SLOT_MINUTES, (), policy)], people


def slots() -> Iterator[PublishSlot]:
    """Fill the days of all recruiters, one slot each in turn, for ever; wall times, some days ahead."""
    first_day = datetime.now(UTC).date() + timedelta(days=2)
    for number in count():
        turn, recruiter = divmod(number, len(RECRUITERS))
        day, place = divmod(turn, SLOTS_A_DAY)
        yield PublishSlot(
            recruiter_id=RECRUITERS[recruiter],
            city_id=city_id(recruiter),
            stage_id=STAGE_ID,
            starts_at=_wall_time(first_day + timedelta(days=day), place),
            slot_id=new_id(),
        )


def years() -> Iterator[PublishSeries]:
    """Publish for one recruiter after another four half hours on each of 250 working days: 1,000 slots each."""
    first_day = datetime.now(UTC).date() + timedelta(days=2)
    for number, recruiter_id in enumerate(RECRUITERS):
        yield PublishSeries(
            recruiter_id=recruiter_id,
            city_id=city_id(number),
            stage_id=STAGE_ID,
            starts_at=_wall_time(first_day, 0),
            rrule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=250",
            split=Split(4),
        )


def candidates() -> Iterator[RegisterCandidate]:
    """Register one person after another, for ever."""
    for number in count():
        yield RegisterCandidate(f"Candidate {number}", city_id(number), STAGE_ID, "en", new_id())


def bookings(offered: Iterable[PublishSlot], people: Iterable[RegisterCandidate]) -> list[BookSlot]:
    """Give each a slot of their own."""
    return [
        BookSlot(slot.slot_id, person.candidate_id)
        for slot, person in zip(offered, people, strict=True)
        if slot.slot_id and person.candidate_id
    ]


async def drive(writer: Writer, commands: Sequence[msgspec.Struct], clients: int = CLIENTS) -> float:
    """Send commands from so many clients, each sending the next when the last is answered; return seconds.

    Client n sends every n-th command: the slots of a recruiter come from one client. All have to be accepted.
    """

    async def client(number: int) -> None:
        for command in commands[number::clients]:
            reply = await writer.submit(make_request(new_id(), STAFF, command, secret=SECRET))
            assert reply.outcome == ACCEPTED, reply.body

    started = perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for number in range(clients):
            tasks.create_task(client(number))
    return perf_counter() - started


async def write(url: str, *stages: Sequence[msgspec.Struct]) -> None:
    """Write what a measurement starts from; a stage is complete before the next one begins."""
    async with open_sealed(url) as log, Writer(log) as writer:
        for commands in stages:
            await drive(writer, commands, clients=4 * CLIENTS)


async def shown(url: str, seconds: float = 60.0) -> None:
    """Wait until the read models show what is written; a projector has to be at work."""
    async with open_log(url) as log, Positions(url) as positions:
        assert await positions.reach(await log.head(), seconds)


async def stored(url: str, kind: type[T]) -> list[T]:
    """Return the stored events of a kind."""
    query = DCBQuery(items=[DCBQueryItem(types=[kind.__name__])])
    async with open_log(url) as log:
        events = [CODEC.decode(each.type, each.version, each.data) async for each in log.read(query)]
    return [event for event in events if isinstance(event, kind)]


def take(source: Iterator[T], number: int) -> list[T]:
    """Take the next so many."""
    return list(islice(source, number))


def _wall_time(day: date, place: int) -> str:
    start = datetime.combine(day, OPENING) + timedelta(minutes=place * SLOT_MINUTES)
    return start.isoformat(timespec="minutes")
