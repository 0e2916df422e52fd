"""Change the plan of a series: what no longer fits is withdrawn where nobody has a seat, and the new plan followed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from commands.changing import said
from commands.decision import Accepted, Context, Decision, View
from commands.fields import Capacity, DurationMinutes, Exdates, Location, RruleText, WrittenTime
from commands.materialising import Materialised, materialise, occurrences
from commands.offering import Host, find_host
from commands.planning import checked, follow, read_until
from commands.refusals import (
    Forbidden,
    MalformedLocalTime,
    MalformedRule,
    SeriesOver,
    TooManyOccurrences,
    UnknownSeries,
)
from commands.withdrawing import Standing, Withdrawal, standing_slots, withdraw
from events import tags
from events.codec import Event
from events.entity import Absent
from events.series import SERIES, EndedSeries, RunningSeries, SeriesChanged, SeriesPlan, Split

_REASON: Final = "the series changed"
_MINUTE: Final = timedelta(minutes=1)


class ChangeSeries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `change-series`: what is left out stays; null takes the split or the location away.

    `until` is the last start to settle now; it is not part of the plan.
    """

    series_id: UUID
    starts_at: WrittenTime | msgspec.UnsetType = msgspec.UNSET
    rrule: RruleText | msgspec.UnsetType = msgspec.UNSET
    exdates: Exdates | msgspec.UnsetType = msgspec.UNSET
    split: Split | msgspec.UnsetType | None = msgspec.UNSET
    duration_minutes: DurationMinutes | msgspec.UnsetType = msgspec.UNSET
    capacity: Capacity | msgspec.UnsetType = msgspec.UNSET
    location: Location | msgspec.UnsetType | None = msgspec.UNSET
    until: WrittenTime | None = None
    dry_run: bool = False


def decide(command: ChangeSeries, view: View, context: Context) -> Decision:
    """Slots that have started, that staff cancelled or that fit the new plan stay; who has a seat keeps it.

    The series goes by the zone that its city has now.
    """
    (series,) = view.of(SERIES.at(tags.series(command.series_id)))
    if isinstance(series, Absent):
        return UnknownSeries(command.series_id)
    if not context.actor.may_act_for(series.plan.recruiter_id):
        return Forbidden("a series of another recruiter")
    if isinstance(series, EndedSeries):
        return SeriesOver(command.series_id)
    host = find_host(view, series.plan.recruiter_id, series.plan.city_id, series.plan.stage_id)
    if not isinstance(host, Host):
        return host
    plan = checked(_changed(series.plan, command, host))
    if not isinstance(plan, SeriesPlan):
        return plan
    until = read_until(command.until, plan.zone)
    if isinstance(until, MalformedLocalTime):
        return until
    walls = follow(plan, until, context.now)
    if not isinstance(walls, list):
        return walls
    begun, gone = list[Event](), Withdrawal([], [], [])
    if plan != series.plan:
        misfits = _misfits(series, plan, view, context.now)
        if not isinstance(misfits, list):
            return misfits
        gone = withdraw(command.series_id, misfits, _REASON, view, context.now)
        begun = [SeriesChanged(command.series_id, plan), *gone.events]
        series = _after(series, plan, gone)
    withdrawn = {each.slot.details.slot_id for each in gone.withdrawn}
    done = materialise(series, host, walls, withdrawn, view, context.now)
    if not isinstance(done, Materialised):
        return done
    events = () if command.dry_run else (*begun, *done.events)
    report = {**done.report(dry_run=command.dry_run), "withdrawn": len(withdrawn), "kept": gone.kept}
    return Accepted(events, {"series_id": command.series_id}, report)


def _changed(plan: SeriesPlan, command: ChangeSeries, host: Host) -> SeriesPlan:
    given = said(command)
    changes = {name: given[name] for name in SeriesPlan.__struct_fields__ if name in given}
    dtstart = given.get("starts_at", plan.dtstart)
    return msgspec.structs.replace(plan, zone=host.city.time_zone, dtstart=dtstart, **changes)


def _misfits(
    series: RunningSeries, plan: SeriesPlan, view: View, now: datetime
) -> list[Standing] | MalformedRule | TooManyOccurrences:
    """Find the slots that the new plan does not give, or not in the form they have: however far ahead they are."""
    standing = standing_slots(series, now, view, now)
    if not standing:
        return []
    walls = {_wall(each.occurrence) for each in standing}
    given = follow(plan, max(walls), now)
    if not isinstance(given, list):
        return given
    forms = dict(_forms(plan, walls.intersection(given)))
    return [each for each in standing if forms.get(each.occurrence) != _form(each)]


def _wall(occurrence: str) -> datetime:
    return datetime.fromisoformat(occurrence.partition("/")[0])


def _forms(plan: SeriesPlan, walls: Collection[datetime]) -> Iterator[tuple[str, tuple[object, ...]]]:
    duration = plan.duration_minutes * _MINUTE
    for wall in walls:
        for each in occurrences(plan, wall):
            if each.start is not None:
                starts_at = each.start.starts_at
                yield each.key, (plan.zone, starts_at, starts_at + duration, plan.capacity, plan.location)


def _form(standing: Standing) -> tuple[object, ...]:
    at = standing.slot.details
    return at.zone, at.starts_at, at.ends_at, standing.slot.capacity, at.location


def _after(series: RunningSeries, plan: SeriesPlan, gone: Withdrawal) -> RunningSeries:
    """The series as the events so far make it."""
    withdrawn = {each.occurrence for each in gone.withdrawn}
    return msgspec.structs.replace(
        series,
        plan=plan,
        slots={key: slot_id for key, slot_id in series.slots.items() if key not in withdrawn},
        skipped={},
        withdrawn={**series.withdrawn, **{key: series.withdrawn.get(key, 0) + 1 for key in withdrawn}},
    )
