"""A long log, made fast: what the service wrote down for some weeks of life, printed for many cities and years.

A round is four weeks in all cities at once. Each step of it is one command, sent in every city that lives the same
life: one append, one block of the chain. So the events of a city, a slot or a candidate lie far apart, as they do in a
log that grew. People, slots and bookings are others in every round; cities and those who hold interviews there stay.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from os import cpu_count
from typing import Final, NamedTuple
from uuid import UUID, uuid4, uuid5

import psycopg

from bench.bulk import copying, with_indexes_later
from bench.keys import Sealer, fingerprint_secret
from bench.life import CITY_ID, SPAN, Sent, directory, life, opening, recruiters
from bench.printing import Press, Sheet, page
from bench.recording import Recorder
from events.log import BEGINNING, link_hash

ZONES: Final = ("Asia/Tokyo", "Asia/Kolkata", "Asia/Dubai", "Africa/Lagos")
"""Where no clock has changed for decades, and no rule is to come."""

_RECORDING: Final = timedelta(milliseconds=2)
_NAMESPACE: Final = UUID(int=0)
_NOTHING: Final[Mapping[bytes, bytes]] = {}


class Step(NamedTuple):
    """One command of one sheet."""

    at: datetime
    sheet: int
    command: int


class Play(NamedTuple):
    """What is printed in every round, step by step; and before the first one what opens the cities.

    `lasting` are the values that stay from round to round, by sheet, one for each print of it.
    """

    sheets: tuple[Sheet, ...]
    lasting: tuple[tuple[Mapping[bytes, bytes], ...], ...]
    opening: tuple[Step, ...]
    steps: tuple[Step, ...]

    def events(self, steps: Iterable[Step]) -> int:
        """Count the events that these steps write."""
        return sum(
            len(self.lasting[each.sheet]) * len(self.sheets[each.sheet].commands[each.command].events) for each in steps
        )


class Round(NamedTuple):
    """One round: after which position it begins, and how many weeks it lies from the last one."""

    head: int
    weeks: int
    steps: tuple[Step, ...]


class Appended(NamedTuple):
    """One append: the content hashes of its events, joined."""

    first: int
    last: int
    recorded_at: datetime
    contents: bytes


def fill(url: str, events: int, cities: int, processes: int = cpu_count() or 1) -> int:
    """Fill an empty log with at least so many events; return how many. The last ones are an hour old."""
    play = rehearse(datetime.now(UTC).replace(minute=0, second=0, microsecond=0), cities)
    rounds = _rounds(play, events)
    secret = asyncio.run(fingerprint_secret(url))
    with with_indexes_later(url), ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        # To start processes takes longer than to print one round.
        several = map if processes == 1 or len(rounds) == 1 else pool.map
        _link(url, several(partial(_print, url, play, secret), rounds))
    return rounds[-1].head + play.events(rounds[-1].steps)


def rehearse(ends: datetime, cities: int) -> Play:
    """Settle what is to be printed: the directory, and for each zone the opening of a city and a life in it."""
    begins = ends - SPAN - timedelta(hours=1)
    sheets, lasting = list[Sheet](), list[tuple[Mapping[bytes, bytes], ...]]()
    for number, zone in enumerate(ZONES[:cities]):
        recorder = Recorder(uuid4)
        known = recorder.settle(Sent(begins, *each) for each in directory())
        if not sheets:
            sheets, lasting = [Sheet.of(known)], [(_NOTHING,)]
        its_cities = tuple(_names(number, city) for city in range(number, cities, len(ZONES)))
        for every in ([Sent(begins, *each) for each in opening(zone, number)], life(zone, number, ends)):
            sheets.append(Sheet.of(recorder.settle(every)))
            lasting.append(its_cities)
    steps = sorted(
        Step(each.decided_at, sheet, number)
        for sheet, its in enumerate(sheets)
        for number, each in enumerate(its.commands)
    )
    before = tuple(each for each in steps if each.at == begins)
    return Play(tuple(sheets), tuple(lasting), before, tuple(steps[len(before) :]))


def _names(number: int, city: int) -> dict[bytes, bytes]:
    """Name a city and those who hold interviews there."""
    city_id = f"{CITY_ID[:-4]}{city:04}"
    people = {_bytes(each): _bytes(uuid5(_NAMESPACE, f"{city_id} {each}")) for each in recruiters(number)}
    return {CITY_ID.encode(): city_id.encode(), **people}


def _bytes(id_: UUID) -> bytes:
    return str(id_).encode()


def _rounds(play: Play, events: int) -> list[Round]:
    size = play.events(play.steps)
    number = -(-events // size)
    span = SPAN.days // 7
    later = [
        Round(play.events(play.opening) + turn * size, (turn + 1 - number) * span, play.steps) for turn in range(number)
    ]
    return [later[0]._replace(head=0, steps=play.opening + play.steps), *later[1:]]


def _print(url: str, play: Play, secret: bytes, its: Round) -> list[Appended]:
    """Print a round into both tables, on two connections at once; then the keys of its people."""
    press = Press(secret, Sealer())
    prints = [
        [sheet.values(each, its.weeks) for each in lasting]
        for sheet, lasting in zip(play.sheets, play.lasting, strict=True)
    ]
    head, appended = its.head, list[Appended]()
    with copying(url, "daybook.event") as events, copying(url, "daybook.command") as commands:
        for at, sheet, number in its.steps:
            recorded_at = at + timedelta(weeks=its.weeks) + _RECORDING
            printed = page(press, play.sheets[sheet].commands[number], prints[sheet], its.weeks, head, recorded_at)
            events.write(b"".join(printed.events))
            commands.write(b"".join(printed.commands))
            if printed.contents:
                first, head = head + 1, head + len(printed.contents)
                appended.append(Appended(first, head, recorded_at, b"".join(printed.contents)))
    _keep(url, press.sealer)
    return appended


def _keep(url: str, sealer: Sealer) -> None:
    """Put the keys where the service finds them."""
    statement = "copy keys.person (person_id, wrapped, master_id) from stdin"
    with psycopg.connect(url) as connection, connection.cursor().copy(statement) as keys:
        for person, wrapped in sealer.wrapped.items():
            keys.write_row((person, wrapped, sealer.master_id))


def _link(url: str, rounds: Iterable[list[Appended]]) -> None:
    """Link the chain, in order."""
    link = BEGINNING.hash
    with psycopg.connect(url) as connection, connection.cursor().copy("copy daybook.block from stdin") as blocks:
        for appended in rounds:
            for first, last, recorded_at, contents in appended:
                link = link_hash(link, first, last, recorded_at, (contents,))
                blocks.write_row((last, first, recorded_at, link))
