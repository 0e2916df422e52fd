"""Recruiters think again: they take on more, drop a morning, close slots and open them again, make groups larger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from cli.demo.calendar import Limit
from cli.demo.diary import Diary
from cli.demo.offers import Offer, Recruiter
from cli.demo.people import Person
from cli.demo.publishing import change_series, publish
from cli.demo.recurring import Mornings
from cli.demo.slips import late_slot
from cli.demo.story import ACCEPTED, Ids, Script, Step, admin_step, recruiter_step
from cli.demo.world import World

_RESIZED = 5


def second_thoughts(
    world: World, series: Iterable[Mornings], recruiter: Recruiter, limit: Limit, now: datetime
) -> tuple[Script, ...]:
    """Before anybody books: a morning leaves a series, one recruiter takes on one more, slots are closed."""
    changed = [(change_series(world.ids, each, now),) for each in series if each.dropped is not None]
    closed = [(_about(world.ids, "close-slot", offer, {"reason": "The room is taken"}),) for _, offer in world.shut]
    return (*changed, _one_more(world.ids, recruiter, limit, now), *closed)


def _one_more(ids: Ids, recruiter: Recruiter, limit: Limit, now: datetime) -> Script:
    raised = {"recruiter_id": str(recruiter.recruiter_id), limit.field: limit.number + 1}
    return (admin_step(ids, "change-recruiter", raised), publish(ids, late_slot(ids, recruiter, limit), now))


def doors_open(world: World) -> tuple[Script, ...]:
    """Slots take people in again, and who was shut out comes in; groups grow, but do not shrink below who is in."""
    seats = Counter(offer.slot_id for _, offer in world.held.values())
    groups = {offer.slot_id: offer for _, offer in world.held.values() if seats[offer.slot_id] > 1}
    resized = [_resize(world.ids, offer) for offer in groups.values()][:_RESIZED]
    return (*resized, *(_come_in(world, person, offer) for person, offer in world.shut))


def _come_in(world: World, person: Person, offer: Offer) -> Script:
    diary = Diary(world.ids, person, world.held, "doors open")
    diary.book(offer)
    return (_about(world.ids, "reopen-slot", offer, {"reason": "There is another room"}), *diary.script)


def _resize(ids: Ids, offer: Offer) -> Script:
    return (
        _about(ids, "change-slot-capacity", offer, {"capacity": 1}, "capacity-below-booked"),
        _about(ids, "change-slot-capacity", offer, {"capacity": offer.capacity + 2}),
    )


def _about(ids: Ids, command: str, offer: Offer, body: Mapping[str, object], outcome: str = ACCEPTED) -> Step:
    whole = {"slot_id": str(offer.slot_id), **body}
    return recruiter_step(ids, offer.recruiter.recruiter_id, command, whole, (offer.start, outcome), outcome=outcome)
