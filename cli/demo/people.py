"""The candidates: who they are, where they stand, and which part each plays."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Literal
from uuid import UUID

import msgspec

from cli.demo.places import CITIES, FAMILY_NAMES, GIVEN_NAMES, City
from cli.demo.rules import SCREENING, STAGES, Stage
from cli.demo.story import Ids

RACERS = 16
CANDIDATES_PER_RACE = 200

ScreeningPart = Literal[
    "plain",
    "same-day",
    "greedy",
    "late-comer",
    "thoughtful",
    "hesitant",
    "undecided",
    "hasty",
    "early",
    "lost",
    "wrong-door",
    "shut-out",
    "restless",
    "regretful",
    "promising",
    "leaving",
]
TestedPart = Literal["plain", "second-try", "impatient", "unfit", "found-out", "convincing"]
Part = ScreeningPart | TestedPart | Literal["racer"]

# How many of those in a stage play each part; the others are plain. No public figures are known for these.
SCREENING_PARTS: dict[ScreeningPart, float] = {
    "same-day": 0.1,
    "greedy": 0.04,
    "late-comer": 0.04,
    "thoughtful": 0.05,
    "hesitant": 0.02,
    "undecided": 0.01,
    "hasty": 0.01,
    "early": 0.01,
    "lost": 0.01,
    "wrong-door": 0.01,
    "shut-out": 0.01,
    "restless": 0.01,
    "regretful": 0.01,
    "promising": 0.03,
    "leaving": 0.02,
}
TESTED_PARTS: dict[TestedPart, float] = {
    "second-try": 0.15,
    "impatient": 0.1,
    "unfit": 0.1,
    "found-out": 0.02,
    "convincing": 0.02,
}


class Person(msgspec.Struct, frozen=True):
    """A candidate in one stage, who looks for an interview in one city."""

    candidate_id: UUID
    number: int
    name: str
    city: City
    stage: Stage


def candidates(rng: Random, ids: Ids, number: int) -> list[Person]:
    """Invent candidates; a city draws as many as it has recruiters for."""
    weights = [city.recruiters for city in CITIES]
    shares = [stage.share for stage in STAGES]
    return [
        Person(
            ids.of("candidate", each),
            each,
            f"{rng.choice(GIVEN_NAMES)} {rng.choice(FAMILY_NAMES)}",
            rng.choices(CITIES, weights)[0],
            rng.choices(STAGES, shares)[0],
        )
        for each in range(number)
    ]


def cast_parts(rng: Random, people: Sequence[Person], race_cities: Sequence[City]) -> list[tuple[Person, Part]]:
    """Give everybody a part, in an order in which those of one race stand together and come first."""
    racers = [person for city in race_cities for person in _of_screening(people, city)[:RACERS]]
    racing = {person.number for person in racers}
    others = [person for person in people if person.number not in racing]
    screening = [person for person in others if person.stage.stage_id == SCREENING]
    tested = [person for person in others if person.stage.stage_id != SCREENING]
    rest = [*_shared_out(rng, screening, SCREENING_PARTS), *_shared_out(rng, tested, TESTED_PARTS)]
    rng.shuffle(rest)
    return [*((person, "racer") for person in racers), *rest]


def sample(rng: Random, people: Sequence[Person], share: float) -> frozenset[int]:
    """Draw the numbers of a share of people: exactly that share, and at least one of those there are."""
    size = min(len(people), max(1, round(len(people) * share)))
    return frozenset(person.number for person in rng.sample(people, size))


def _of_screening(people: Sequence[Person], city: City) -> list[Person]:
    return [person for person in people if person.city == city and person.stage.stage_id == SCREENING]


def _shared_out(
    rng: Random, people: Sequence[Person], shares: dict[ScreeningPart, float] | dict[TestedPart, float]
) -> list[tuple[Person, Part]]:
    left = rng.sample(people, len(people))
    parts: list[tuple[Person, Part]] = []
    for part, share in shares.items():
        size = min(len(left), max(1, round(len(people) * share)))
        parts += [(left.pop(), part) for _ in range(size)]
    return [*parts, *((person, "plain") for person in left)]
