"""What a change is about: the topics under which readers keep answers, and listeners wait.

The topics of an event are its tags (`slot:<id>`, `waitlist:<city>/<stage>`, ...), `directory` if the directory takes it
in, and for each slot that it changes `slots`, `slots:<city>`, `slots:<city>/<stage>`, `slots:<city>/<stage>/<date>`.
What a recruiter's agenda shows of slots, bookings and absences is told under `agenda:<recruiter>`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from daybook.database import Session
from events import tags
from events.catalogue import CODEC, EVENT_TYPES
from events.log import Recorded
from events.recruiter import AbsenceRecorded
from events.slot import SlotPublished
from projections.bookings import BOOKING
from projections.bookings import BOOKINGS as BOOKINGS_MODEL
from projections.directory import DIRECTORY as DIRECTORY_MODEL
from projections.slots import SLOT
from projections.slots import SLOTS as SLOTS_MODEL

EVERYTHING: Final = "*"
"""It cannot be told what has changed: no answer that was kept, of whatever topics, may be used any more."""

DIRECTORY: Final = "directory"
SLOTS: Final = "slots"

REMEMBERED: Final = 20_000

_PLACES: Final = f"""
    select slot_id, recruiter_id, city_id, stage_id, local_date from {SLOT.fullname} where slot_id = any($1::uuid[])"""  # noqa: S608  a name of ours
_RECRUITERS: Final = f"select booking_id, recruiter_id from {BOOKING.fullname} where booking_id = any($1::uuid[])"  # noqa: S608  as above
_BOOKING: Final = "booking:"
_RECRUITER: Final = "recruiter:"
_UNKNOWN: Final = frozenset({SLOTS, EVERYTHING})


class Change(NamedTuple):
    """An event of the log, and everything that it may have changed.

    With a `generation` it is no event: the read models are of that generation now, and whatever shows an earlier one
    may be wrong, of whatever position it is.
    """

    position: int
    topics: frozenset[str]
    generation: int = 0


def slots_in(city_id: str, stage_id: str | None = None, day: date | None = None) -> str:
    """Name the slots of a city, of one of its stages, or of one local day there."""
    if stage_id is None:
        return f"{SLOTS}:{city_id}"
    return f"{SLOTS}:{city_id}/{stage_id}" if day is None else f"{SLOTS}:{city_id}/{stage_id}/{day.isoformat()}"


@lru_cache(maxsize=4_096)
def agenda_of(recruiter_id: UUID) -> str:
    """Name what a recruiter's agenda shows: slots, who is booked into them and what became of that, absences."""
    return f"agenda:{recruiter_id}"


class _Place(NamedTuple):
    """Where a slot stands: lists, and an agenda."""

    lists: frozenset[str]
    agenda: str


class Topics:
    """Works topics out. Where a slot is, most events do not say: it is looked up once, for it never changes."""

    def __init__(self, url: str, bound: int = REMEMBERED) -> None:
        """`url` is that of the database of the read models; `bound` is how many slots are remembered."""
        self._session = Session(url, "daybook topics")
        self._bound = bound
        self._places: OrderedDict[UUID, _Place] = OrderedDict()

    async def close(self) -> None:
        """Close the connection."""
        await self._session.close()

    def forget(self) -> None:
        """Look places up anew: what was looked up may have been wrong."""
        self._places.clear()

    async def of(self, page: Sequence[Recorded]) -> list[Change]:
        """Return what each event changed. The read models show all that came before the page.

        A slot that is published but in no read model is one whose events could not be taken in. Whatever its events are
        about, `EVERYTHING` is among their topics; so it is for an event of which it cannot be told what it is about.
        Raises what `daybook.database.UNREACHABLE` lists.
        """
        slots = [self._slots(recorded) for recorded in page]
        await self._look_up({slot_id for each in slots if each for slot_id in each})
        agendas = await self._agendas({tag for each in page for tag in _bookings_in(each)})
        changes = [
            Change(each.position, self._topics(each, ids, agendas)) for each, ids in zip(page, slots, strict=True)
        ]
        while len(self._places) > self._bound:
            self._places.popitem(last=False)
        return changes

    def _slots(self, recorded: Recorded) -> tuple[UUID, ...] | None:
        """Name the slots that an event changes; None if it cannot be told."""
        if recorded.type not in _SLOT_TYPES:
            return ()
        try:
            event: Any = CODEC.decode(recorded.type, recorded.version, recorded.data)
            if isinstance(event, SlotPublished):
                day = date.fromisoformat(event.local_start[:10])
                lists = _lists(event.city_id, event.stage_id, day)
                self._places[event.slot_id] = _Place(lists, agenda_of(event.recruiter_id))
            return SLOTS_MODEL.keys(event)  # type: ignore[return-value]  # the keys of slots are their ids
        except Exception:  # noqa: BLE001  the projector has logged it
            return None

    async def _look_up(self, wanted: set[UUID]) -> None:
        missing = [slot_id for slot_id in wanted if slot_id not in self._places]
        if missing:
            async with self._session.use() as connection:
                for slot_id, recruiter_id, *place in await connection.fetch(_PLACES, missing):
                    self._places[slot_id] = _Place(_lists(*place), agenda_of(recruiter_id))

    async def _agendas(self, bookings: Iterable[str]) -> dict[str, str]:
        """Return by its tag in whose agenda a booking stood before the page, or stands since."""
        ids = [tag.removeprefix(_BOOKING) for tag in bookings]
        if not ids:
            return {}
        async with self._session.use() as connection:
            rows = await connection.fetch(_RECRUITERS, ids)
        return {tags.booking(booking_id): agenda_of(recruiter_id) for booking_id, recruiter_id in rows}

    def _topics(self, recorded: Recorded, slots: Iterable[UUID] | None, agendas: dict[str, str]) -> frozenset[str]:
        """`agendas` are those in which bookings stand; where one comes to stand is noted for what follows."""
        found = {*recorded.tags, *(agendas[tag] for tag in _bookings_in(recorded) if tag in agendas)}
        if recorded.type in _DIRECTORY_TYPES:
            found.add(DIRECTORY)
        if recorded.type in _ABSENCE_TYPES:
            found.update(f"agenda:{tag.removeprefix(_RECRUITER)}" for tag in recorded.tags)
        if slots is None:
            return frozenset(found | _UNKNOWN)
        for slot_id in slots:
            place = self._places.get(slot_id)
            if place is None:
                found |= _UNKNOWN
            else:
                self._places.move_to_end(slot_id)
                found |= place.lists
                found.add(place.agenda)
                agendas.update((tag, place.agenda) for tag in recorded.tags if tag.startswith(_BOOKING))
        return frozenset(found)


def _bookings_in(recorded: Recorded) -> Iterable[str]:
    """Name the bookings that an event changes without changing a slot."""
    return (tag for tag in recorded.tags if tag.startswith(_BOOKING)) if recorded.type in _BOOKING_TYPES else ()


@lru_cache(maxsize=4_096)
def _lists(city_id: str, stage_id: str, day: date) -> frozenset[str]:
    """Name the lists in which the slots of a place and a local day stand."""
    return frozenset({SLOTS, slots_in(city_id), slots_in(city_id, stage_id), slots_in(city_id, stage_id, day)})


def _types(events: Collection[type[Any]]) -> frozenset[str]:
    return frozenset(each.name for each in EVENT_TYPES if each.struct in events)


_SLOT_TYPES: Final = _types(SLOTS_MODEL.events)
_BOOKING_TYPES: Final = _types(BOOKINGS_MODEL.events) - _SLOT_TYPES
_DIRECTORY_TYPES: Final = _types(DIRECTORY_MODEL.events)
_ABSENCE_TYPES: Final = _types((AbsenceRecorded,))
