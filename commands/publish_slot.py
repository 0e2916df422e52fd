"""Publish a slot: a recruiter offers seats at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.fields import Capacity, DurationMinutes, Location
from commands.refusals import (
    AlreadyExists,
    Forbidden,
    MalformedLocalTime,
    NoSuchWallTime,
    RecruiterBusy,
    RecruiterInactive,
    RecruiterNotInCity,
    SlotStarted,
    UnknownCity,
    UnknownRecruiter,
    UnknownStage,
)
from events import tags
from events.city import CITY, Slug
from events.entity import Absent
from events.local_time import LocalStart, MalformedTime, NoSuchLocalTime, resolve
from events.recruiter import RECRUITER, ActiveRecruiter, InactiveRecruiter
from events.slot import AGENDA, SLOT, SlotPublished
from events.stage import STAGE


class PublishSlot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `publish-slot`.

    `starts_at` is the city's wall time ("2027-03-25T10:00", with `fold` 1 for the second of two equal ones) or an RFC
    3339 instant. The duration is elapsed minutes; left out, it is the stage's.
    """

    recruiter_id: UUID
    city_id: Slug
    stage_id: Slug
    starts_at: Annotated[str, msgspec.Meta(max_length=40)]
    slot_id: UUID | None = None
    fold: Literal[0, 1] | None = None
    duration_minutes: DurationMinutes | None = None
    capacity: Capacity = 1
    location: Location | None = None


def decide(command: PublishSlot, view: View, context: Context) -> Decision:
    """A slot lies in the future, in a city of an active recruiter, and R1: clear of the recruiter's other slots."""
    if not context.actor.may_act_for(command.recruiter_id):
        return Forbidden("slots of another recruiter")
    slot_id = command.slot_id or context.new_id("slot")
    if not isinstance(view.new(SLOT.at(tags.slot(slot_id))), Absent):
        return AlreadyExists(str(slot_id))
    city, stage, recruiter = view.of(
        CITY.at(tags.city(command.city_id)),
        STAGE.at(tags.stage(command.stage_id)),
        RECRUITER.at(tags.recruiter(command.recruiter_id)),
    )
    if isinstance(city, Absent):
        return UnknownCity(command.city_id)
    if isinstance(stage, Absent):
        return UnknownStage(command.stage_id)
    if isinstance(recruiter, Absent):
        return UnknownRecruiter(command.recruiter_id)
    if isinstance(recruiter, InactiveRecruiter):
        return RecruiterInactive(command.recruiter_id)
    if command.city_id not in recruiter.city_ids:
        return RecruiterNotInCity(command.recruiter_id, command.city_id)
    start = _start(command, city.time_zone)
    if not isinstance(start, LocalStart):
        return start
    if start.starts_at <= context.now:
        return SlotStarted(start.starts_at)
    # Elapsed time, never a wall-clock end: an autumn night must not reverse or stretch an interval.
    ends_at = start.starts_at + timedelta(minutes=command.duration_minutes or stage.latest.duration_minutes)
    if busy := _clash(view, recruiter, start.starts_at, ends_at):
        return busy
    published = SlotPublished(
        slot_id,
        command.recruiter_id,
        command.city_id,
        command.stage_id,
        start.starts_at,
        ends_at,
        start.zone,
        start.local_start,
        start.fold,
        start.utc_offset,
        start.tzdb_version,
        start.anchor,
        command.capacity,
        command.location,
        stage.latest.version,
    )
    return Accepted((published,), {"slot_id": slot_id})


def _start(command: PublishSlot, time_zone: str) -> LocalStart | MalformedLocalTime | NoSuchWallTime:
    try:
        start = resolve(command.starts_at, time_zone, command.fold)
    except MalformedTime as error:
        return MalformedLocalTime("starts_at", str(error))
    if isinstance(start, NoSuchLocalTime):
        return NoSuchWallTime(start.local_start, start.zone, start.nearest)
    return start


def _clash(view: View, recruiter: ActiveRecruiter, starts_at: datetime, ends_at: datetime) -> RecruiterBusy | None:
    """R1 on `[starts_at, ends_at + min_gap)`: adjacent is allowed."""
    gap = recruiter.min_gap
    earliest, latest = starts_at - gap, ends_at + gap
    for day in view.all([AGENDA.at(tag) for tag in tags.agenda(recruiter.recruiter_id, earliest, latest)]):
        for taken in day:
            if taken.starts_at < latest and earliest < taken.ends_at:
                return RecruiterBusy(taken.slot_id, taken.starts_at, taken.ends_at, int(gap / timedelta(minutes=1)))
    return None
