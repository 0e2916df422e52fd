"""Slots: what is offered, and that nothing is taken which is not."""

from __future__ import annotations

from cli.checking import agendas, stored, stored_seats
from cli.checking.breach import Broken, Rule
from cli.checking.world import Entry, Series, Slot, World, check_owner


def published(world: World, entry: Entry, said: stored.SlotPublished) -> None:
    """SlotPublished: in the future, with a recruiter who is there, clear of their other slots, within their limits."""
    world.version(said.stage_id, said.policy_version)
    recruiter = world.recruiters[said.recruiter_id]
    slot = Slot(
        said.slot_id,
        recruiter,
        said.city_id,
        said.stage_id,
        said.starts_at,
        said.ends_at,
        said.local_start,
        said.capacity,
        recruiter.min_gap,
        "open",
        {},
        {},
    )
    world.slots.begin(said.slot_id, slot)
    check_owner(entry, recruiter)
    check_ahead(slot, entry)
    agendas.check_wall_time(slot, said.utc_offset)
    if said.city_id not in recruiter.city_ids:
        raise Broken(Rule.SERVING, f"recruiter {said.recruiter_id} does not work in {said.city_id}")
    agendas.place(slot)
    agendas.check_present(slot)
    agendas.check_limits(slot)
    if said.series_id is not None:
        _materialise(world.series[said.series_id], said)


def capacity_changed(world: World, entry: Entry, said: stored.SlotCapacityChanged) -> None:
    """SlotCapacityChanged: S2."""
    slot = _changing(world, entry, said.slot_id)
    if slot.capacity != said.from_:
        raise Broken(Rule.SLOT_STATE, f"slot {said.slot_id} has {slot.capacity} seats, not {said.from_}")
    slot.capacity = said.to
    taken = len(slot.bookings) + len(slot.holds)
    if taken > slot.capacity:
        raise Broken(Rule.CAPACITY, f"slot {said.slot_id} has {slot.capacity} seats and {taken} taken")


def closed(world: World, entry: Entry, said: stored.SlotNamed) -> None:
    """SlotClosed."""
    slot = _changing(world, entry, said.slot_id)
    if slot.status != "open":
        raise Broken(Rule.SLOT_STATE, f"slot {said.slot_id} is {slot.status} already")
    slot.status = "closed"


def reopened(world: World, entry: Entry, said: stored.SlotNamed) -> None:
    """SlotReopened."""
    slot = _changing(world, entry, said.slot_id)
    if slot.status != "closed":
        raise Broken(Rule.SLOT_STATE, f"slot {said.slot_id} is {slot.status}")
    slot.status = "open"


def cancelled(world: World, entry: Entry, said: stored.SlotNamed) -> None:
    """SlotCancelled: whoever sat there or held a seat lost it in the same append, before."""
    slot = _changing(world, entry, said.slot_id)
    if slot.bookings or slot.holds:
        detail = f"slot {said.slot_id} has {len(slot.bookings)} bookings and {len(slot.holds)} holds"
        raise Broken(Rule.EMPTIED, detail)
    agendas.remove(slot)
    slot.status = "cancelled"


def series_published(world: World, _: Entry, said: stored.SeriesNamed) -> None:
    """SeriesPublished."""
    world.series.begin(said.series_id, Series({}))


def series_ended(world: World, _: Entry, said: stored.SeriesNamed) -> None:
    """SeriesEnded."""
    world.series[said.series_id].ended = True


def occurrence_withdrawn(world: World, _: Entry, said: stored.OccurrenceWithdrawn) -> None:
    """OccurrenceWithdrawn: the slot is cancelled, and another one may stand for the occurrence."""
    if world.series[said.series_id].slots.pop(said.occurrence, None) != said.slot_id:
        raise Broken(Rule.SERIES, f"slot {said.slot_id} is not that of {said.occurrence}")
    if world.slots[said.slot_id].status != "cancelled":
        raise Broken(Rule.SLOT_STATE, f"slot {said.slot_id} is withdrawn, but not cancelled")


def check_ahead(slot: Slot, entry: Entry) -> None:
    """S3: it has not started."""
    if slot.starts_at <= entry.decided_at:
        raise Broken(Rule.STARTED, f"slot {slot.slot_id} had started")


def check_snapshot(slot: Slot, said: stored_seats.Snapshot) -> None:
    """What stands in a seat is what its slot is."""
    if (
        slot.starts_at != said.starts_at
        or slot.ends_at != said.ends_at
        or slot.recruiter.recruiter_id != said.recruiter_id
        or slot.city_id != said.city_id
        or slot.stage_id != said.stage_id
    ):
        raise Broken(Rule.SNAPSHOT, f"slot {said.slot_id} has another time, place or recruiter")


def _changing(world: World, entry: Entry, slot_id: str) -> Slot:
    slot = world.slots[slot_id]
    check_owner(entry, slot.recruiter)
    if slot.status == "cancelled":
        raise Broken(Rule.SLOT_STATE, f"slot {slot_id} was cancelled")
    check_ahead(slot, entry)
    return slot


def _materialise(series: Series, said: stored.SlotPublished) -> None:
    if series.ended:
        raise Broken(Rule.SERIES, f"series {said.series_id} has ended")
    occurrence = said.occurrence or ""
    if occurrence in series.slots:
        raise Broken(Rule.SERIES, f"{occurrence} has slot {series.slots[occurrence]} already")
    series.slots[occurrence] = said.slot_id
