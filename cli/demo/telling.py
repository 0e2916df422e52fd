"""The whole story, worked out from a seed and the moment it begins: nothing here asks, waits or looks at a clock.

With the same seed the same people do the same things with the same ids and keys. Only the dates move with the moment,
and who wins a race is left to the race.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from random import Random
from uuid import UUID

import msgspec

from cli.demo.calendar import (
    Offer,
    Recruiter,
    far_slots,
    hot_slots,
    soon_slots,
    staff,
    standby_slots,
    working_weeks,
)
from cli.demo.diary import Diary
from cli.demo.people import CANDIDATES_PER_RACE, Person, candidates, cast_parts
from cli.demo.places import CITIES
from cli.demo.rules import SCREENING, STAGES, TESTS
from cli.demo.scripts import World, script_of, world_of
from cli.demo.seats import Seats
from cli.demo.story import Act, Ids, Script, Step, Story, admin_step
from cli.demo.troubles import second_choices, strike, withdrawals

_SLIPS = 12


def tell(seed: int, number: int, now: datetime) -> Story:
    """Work out a story of so many candidates that begins `now` (aware UTC)."""
    ids, rng = Ids(seed), Random(seed)  # noqa: S311  a seeded story, no secret
    recruiters = staff(rng, ids)
    weeks = working_weeks(rng, ids, recruiters)
    people = candidates(rng, ids, number)
    hot = hot_slots(ids, recruiters, max(1, number // CANDIDATES_PER_RACE))
    parts = cast_parts(rng, people, [offer.recruiter.city for offer in hot])
    standby, soon, far = (make(ids, recruiters) for make in (standby_slots, soon_slots, far_slots))
    seats = Seats(rng, weeks)
    world = world_of(ids=ids, rng=rng, seats=seats, hot=hot, standby=standby, soon=soon, far=far, parts=parts)
    racers = [person for person, part in parts if part == "racer"]
    guest = Person(ids.of("guest"), number, "Guest of the Demo", CITIES[0], STAGES[0])
    week = tuple(script_of(world, person, part) for person, part in parts if part != "racer")
    troubles = strike(world, recruiters, weeks)
    doomed = {offer.slot_id for offer in troubles.withdrawn}
    arrivals, races = _rush(world, [*racers, guest], guest, doomed)
    return Story(
        (
            Act("Cities and tests", _cities_and_tests(ids)),
            Act("Stages and recruiters", _stages_and_recruiters(ids, recruiters)),
            Act("Calendars", _calendars(ids, [*weeks, *hot, *standby, *soon, *far], now), bulk=True),
            Act("Slips of the pen", _slips(ids, recruiters, weeks, now), bulk=True),
            Act("Early birds", arrivals),
            Act("The rush for Saturday", races),
            Act("The week", week),
            Act("Two fall ill, one leaves", withdrawals(world, troubles)),
            Act("Second choices", second_choices(world, troubles, weeks)),
        ),
        tuple(recruiter.recruiter_id for recruiter in recruiters),
        guest.candidate_id,
        guest.city.city_id,
        ids.of("booking", "guest"),
    )


def _cities_and_tests(ids: Ids) -> tuple[Script, ...]:
    cities = [
        admin_step(
            ids,
            "open-city",
            {"city_id": city.city_id, "name": city.name, "time_zone": city.time_zone, "locale": city.locale},
        )
        for city in CITIES
    ]
    return tuple(
        (step,) for step in (*cities, *(admin_step(ids, "define-test", msgspec.structs.asdict(each)) for each in TESTS))
    )


def _stages_and_recruiters(ids: Ids, recruiters: Sequence[Recruiter]) -> tuple[Script, ...]:
    stages = [admin_step(ids, "define-stage", stage.body(order)) for order, stage in enumerate(STAGES, 1)]
    registrations = [
        admin_step(
            ids,
            "register-recruiter",
            {
                "recruiter_id": str(recruiter.recruiter_id),
                "name": recruiter.name,
                "city_ids": [recruiter.city.city_id],
                "min_gap_minutes": recruiter.gap,
            },
        )
        for recruiter in recruiters
    ]
    return tuple((step,) for step in (*stages, *registrations))


def _calendars(ids: Ids, offers: Iterable[Offer], now: datetime) -> tuple[Script, ...]:
    """Each recruiter publishes their own slots; the first one's client is unsure and sends all of them again."""
    scripts: dict[int, list[Step]] = {}
    for offer in offers:
        recruiter = offer.recruiter
        step = Step(
            command="publish-slot",
            key=str(ids.of("publish", offer.slot_id)),
            actor=str(recruiter.recruiter_id),
            body=_slot(offer, now),
            times=1 if recruiter.number else 2,
        )
        scripts.setdefault(recruiter.number, []).append(step)
    return tuple(tuple(script) for script in scripts.values())


def _slips(ids: Ids, recruiters: Sequence[Recruiter], weeks: Sequence[Offer], now: datetime) -> tuple[Script, ...]:
    """What is refused to recruiters: a time they have given, a city not theirs, another's slot, a day that is over."""
    scripts = []
    for recruiter, other in zip(recruiters[:_SLIPS], recruiters[-_SLIPS:], strict=True):
        own = next(offer for offer in weeks if offer.recruiter == recruiter)
        fresh = _slot(own, now) | {"starts_at": "2020-02-30T10:00" if recruiter.number % 2 else "2020-02-28T10:00"}
        slips = (
            ("recruiter-busy", _slot(own, now)),
            ("recruiter-not-in-city", _slot(own, now) | {"city_id": other.city.city_id}),
            ("forbidden", _slot(own, now) | {"recruiter_id": str(other.recruiter_id)}),
            ("malformed-time" if recruiter.number % 2 else "slot-started", fresh),
        )
        scripts.append(
            tuple(
                Step(
                    command="publish-slot",
                    key=str(ids.of("slip", recruiter.number, code)),
                    actor=str(recruiter.recruiter_id),
                    body=body | {"slot_id": str(ids.of("slip slot", recruiter.number, code))},
                    outcome=code,
                )
                for code, body in slips
            )
        )
    return tuple(scripts)


def _rush(
    world: World, people: Sequence[Person], guest: Person, doomed: Collection[UUID]
) -> tuple[tuple[Script, ...], tuple[Script, ...]]:
    """Everybody is there before the rush begins; the guest only watches.

    No fallback is in a doomed slot: how many bookings go down with it would be left to the race.
    """
    by_city = {offer.recruiter.city.city_id: offer for offer in world.hot}
    arrivals, races = [], []
    for person in people:
        arrival = Diary(world.ids, person, world.held, "arrival")
        arrival.register()
        arrivals.append(arrival.script)
        fallback = None if person is guest else world.seats.promise(person.city.city_id, SCREENING, doomed)
        if fallback:
            race = Diary(world.ids, person, world.held, "race")
            race.race(by_city[person.city.city_id], fallback)
            races.append(race.script)
    return tuple(arrivals), tuple(races)


def _slot(offer: Offer, now: datetime) -> dict[str, object]:
    return {
        "slot_id": str(offer.slot_id),
        "recruiter_id": str(offer.recruiter.recruiter_id),
        "city_id": offer.recruiter.city.city_id,
        "stage_id": offer.stage_id,
        "starts_at": offer.starts_at(now),
        "duration_minutes": offer.minutes,
        "capacity": offer.capacity,
        "location": "Video call" if offer.anchor == "now" else f"Office, {offer.recruiter.city.name}",
    }
