"""What a story is made of: requests and the answer each is to get, in scripts side by side, in acts that follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID, uuid5

import msgspec

ACCEPTED = "accepted"
FULL = "slot-full"
ADMIN = "admin"
BOT = "bot"

_NAMESPACE = UUID("0b9d8c6e-3f0a-4c57-9a55-5f2f1c1e7d10")

Outcomes = Counter[tuple[str, str]]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One command, sent `times` times under the same key.

    `actor` is `admin`, `bot` or the id of a recruiter. `outcome` is what it is answered: "accepted" or a refusal's
    code; `events` counts what it writes if it is accepted. With `otherwise` it is one of a race: who finds the slot
    full goes on to that step.
    """

    command: str
    key: str
    actor: str
    body: Mapping[str, object]
    outcome: str = ACCEPTED
    events: int = 1
    times: int = 1
    otherwise: Step | None = None

    def creates(self, kind: str) -> UUID:
        """Return the id of what the command creates without being given one: it is made from the command's own."""
        return uuid5(UUID(self.key), kind)


Script = tuple[Step, ...]


class Act(msgspec.Struct, frozen=True):
    """Scripts that run at the same time; each keeps its own order. With `bulk` a script goes through the bulk route."""

    title: str
    scripts: tuple[Script, ...]
    bulk: bool = False

    @property
    def size(self) -> int:
        """The steps that are certain to be taken."""
        return sum(map(len, self.scripts))


class Landmarks(msgspec.Struct, frozen=True):
    """What is worth a look when the story is over.

    `guest` has no booking, and may make one in `city_id` under the id `booking_id`. `patient` waited for a seat in the
    slot `coveted` of the same city, which is full.
    """

    city_id: str
    guest: UUID
    booking_id: UUID
    patient: UUID
    coveted: UUID


class Story(msgspec.Struct, frozen=True):
    """Acts follow one another. `recruiters` need a token each."""

    acts: tuple[Act, ...]
    recruiters: tuple[UUID, ...]
    landmarks: Landmarks

    def steps(self) -> Iterator[Step]:
        """Go through the steps that are certain to be taken."""
        for act in self.acts:
            for script in act.scripts:
                yield from script

    def outcomes(self) -> Outcomes:
        """Count what must come out, by command and outcome; whoever wins a race, as many win it."""
        steps = list(self.steps())
        expected = Outcomes((step.command, step.outcome) for step in steps if step.otherwise is None)
        seats = {step.body["slot_id"]: step.body["capacity"] for step in steps if step.command == "publish-slot"}
        for slot_id, racing in _races(steps).items():
            winners = min(len(racing), int(str(seats[slot_id])))
            expected[racing[0].command, ACCEPTED] += winners
            expected[racing[0].command, FULL] += len(racing) - winners
            # Every fallback is a seat of its own, so it does not matter whose are used.
            fallback = racing[0].otherwise
            if fallback is not None:
                expected[fallback.command, fallback.outcome] += len(racing) - winners
        return +expected

    def events(self) -> int:
        """Count what is written; whoever wins a race, each who runs books one seat."""
        return sum(step.events for step in self.steps() if step.outcome == ACCEPTED)

    def replays(self) -> int:
        """Count the requests that are only sent again."""
        return sum(step.times - 1 for step in self.steps())


def admin_step(ids: Ids, command: str, body: Mapping[str, object]) -> Step:
    """Have the admin do what the body says, once."""
    return Step(command=command, key=str(ids.of(command, *body.values())), actor=ADMIN, body=body)


def recruiter_step(  # noqa: PLR0913  what a step is made of
    ids: Ids,
    recruiter_id: UUID,
    command: str,
    body: Mapping[str, object],
    about: Iterable[object],
    *,
    outcome: str = ACCEPTED,
    events: int = 1,
) -> Step:
    """Have a recruiter do what the body says; `about` tells it apart from what else they do by that command."""
    key = str(ids.of(command, recruiter_id, *about))
    return Step(command=command, key=key, actor=str(recruiter_id), body=body, outcome=outcome, events=events)


def _races(steps: Iterable[Step]) -> dict[object, list[Step]]:
    races: dict[object, list[Step]] = {}
    for step in steps:
        if step.otherwise is not None:
            races.setdefault(step.body["slot_id"], []).append(step)
    return races


class Ids:
    """Ids and keys that follow from the seed: the same story gives the same ones."""

    def __init__(self, seed: int) -> None:
        """Each seed has ids of its own."""
        self._root = uuid5(_NAMESPACE, str(seed))

    def of(self, *words: object) -> UUID:
        """Return the id of what these words name."""
        return uuid5(self._root, "/".join(map(str, words)))
