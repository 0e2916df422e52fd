"""Slots that a series takes back, because its plan changed or it ended; nobody loses a seat by that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from commands.decision import View
from commands.holding import expired, read_holds
from events import tags
from events.codec import Event
from events.series import OccurrenceWithdrawn, RunningSeries
from events.slot import AGENDA, SLOT, ClosedSlot, OpenSlot, SlotCancelled

# The last slot of an occurrence starts less than 96 times two days after the first, wherever clocks jump to meanwhile.
_LONGEST_OCCURRENCE: Final = timedelta(days=2 * 96 + 2)


class Standing(NamedTuple):
    """A slot of a series that was not cancelled, and what it stands for."""

    occurrence: str
    slot: OpenSlot | ClosedSlot


class Kept(msgspec.Struct, frozen=True):
    """Told in the reply: a slot that stays because somebody has a seat in it."""

    slot_id: UUID
    occurrence: str
    starts_at: datetime
    local_start: str


class Withdrawal(NamedTuple):
    """What is to be written, which slots that leaves out, and which stay though they should go."""

    events: list[Event]
    withdrawn: list[Standing]
    kept: list[Kept]


def standing_slots(series: RunningSeries, since: datetime, view: View, now: datetime) -> list[Standing]:
    """Read the slots of a series that start after `now` and not before `since`; what staff cancelled is left alone."""
    earliest = (max(since, now) - _LONGEST_OCCURRENCE).date().isoformat()
    slots = {key: slot_id for key, slot_id in series.slots.items() if key >= earliest}
    states = view.all([SLOT.at(tags.slot(slot_id)) for slot_id in slots.values()])
    return [
        Standing(key, slot)
        for key, slot in zip(slots, states, strict=True)
        if isinstance(slot, OpenSlot | ClosedSlot) and now < slot.details.starts_at >= since
    ]


def withdraw(series_id: UUID, slots: Iterable[Standing], reason: str, view: View, now: datetime) -> Withdrawal:
    """Cancel those of the slots in which nobody has a seat; what that changes is read, all at once."""
    going, kept = list[Standing](), list[Kept]()
    for each in slots:
        if each.slot.bookings or any(hold.expires_at > now for hold in each.slot.holds.values()):
            details = each.slot.details
            kept.append(Kept(details.slot_id, each.occurrence, details.starts_at, details.local_start))
        else:
            going.append(each)
    _read_what_is_written(going, view)
    return Withdrawal([event for each in going for event in _taken_back(series_id, each, reason)], going, kept)


def _read_what_is_written(going: Sequence[Standing], view: View) -> None:
    slots = [each.slot.details for each in going]
    days = dict.fromkeys(tag for at in slots for tag in tags.agenda(at.recruiter_id, at.starts_at, at.ends_at))
    view.all([AGENDA.at(tag) for tag in days])
    holds = [hold for each in going for hold in each.slot.holds.values()]
    if holds:
        read_holds(view, slots[0], holds)  # all slots of a series are of one city and stage


def _taken_back(series_id: UUID, each: Standing, reason: str) -> list[Event]:
    at = each.slot.details
    return [
        *(expired(hold, at) for hold in each.slot.holds.values()),
        SlotCancelled(at.slot_id, at.recruiter_id, at.starts_at, at.ends_at, reason),
        OccurrenceWithdrawn(series_id, each.occurrence, at.slot_id),
    ]
