"""Publish a series: slots that recur by a rule in the city's wall time. Done again, it adds what is missing."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.fields import Capacity, DurationMinutes, Exdates, Location, RruleText, WrittenTime
from commands.materialising import Materialised, materialise
from commands.offering import Host, find_host
from commands.planning import checked, follow, read_until
from commands.refusals import AlreadyExists, Forbidden, MalformedLocalTime, SeriesOver
from events import tags
from events.city import Slug
from events.codec import Event
from events.entity import Absent
from events.series import SERIES, EndedSeries, RunningSeries, SeriesPlan, SeriesPublished, SeriesState, Split


class PublishSeries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `publish-series`; all times are wall times in the city.

    `rrule` is the value of an RFC 5545 RRULE, `until` the last start to settle now (a time, or a date for the whole of
    it). `duration_minutes` is that of each slot; left out, it is the stage's. A dry run tells and writes nothing.
    """

    recruiter_id: UUID
    city_id: Slug
    stage_id: Slug
    starts_at: WrittenTime
    rrule: RruleText
    series_id: UUID | None = None
    exdates: Exdates = ()
    split: Split | None = None
    duration_minutes: DurationMinutes | None = None
    capacity: Capacity = 1
    location: Location | None = None
    until: WrittenTime | None = None
    dry_run: bool = False


def decide(command: PublishSeries, view: View, context: Context) -> Decision:
    """Each slot follows the rules of publishing one; where they say no, the occurrence is skipped and recorded."""
    if not context.actor.may_act_for(command.recruiter_id):
        return Forbidden("slots of another recruiter")
    series_id = command.series_id or context.new_id("series")
    before = _state(command, series_id, view)
    if isinstance(before, EndedSeries):
        return SeriesOver(series_id)
    host = find_host(view, command.recruiter_id, command.city_id, command.stage_id)
    if not isinstance(host, Host):
        return host
    plan = checked(_plan(command, host, before))
    if not isinstance(plan, SeriesPlan):
        return plan
    if isinstance(before, RunningSeries) and before.plan != plan:
        return AlreadyExists(str(series_id))
    until = read_until(command.until, plan.zone)
    if isinstance(until, MalformedLocalTime):
        return until
    walls = follow(plan, until, context.now)
    if not isinstance(walls, list):
        return walls
    begun: tuple[Event, ...] = ()
    if isinstance(before, Absent):
        begun, before = (SeriesPublished(series_id, plan),), RunningSeries(series_id, plan, {}, {}, {})
    done = materialise(before, host, walls, (), view, context.now)
    if not isinstance(done, Materialised):
        return done
    events = () if command.dry_run else (*begun, *done.events)
    return Accepted(events, {"series_id": series_id}, done.report(dry_run=command.dry_run))


def _state(command: PublishSeries, series_id: UUID, view: View) -> SeriesState:
    """A series that was given an id may be there; one that was not begins here."""
    ref = SERIES.at(tags.series(series_id))
    return view.new(ref) if command.series_id is None else view.of(ref)[0]


def _plan(command: PublishSeries, host: Host, before: SeriesState) -> SeriesPlan:
    """What is left open is taken from the city and the stage, and stays as it was then when they change."""
    pinned = before.plan if isinstance(before, RunningSeries) else None
    return SeriesPlan(
        command.recruiter_id,
        command.city_id,
        command.stage_id,
        pinned.zone if pinned else host.city.time_zone,
        command.starts_at,
        command.rrule,
        command.exdates,
        command.split,
        command.duration_minutes or (pinned.duration_minutes if pinned else host.stage.duration_minutes),
        command.capacity,
        command.location,
    )
