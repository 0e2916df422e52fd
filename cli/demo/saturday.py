"""The only Saturday morning of a city: everybody runs for its seats, and who comes too late waits for one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from cli.demo.diary import Diary
from cli.demo.offers import SATURDAY, Offer, first_monday
from cli.demo.people import Person
from cli.demo.places import CITIES
from cli.demo.rules import SCREENING
from cli.demo.story import ACCEPTED, FULL, Script, Step, recruiter_step
from cli.demo.world import World
from events.local_time import local_day

NOBODY = "nobody-waiting"

_URGENT = 50


def rush(
    world: World, people: Sequence[Person], guest: Person, unsafe: Collection[UUID]
) -> tuple[tuple[Script, ...], tuple[Script, ...]]:
    """Everybody is there before the rush begins; the guest only watches.

    No fallback is in a slot that may be withdrawn: how many bookings go down with it would be left to the race.
    """
    by_city = {offer.recruiter.city.city_id: offer for offer in world.hot}
    arrivals, races = [], []
    for person in people:
        arrival = Diary(world.ids, person, world.held, "arrival")
        arrival.register()
        arrivals.append(arrival.script)
        fallback = None if person is guest else world.seats.promise(person.city.city_id, SCREENING, unsafe)
        if fallback:
            race = Diary(world.ids, person, world.held, "race")
            race.race(by_city[person.city.city_id], fallback)
            races.append(race.script)
    return tuple(arrivals), tuple(races)


def first_in_line(world: World) -> Person:
    """Name who gets the first seat of the first city that comes free."""
    return _in_turn(world.waiting[world.hot[0].slot_id])[0]


def waitlists(world: World, now: datetime) -> tuple[Script, ...]:
    """Offer what comes free to those who wait, each city in a script of its own; and one seat where nobody waits."""
    lines = [
        _line(world, offer, world.waiting[offer.slot_id], now) for offer in world.hot if offer.slot_id in world.waiting
    ]
    calm = world.seats.promise(CITIES[-1].city_id, SCREENING)
    return (*lines, (_offer_seat(world, calm, "nobody", NOBODY),)) if calm else tuple(lines)


def _line(world: World, offer: Offer, people: Sequence[Person], now: datetime) -> Script:
    """All join, a seat is added, and it goes from one to the next until somebody keeps it; one more gives up."""
    window = local_day(first_monday(now).date() + timedelta(days=SATURDAY), offer.recruiter.city.time_zone)
    where = {"city_id": offer.recruiter.city.city_id, "stage_id": offer.stage_id}
    diaries = {person.number: Diary(world.ids, person, world.held, "waiting") for person in people}
    steps = [_join(diaries[person.number], where, window, _URGENT if person is people[-1] else 0) for person in people]
    more = {"slot_id": str(offer.slot_id), "capacity": offer.capacity + 1}
    steps.append(recruiter_step(world.ids, offer.recruiter.recruiter_id, "change-slot-capacity", more, ("Saturday",)))
    turns = [diaries[person.number] for person in _in_turn(people)]
    for number, (diary, react) in enumerate(zip(turns, _REACTIONS, strict=False)):
        offered = _offer_seat(world, offer, number)
        steps += [offered, *react(world, diary, offer, offered.creates("hold"))]
    over = FULL if len(turns) >= len(_REACTIONS) else NOBODY
    steps.append(_offer_seat(world, offer, len(_REACTIONS), over))
    for diary in turns[len(_REACTIONS) :][:1]:
        steps.append(diary.ask("leave-waitlist", {**_who(diary), **where}))
    return tuple(steps)


def _in_turn(people: Sequence[Person]) -> list[Person]:
    """Whoever came last is in a hurry; the others are served as they came."""
    return [people[-1], *people[:-1]]


def _join(diary: Diary, where: Mapping[str, object], window: tuple[datetime, datetime], priority: int) -> Step:
    begin, end = (moment.isoformat() for moment in window)
    return diary.ask("join-waitlist", {**_who(diary), **where, "from": begin, "to": end, "priority": priority})


def _take_and_cancel(world: World, diary: Diary, offer: Offer, offer_id: UUID) -> list[Step]:
    accepted = _accept(world, diary, offer, offer_id)
    return [accepted, diary.cancel(accepted.creates("booking"))]


def _decline(_: World, diary: Diary, __: Offer, offer_id: UUID) -> list[Step]:
    """Says no, and goes on waiting; and finds that it was for good."""
    body = _answer(diary, offer_id)
    return [diary.ask("decline-offer", body), diary.ask("accept-offer", body, "offer-ended")]


def _take(world: World, diary: Diary, offer: Offer, offer_id: UUID) -> list[Step]:
    return [_accept(world, diary, offer, offer_id)]


_REACTIONS = (_take_and_cancel, _decline, _take)


def _accept(world: World, diary: Diary, offer: Offer, offer_id: UUID) -> Step:
    # Naming the candidate makes it certain that the offer went to whoever was next.
    accepted = diary.ask("accept-offer", _answer(diary, offer_id), events=2)
    world.held[accepted.creates("booking")] = (diary.person, offer)
    return accepted


def _answer(diary: Diary, offer_id: UUID) -> dict[str, object]:
    return {"offer_id": str(offer_id), "on_behalf_of": str(diary.person.candidate_id)}


def _who(diary: Diary) -> dict[str, object]:
    return {"candidate_id": str(diary.person.candidate_id)}


def _offer_seat(world: World, offer: Offer, turn: object, outcome: str = ACCEPTED) -> Step:
    body = {"slot_id": str(offer.slot_id)}
    return recruiter_step(world.ids, offer.recruiter.recruiter_id, "offer-seat", body, (turn,), outcome=outcome)
