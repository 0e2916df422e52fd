"""The whole story, worked out from a seed and the moment it begins: nothing here asks, waits or looks at a clock.

With the same seed the same people do the same things with the same keys. Only the dates move with the moment, and with
them the ids of slots that a series gives; and who wins a race is left to the race.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from random import Random

import msgspec

from cli.demo.answers import answers
from cli.demo.calendar import (
    Limit,
    by_hand,
    far_slots,
    hot_slots,
    limits,
    soon_slots,
    staff,
    standby_slots,
)
from cli.demo.doors import doors_open, second_thoughts
from cli.demo.offers import Recruiter, absence
from cli.demo.people import CANDIDATES_PER_RACE, Person, candidates, cast_parts
from cli.demo.places import CITIES
from cli.demo.publishing import calendars
from cli.demo.recurring import mornings
from cli.demo.rules import STAGES, TESTS
from cli.demo.saturday import first_in_line, rush, waitlists
from cli.demo.scripts import script_of
from cli.demo.seats import Seats
from cli.demo.slips import slips
from cli.demo.story import Act, Ids, Landmarks, Script, Step, Story, admin_step
from cli.demo.troubles import SICK_DAY, second_choices, strike, withdrawals
from cli.demo.world import world_of


def tell(seed: int, number: int, now: datetime) -> Story:
    """Work out a story of so many candidates that begins `now` (aware UTC)."""
    ids, rng = Ids(seed), Random(seed)  # noqa: S311  a seeded story, no secret
    recruiters = staff(rng, ids)
    series = mornings(rng, ids, recruiters)
    afternoons = by_hand(rng, ids, recruiters, series)
    weeks = [*(offer for each in series for offer in each.offers(now)), *afternoons]
    people = candidates(rng, ids, number)
    hot = hot_slots(ids, recruiters, max(1, number // CANDIDATES_PER_RACE))
    parts = cast_parts(rng, people, [offer.recruiter.city for offer in hot])
    standby, soon, far = (make(ids, recruiters) for make in (standby_slots, soon_slots, far_slots))
    limited = limits([*weeks, *hot])
    world = world_of(
        ids=ids, rng=rng, seats=Seats(rng, weeks), hot=hot, standby=standby, soon=soon, far=far, parts=parts
    )
    racers = [person for person, part in parts if part == "racer"]
    guest = Person(ids.of("guest"), number, "Guest of the Demo", CITIES[0], STAGES[0])
    # Each act is written when it is known what came of those that decide over its answers. The rush comes first, while
    # there are seats for all who lose it.
    arrivals, races = rush(world, [*racers, guest], guest, {offer.slot_id for offer in weeks if offer.day == SICK_DAY})
    week = tuple(script_of(world, person, part) for person, part in parts if part != "racer")
    waiting, doors = waitlists(world, now), doors_open(world)
    troubles = strike(world, recruiters, weeks)
    withdrawn = withdrawals(world, troubles, now)
    chosen_anew = second_choices(world, troubles, weeks)
    return Story(
        (
            Act("Cities and tests", _cities_and_tests(ids)),
            Act("Stages and recruiters", _stages_and_recruiters(ids, recruiters, limited, now)),
            Act("Calendars", calendars(ids, [*afternoons, *hot, *standby, *soon, *far], series, now), bulk=True),
            Act("Slips of the pen", slips(ids, recruiters, weeks, limited, now), bulk=True),
            Act("Second thoughts", second_thoughts(world, series, recruiters[0], limited[0], now)),
            Act("Early birds", arrivals),
            Act("The rush for Saturday", races),
            Act("The week", week),
            Act("Waiting for Saturday", waiting),
            Act("Doors open again", doors),
            Act("Two fall ill, one leaves", withdrawn),
            Act("Second choices", chosen_anew),
            Act("Will you come?", answers(world)),
        ),
        tuple(recruiter.recruiter_id for recruiter in recruiters),
        Landmarks(
            guest.city.city_id,
            guest.candidate_id,
            ids.of("booking", "guest"),
            first_in_line(world).candidate_id,
            hot[0].slot_id,
        ),
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


def _stages_and_recruiters(
    ids: Ids, recruiters: Sequence[Recruiter], limited: Mapping[int, Limit], now: datetime
) -> tuple[Script, ...]:
    stages = [admin_step(ids, "define-stage", stage.body(order)) for order, stage in enumerate(STAGES, 1)]
    registrations = [_registration(ids, recruiter, limited.get(recruiter.number), now) for recruiter in recruiters]
    return (*((stage,) for stage in stages), *(tuple(each) for each in registrations))


def _registration(ids: Ids, recruiter: Recruiter, limit: Limit | None, now: datetime) -> Iterable[Step]:
    """Register a recruiter, who then says on which day they are away."""
    body = {
        "recruiter_id": str(recruiter.recruiter_id),
        "name": recruiter.name,
        "city_ids": [recruiter.city.city_id],
        "min_gap_minutes": recruiter.gap,
    }
    yield admin_step(ids, "register-recruiter", body | ({limit.field: limit.number} if limit else {}))
    if recruiter.away is not None:
        yield absence(ids, recruiter, recruiter.away, "On leave", now)
