"""Publish a slot: a recruiter offers seats at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal
from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.fields import Capacity, DurationMinutes, Location, WrittenTime
from commands.moments import read_moment
from commands.offering import Host, cannot_offer, find_host, read_agenda
from commands.refusals import AlreadyExists, Forbidden, SlotStarted
from events import tags
from events.city import Slug
from events.entity import Absent
from events.local_time import LocalStart
from events.slot import SLOT, SlotPublished


class PublishSlot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `publish-slot`.

    `starts_at` is the city's wall time ("2027-03-25T10:00", with `fold` 1 for the second of two equal ones) or an RFC
    3339 instant. The duration is elapsed minutes; left out, it is the stage's.
    """

    recruiter_id: UUID
    city_id: Slug
    stage_id: Slug
    starts_at: WrittenTime
    slot_id: UUID | None = None
    fold: Literal[0, 1] | None = None
    duration_minutes: DurationMinutes | None = None
    capacity: Capacity = 1
    location: Location | None = None


def decide(command: PublishSlot, view: View, context: Context) -> Decision:
    """S3 in the future, in a city of an active recruiter, R1 clear of their other slots, R2 not away, within limits."""
    if not context.actor.may_act_for(command.recruiter_id):
        return Forbidden("slots of another recruiter")
    slot_id = command.slot_id or context.new_id("slot")
    if not isinstance(view.new(SLOT.at(tags.slot(slot_id))), Absent):
        return AlreadyExists(str(slot_id))
    host = find_host(view, command.recruiter_id, command.city_id, command.stage_id)
    if not isinstance(host, Host):
        return host
    start = read_moment(command.starts_at, host.city.time_zone, "starts_at", command.fold)
    if not isinstance(start, LocalStart):
        return start
    if start.starts_at <= context.now:
        return SlotStarted(start.starts_at)
    # Elapsed time, never a wall-clock end: an autumn night must not reverse or stretch an interval.
    ends_at = start.starts_at + timedelta(minutes=command.duration_minutes or host.stage.duration_minutes)
    offered = read_agenda(view, host.recruiter, [(start.starts_at, ends_at)])
    if refusal := cannot_offer(host.recruiter, offered, start.starts_at, ends_at):
        return refusal
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
        host.stage.version,
    )
    return Accepted((published,), {"slot_id": slot_id})
