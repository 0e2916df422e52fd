"""What every state machine has: a scene, somebody who acts, and a comparison of the answer with what was expected."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from commands.actor import Actor
from commands.catalogue import BY_NAME
from tests.machines.driving import ACCEPTED, Driver
from tests.machines.model import Candidate, Expected, Model, Recruiter, Slot, refused
from tests.machines.scene import ADMIN, Scene

T = TypeVar("T")

BOT = Actor("bot", "telegram")
FORBIDDEN = refused("forbidden")

PICK = st.integers(0, 7)


class How(NamedTuple):
    """In which way a command is sent: `by` and `stranger` are numbers to pick somebody by.

    `likely` prefers what is answered with a yes; where it is false a bot may name the wrong candidate.
    """

    by: int
    stranger: int
    likely: bool
    override: bool
    reason: bool


HOW = st.builds(How, st.integers(0, 3), PICK, st.sampled_from((True, True, True, False)), st.booleans(), st.booleans())


class Machine(RuleBasedStateMachine):
    """Commands by anybody, and beside them a naive model that says what must be answered."""

    def __init__(self) -> None:
        """Open a scene."""
        super().__init__()
        self.scene = Scene(self.make_driver())

    def make_driver(self) -> Driver:
        """Return what is driven."""
        raise NotImplementedError

    @property
    def model(self) -> Model:
        """What is so."""
        return self.scene.model

    @property
    def now(self) -> datetime:
        """The time."""
        return self.scene.driver.now

    def actor(self, name: str, how: How) -> Actor:
        """Pick somebody who may send a command of this name."""
        recruiters = [Actor("recruiter", each.id) for each in self.model.recruiters]
        allowed = [each for each in (ADMIN, BOT, *recruiters) if each.role in BY_NAME[name].roles]
        return pick(allowed, how.by)

    def send(self, name: str, actor: Actor, expected: Expected, /, **body: Any) -> None:
        """Send a command, compare the answer with what was expected, and make it so in the model."""
        said = {key.rstrip("_"): value for key, value in body.items() if value is not None}
        answer = self.scene.driver.do(name, said, actor)
        told = f"{name} {said} by {actor}: {answer}, expected {expected}"
        if answer.outcome != ACCEPTED:
            assert answer.outcome in expected.refusals, told
            return
        assert not expected.refusals or expected.either, told
        assert expected.either or expected.nothing != bool(answer.events), told
        if answer.events:
            expected.apply(answer.ids)

    def slot(self, number: int, how: How) -> Slot:
        """Pick a slot; where a yes is to be likely, one that takes people in."""
        open_ = [each for each in self.model.slots if not each.cancelled and not each.closed and each.starts > self.now]
        return pick(open_ if how.likely and open_ else self.model.slots, number)

    def candidate(self, slot: Slot, number: int, how: How) -> Candidate:
        """Pick a candidate; where a yes is to be likely, one in the stage of the slot."""
        fitting = [each for each in self.model.candidates if each.active and each.stage is slot.stage]
        return pick(fitting if how.likely and fitting else self.model.candidates, number)

    def acts_for(self, actor: Actor, candidate: Candidate, how: How) -> tuple[str | None, bool]:
        """Say on whose behalf a bot acts, and whether that is right."""
        if actor.role != "bot":
            return None, True
        named = candidate if how.likely else pick(self.model.candidates, how.stranger)
        return named.id, named is candidate


def pick(things: Sequence[T], number: int) -> T:
    """Take one of them."""
    return things[number % len(things)]


def owns(actor: Actor, *recruiters: Recruiter) -> bool:
    """Tell whether somebody may act on what is these recruiters'."""
    return actor.role != "recruiter" or all(actor.name == each.id for each in recruiters)
