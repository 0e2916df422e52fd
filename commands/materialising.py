"""From the wall times of a series to its slots: what is offered, and what is skipped and why."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from commands.decision import View
from commands.offering import Host, cannot_offer, read_agenda
from commands.planning import MOST_SLOTS
from commands.refusals import AlreadyExists, NoSuchWallTime, SlotStarted, TooManyOccurrences
from daybook.ids import derived_id
from events import tags
from events.codec import Event
from events.entity import Absent
from events.local_time import LocalStart, NoSuchLocalTime, resolve
from events.series import OccurrenceSkipped, RunningSeries, SeriesPlan
from events.slot import SLOT, Interval, SlotPublished

_MINUTE: Final = timedelta(minutes=1)


class Occurrence(NamedTuple):
    """One slot that the plan gives, by the key it has in its series; `start` is None where clocks skip the time."""

    key: str
    local_start: str
    start: LocalStart | None


class Skipped(msgspec.Struct, frozen=True):
    """Told in the reply: a slot that the plan gives and that cannot be offered; `reason` is the code of the rule."""

    occurrence: str
    local_start: str
    reason: str


class Materialised(NamedTuple):
    """What is to be written, and what is to be told."""

    events: list[Event]
    published: list[SlotPublished]
    skipped: list[Skipped]

    def report(self, *, dry_run: bool) -> Mapping[str, Any]:
        """Return what stands in the reply; a dry run names the slots, since no events do."""
        told = {"published": len(self.published), "skipped": self.skipped, "dry_run": dry_run}
        return told | {"slots": [_named(slot) for slot in self.published]} if dry_run else told


def materialise(
    series: RunningSeries, host: Host, walls: Sequence[datetime], gone: Collection[UUID], view: View, now: datetime
) -> Materialised | TooManyOccurrences | AlreadyExists:
    """Offer every slot of a plan that its series lacks, in the order of time, each seeing the ones before it.

    Starts in the past are told and not recorded; `gone` are slots that the same command withdraws. What was skipped
    before for the same reason is not recorded again.
    """
    missing = list(islice(_missing(series, walls), MOST_SLOTS + 1))
    if len(missing) > MOST_SLOTS:
        return TooManyOccurrences(MOST_SLOTS)
    duration = series.plan.duration_minutes * _MINUTE
    ahead = [each.start.starts_at for each in missing if each.start is not None and each.start.starts_at > now]
    offered = read_agenda(view, host.recruiter, [(start, start + duration) for start in ahead]).without(gone)
    done = Materialised([], [], [])
    for occurrence in missing:
        start = occurrence.start
        if start is None:
            _skip(done, series, occurrence, NoSuchWallTime.code)
        elif start.starts_at <= now:
            done.skipped.append(Skipped(occurrence.key, occurrence.local_start, SlotStarted.code))
        elif refusal := cannot_offer(host.recruiter, offered, start.starts_at, start.starts_at + duration):
            _skip(done, series, occurrence, refusal.code)
        else:
            slot = _slot(series, host, occurrence.key, start)
            if not isinstance(view.new(SLOT.at(tags.slot(slot.slot_id))), Absent):
                return AlreadyExists(str(slot.slot_id))
            offered.add(Interval(slot.slot_id, slot.starts_at, slot.ends_at))
            done.published.append(slot)
            done.events.append(slot)
    return done


def occurrences(plan: SeriesPlan, wall: datetime) -> list[Occurrence]:
    """Cut what a plan gives at a wall time into slots; each starts so many elapsed minutes after the one before it."""
    written = wall.isoformat()
    first = resolve(written, plan.zone)
    if isinstance(first, NoSuchLocalTime):
        return [Occurrence(written, written, None)]
    if plan.split is None:
        return [Occurrence(written, written, first)]
    step = (plan.duration_minutes + plan.split.gap_minutes) * _MINUTE
    starts = [first, *(_later(first, number * step) for number in range(1, plan.split.count))]
    return [Occurrence(f"{written}/{number}", start.local_start, start) for number, start in enumerate(starts, 1)]


def _later(first: LocalStart, elapsed: timedelta) -> LocalStart:
    """Settle a later slot of an occurrence; like the first it is anchored to the wall, on which the series is given."""
    later = resolve((first.starts_at + elapsed).isoformat(), first.zone)
    assert isinstance(later, LocalStart)  # noqa: S101  an instant exists
    return msgspec.structs.replace(later, anchor=first.anchor)


def _missing(series: RunningSeries, walls: Sequence[datetime]) -> Iterator[Occurrence]:
    count = None if series.plan.split is None else series.plan.split.count
    for wall in walls:
        written = wall.isoformat()
        keys = [written] if count is None else [f"{written}/{number}" for number in range(1, count + 1)]
        if not all(key in series.slots for key in keys):
            yield from (each for each in occurrences(series.plan, wall) if each.key not in series.slots)


def _skip(done: Materialised, series: RunningSeries, occurrence: Occurrence, reason: str) -> None:
    key, local_start = occurrence.key, occurrence.local_start
    done.skipped.append(Skipped(key, local_start, reason))
    if series.skipped.get(key) != reason:
        done.events.append(OccurrenceSkipped(series.series_id, key, local_start, reason))


def _slot(series: RunningSeries, host: Host, key: str, start: LocalStart) -> SlotPublished:
    """The id tells the slot apart from those that stood for the same occurrence and were withdrawn."""
    plan, withdrawn = series.plan, series.withdrawn.get(key, 0)
    return SlotPublished(
        derived_id(series.series_id, f"{key}#{withdrawn}" if withdrawn else key),
        plan.recruiter_id,
        plan.city_id,
        plan.stage_id,
        start.starts_at,
        start.starts_at + plan.duration_minutes * _MINUTE,
        start.zone,
        start.local_start,
        start.fold,
        start.utc_offset,
        start.tzdb_version,
        start.anchor,
        plan.capacity,
        plan.location,
        host.stage.version,
        series.series_id,
        key,
    )


def _named(slot: SlotPublished) -> Mapping[str, Any]:
    return {
        "slot_id": slot.slot_id,
        "occurrence": slot.occurrence,
        "starts_at": slot.starts_at,
        "local_start": slot.local_start,
    }
