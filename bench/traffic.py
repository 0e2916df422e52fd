"""A little live traffic, as it goes on beside something else: lists and cards are read, seats are booked."""

from __future__ import annotations

from itertools import cycle, islice
from typing import Final, NamedTuple

import uvloop

from api.tokens import create_token
from bench.load import Outcome, get
from bench.pacing import Pace, running
from bench.scene import STAGE_ID, ZONES, bookings, candidates, city_id, directory, shown, slots, take, write
from bench.serving import BOOK, requests

READS: Final = 100
BOOKINGS: Final = 20
LINES: Final = 8


class Served(NamedTuple):
    """What became of one stretch of traffic."""

    reads: Outcome
    bookings: Outcome


class Traffic:
    """A few seconds of it at a time, in cities of its own. A projector has to be at work."""

    def __init__(self, url: str) -> None:
        """Open the cities."""
        self._url = url
        self._offered, self._people = slots(), candidates()
        uvloop.run(write(url, *directory()))
        self._token = uvloop.run(create_token(url, "admin", "bench traffic"))

    def go_on(self, port: int, seconds: float) -> Served:
        """Send it to an API process, each request in its time. All have to be answered with 200."""
        number = max(round(BOOKINGS * seconds), len(ZONES))
        its_slots, its_people = take(self._offered, number), take(self._people, number)
        uvloop.run(write(self._url, its_slots, its_people))
        uvloop.run(shown(self._url))
        booked = requests(BOOK, bookings(its_slots, its_people), self._token)
        paths = [f"/v1/slots?city_id={city_id(number)}&stage_id={STAGE_ID}" for number in range(len(ZONES))]
        paths += [f"/v1/slots/{slot.slot_id}" for slot in its_slots[: len(ZONES)]]
        looks = [get(path, self._token) for path in islice(cycle(paths), round(READS * seconds))]
        with (
            running(Pace(port, LINES, BOOKINGS, booked)) as booking,
            running(Pace(port, LINES, READS, looks)) as reading,
        ):
            return Served(reading.outcome(), booking.outcome())
