"""A random life of some slots, and questions that are asked after each of its events."""

import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid5
from zoneinfo import ZoneInfo

import msgspec

from daybook.engine import Connection
from events.booking import BookingRescheduled, SlotBooked
from events.hold import HoldReleased, SlotHeld
from events.recruiter import AbsenceRecorded
from events.slot import SlotCapacityChanged, SlotClosed, SlotPublished, SlotReanchored, SlotReopened
from queries.booking_card import booking_card
from queries.candidate_card import candidate_card
from queries.directory import cities, recruiters
from queries.found import Found
from queries.open_slots import SlotFilters, open_slots
from queries.page import Paging
from queries.recruiter_card import recruiter_card
from queries.slot_card import slot_card
from tests.support.deciding import (
    CANDIDATE,
    NOW,
    RECRUITER,
    booked,
    cancelled,
    candidate,
    city,
    details,
    held,
    recruiter,
    slot,
    some_id,
    stage,
)

Question = Callable[[Connection, datetime], Awaitable[Found[Any] | None]]

HOUR = timedelta(hours=1)
# The two clocks that are furthest from each other: the date there is often not that of UTC.
ZONES = {"kiritimati": ZoneInfo("Pacific/Kiritimati"), "pago-pago": ZoneInfo("Pacific/Pago_Pago")}


def published(number: int) -> SlotPublished:
    """A slot of one seat; every few hours one starts, in one place and then in the other."""
    city_id = list(ZONES)[number % 2]
    starts_in = timedelta(hours=7 * number + 1)
    local = (NOW + starts_in).astimezone(ZONES[city_id]).replace(tzinfo=None)
    return slot(
        some_id(f"slot {number}"), starts_in, city_id=city_id, zone=ZONES[city_id].key, local_start=local.isoformat()
    )


SLOTS = [published(number) for number in range(16)]


def beginning() -> list[Any]:
    """What the life begins with."""
    return [*(city(city_id, zone.key) for city_id, zone in ZONES.items()), recruiter(), stage(), candidate(), *SLOTS]


def life(seed: int, length: int) -> Iterator[Any]:
    """Book, hold, free, move, close and shift slots; sometimes the directory changes."""
    draw = random.Random(seed)
    booking: dict[Any, SlotBooked] = {}
    holding: dict[Any, SlotHeld] = {}
    closed: set[Any] = set()
    for number in range(length):
        on = draw.choice(SLOTS)
        match draw.randrange(8):
            case 0 if on.slot_id in booking:
                yield cancelled(booking.pop(on.slot_id))
            case 1 if on.slot_id not in closed:
                closed.add(on.slot_id)
                yield SlotClosed(on.slot_id, "ill")
            case 1:
                closed.discard(on.slot_id)
                yield SlotReopened(on.slot_id, "well")
            case 2 if on.slot_id in holding:
                yield HoldReleased(holding.pop(on.slot_id).hold_id, CANDIDATE, on.slot_id, "given-back")
            case 3 if on.slot_id not in booking and booking:
                left = draw.choice(list(booking))
                old = booking.pop(left)
                booking[on.slot_id] = msgspec.structs.replace(old, slot=details(on))
                yield BookingRescheduled(
                    old.booking_id, CANDIDATE, left, details(on), 1, "candidate", None, 1, override=False
                )
            case 4:
                ends_in = timedelta(hours=draw.randrange(1, 90))
                holding[on.slot_id] = held(on, uuid5(on.slot_id, f"hold {number}"), lasts=ends_in)
                yield holding[on.slot_id]
            case 5:
                yield draw.choice(_OTHERS)(on)
            case _ if on.slot_id not in booking:
                booking[on.slot_id] = booked(on, uuid5(on.slot_id, f"booking {number}"))
                yield booking[on.slot_id]
            case _:
                yield SlotCapacityChanged(on.slot_id, 1, 2)


def _shifted(on: SlotPublished) -> SlotReanchored:
    moved = (on.starts_at + HOUR, on.ends_at + HOUR)
    return SlotReanchored(on.slot_id, RECRUITER, *moved, on.starts_at, 0, 3600, "2026b")


def _away(on: SlotPublished) -> AbsenceRecorded:
    return AbsenceRecorded(RECRUITER, on.starts_at, on.ends_at, None)


def _renamed(on: SlotPublished) -> Any:
    return city(on.city_id, ZONES[on.city_id].key)


_OTHERS: Sequence[Callable[[SlotPublished], Any]] = (_shifted, _shifted, _away, _renamed)


def _list(paging: Paging, **filters: Any) -> Question:
    asked = SlotFilters(**filters)
    return lambda connection, now: open_slots(connection, asked, paging, now)


def questions() -> dict[str, Question]:
    """Everything that is kept, in all its forms."""
    lists = {
        f"{city_id}, {limit}": _list(Paging(limit), city_id=city_id, stage_id="screening")
        for city_id in ZONES
        for limit in (1, 3, 50)
    }
    place = {"city_id": "kiritimati", "stage_id": "screening"}
    lists |= {
        f"{status}": _list(Paging(2), **place, status=status) for status in ("full", "closed", "cancelled", "all")
    }
    lists["a day"] = _list(Paging(), **place, from_=NOW + 24 * HOUR, to=NOW + 48 * HOUR)
    lists["a city"] = _list(Paging(3), city_id="pago-pago")
    lists["everywhere"] = _list(Paging(5))
    first, booking = SLOTS[0], uuid5(SLOTS[0].slot_id, "booking 0")
    return lists | {
        "slot": lambda connection, now: slot_card(connection, first.slot_id, now),
        "booking": lambda connection, _: booking_card(connection, booking),
        "candidate": lambda connection, now: candidate_card(connection, CANDIDATE, now),
        "recruiter": lambda connection, now: recruiter_card(connection, RECRUITER, now),
        "cities": lambda connection, _: cities(connection, Paging()),
        "recruiters": lambda connection, _: recruiters(connection, Paging()),
    }


def moments(seed: int) -> Sequence[datetime]:
    """Some moments of the days to come, in no order."""
    draw = random.Random(seed)
    return [NOW + timedelta(minutes=draw.randrange(1, 90 * 60)) for _ in range(3)] + [NOW.astimezone(UTC) + 8 * HOUR]
