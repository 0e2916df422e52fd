"""Where recruiters are, and when: their slots never overlap and keep to what the recruiters take on."""

from __future__ import annotations

import importlib.resources
from bisect import bisect_left
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from cli.checking import stored
from cli.checking.breach import Broken, Rule
from cli.checking.world import Entry, Recruiter, Slot, World, check_owner

_DAY = timedelta(days=1)


def registered(world: World, _: Entry, said: stored.Recruiter) -> None:
    """RecruiterRegistered."""
    recruiter = Recruiter(
        said.recruiter_id, [], timedelta(), None, None, None, active=True, absences=[], starts=[], slots=[]
    )
    world.recruiters.begin(said.recruiter_id, recruiter)
    _define(recruiter, said)


def changed(world: World, _: Entry, said: stored.Recruiter) -> None:
    """RecruiterChanged: what is published stays as it is."""
    _define(world.recruiters[said.recruiter_id], said)


def deactivated(world: World, _: Entry, said: stored.RecruiterDeactivated) -> None:
    """RecruiterDeactivated."""
    world.recruiters[said.recruiter_id].active = False


def absent(world: World, entry: Entry, said: stored.AbsenceRecorded) -> None:
    """AbsenceRecorded."""
    recruiter = world.recruiters[said.recruiter_id]
    check_owner(entry, recruiter)
    if said.to <= said.from_:
        raise Broken(Rule.TIME, "an absence ends before it begins")
    recruiter.absences.append((said.from_, said.to))


def check_present(slot: Slot) -> None:
    """R2: nothing is published, held or booked with a recruiter who left or is away."""
    recruiter = slot.recruiter
    if not recruiter.active:
        raise Broken(Rule.SERVING, f"recruiter {recruiter.recruiter_id} holds no more interviews")
    for away, back in recruiter.absences:
        if away < slot.ends_at and slot.starts_at < back:
            raise Broken(Rule.ABSENT, f"slot {slot.slot_id} lies in an absence of recruiter {recruiter.recruiter_id}")


def place(slot: Slot) -> None:
    """R1: put a new slot on its recruiter's agenda, clear of its neighbours by the gap in force."""
    recruiter = slot.recruiter
    at = bisect_left(recruiter.starts, slot.starts_at)
    for other in recruiter.slots[max(at - 1, 0) : at + 1]:
        _check_apart(slot, other, slot.gap)
    recruiter.starts.insert(at, slot.starts_at)
    recruiter.slots.insert(at, slot)


def check_limits(slot: Slot) -> None:
    """R2: no more slots in the recruiter's local day and week than they take, this one included."""
    recruiter = slot.recruiter
    if recruiter.zone is None or (recruiter.daily_limit is None and recruiter.weekly_limit is None):
        return
    if recruiter.days is None or recruiter.weeks is None:
        _count(recruiter, recruiter.zone)
    else:
        _add(recruiter, slot, 1)
    day = local_date(slot.starts_at, recruiter.zone)
    for limit, counted, first in (
        (recruiter.daily_limit, recruiter.days, day),
        (recruiter.weekly_limit, recruiter.weeks, _monday(day)),
    ):
        if limit is not None and counted is not None and counted[first] > limit:
            detail = f"recruiter {recruiter.recruiter_id} has {counted[first]} from {first} on, and takes {limit}"
            raise Broken(Rule.LIMITS, detail)


def remove(slot: Slot) -> None:
    """Take a slot off its recruiter's agenda."""
    recruiter = slot.recruiter
    at = bisect_left(recruiter.starts, slot.starts_at)
    while at < len(recruiter.slots) and recruiter.slots[at] is not slot:
        at += 1
    if at == len(recruiter.slots):
        raise Broken(Rule.SLOT_STATE, f"slot {slot.slot_id} is not on the agenda of its recruiter")
    del recruiter.starts[at], recruiter.slots[at]
    _add(recruiter, slot, -1)


def freed(world: World, entry: Entry, said: stored.AgendaFreed) -> None:
    """AgendaFreed: the slot has to be back on the agenda once the command is complete."""
    slot = world.slots[said.slot_id]
    if (slot.starts_at, slot.ends_at) != (said.starts_at, said.ends_at):
        raise Broken(Rule.SNAPSHOT, f"slot {said.slot_id} is at another time")
    remove(slot)

    def is_back() -> None:
        if not any(other is slot for other in slot.recruiter.slots):
            raise Broken(Rule.SLOT_STATE, f"slot {slot.slot_id} left the agenda for no other time")

    world.later.append((entry, is_back))


def reanchored(world: World, entry: Entry, said: stored.SlotReanchored) -> None:
    """SlotReanchored: another instant of the same length and the same wall time.

    R1 and the bookings are looked at when the command is complete, since its slots move together.
    """
    slot = world.slots[said.slot_id]
    if slot.status == "cancelled":
        raise Broken(Rule.SLOT_STATE, f"slot {said.slot_id} was cancelled")
    if any(other is slot for other in slot.recruiter.slots):
        raise Broken(Rule.ONE_PLACE, f"slot {said.slot_id} moves without leaving its time")
    if said.was_starts_at != slot.starts_at or said.ends_at - said.starts_at != slot.ends_at - slot.starts_at:
        raise Broken(Rule.TIME, f"slot {said.slot_id} moves from another time, or is stretched")
    slot.starts_at, slot.ends_at = said.starts_at, said.ends_at
    check_wall_time(slot, said.utc_offset)
    recruiter = slot.recruiter
    at = bisect_left(recruiter.starts, slot.starts_at)
    recruiter.starts.insert(at, slot.starts_at)
    recruiter.slots.insert(at, slot)
    recruiter.days = recruiter.weeks = None
    left_behind = set(slot.bookings)
    world.moving[said.slot_id] = left_behind

    def is_clear() -> None:
        for other in recruiter.slots:
            if other is not slot:
                _check_apart(slot, other, min(slot.gap, other.gap))
        if world.moving.pop(said.slot_id, None):
            raise Broken(Rule.MOVED, f"slot {said.slot_id} left bookings at its old time")

    world.later.append((entry, is_clear))


def check_wall_time(slot: Slot, utc_offset: int) -> None:
    """The wall time is the instant shifted by the offset, and the interval is not reversed."""
    if slot.starts_at.replace(tzinfo=None) + _offset(utc_offset) != slot.local_start:
        raise Broken(Rule.TIME, f"slot {slot.slot_id} has an instant and a wall time that differ by another offset")
    if slot.ends_at <= slot.starts_at:
        raise Broken(Rule.TIME, f"slot {slot.slot_id} ends before it begins")


def local_date(instant: datetime, zone: ZoneInfo) -> date:
    """Name the local day: the last date whose first instant is not after this one.

    Where clocks fall back over midnight, a date is shown again after the next one began.
    """
    shown = instant.astimezone(zone).date()
    following = shown + _DAY
    begins = datetime.combine(following, time(), tzinfo=zone).astimezone(UTC)
    return following if begins <= instant else shown


def _define(recruiter: Recruiter, said: stored.Recruiter) -> None:
    recruiter.city_ids = said.city_ids
    recruiter.min_gap = timedelta(minutes=said.min_gap_minutes)
    recruiter.daily_limit, recruiter.weekly_limit = said.daily_limit, said.weekly_limit
    recruiter.zone = None if said.time_zone is None else _zone(said.time_zone)
    recruiter.days = recruiter.weeks = None


def _check_apart(slot: Slot, other: Slot, gap: timedelta) -> None:
    if slot.starts_at < other.ends_at + gap and other.starts_at < slot.ends_at + gap:
        detail = f"recruiter {slot.recruiter.recruiter_id} has slots {other.slot_id} and {slot.slot_id} at once"
        raise Broken(Rule.ONE_PLACE, detail)


def _count(recruiter: Recruiter, zone: ZoneInfo) -> None:
    dates = [local_date(start, zone) for start in recruiter.starts]
    recruiter.days = Counter(dates)
    recruiter.weeks = Counter(map(_monday, dates))


def _add(recruiter: Recruiter, slot: Slot, number: int) -> None:
    if recruiter.days is not None and recruiter.weeks is not None and recruiter.zone is not None:
        day = local_date(slot.starts_at, recruiter.zone)
        recruiter.days[day] += number
        recruiter.weeks[_monday(day)] += number


def _monday(day: date) -> date:
    return day - _DAY * day.weekday()


@cache
def _offset(seconds: int) -> timedelta:
    return timedelta(seconds=seconds)


@cache
def _zone(name: str) -> ZoneInfo:
    """Load a zone from the `tzdata` package, as slots are worked out with it, not from the operating system."""
    with importlib.resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as compiled:
        return ZoneInfo.from_file(compiled, key=name)
