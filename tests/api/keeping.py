"""A little world in which answers are kept, and walks through it: every answer is held against the truth.

The log has changes of three things, each with a hold that may expire. Read models follow it, and are mended now and
then; what is told follows the read models, and queries take their time: any of these may come in between any others.
"""

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import NamedTuple

import msgspec

from api.auth import READERS
from api.compression import Content
from api.kept import Kept, KeptAnswers
from daybook.metrics import Metrics
from projections.topics import EVERYTHING, Change

QUESTIONS: Mapping[str, frozenset[str]] = {
    "a": frozenset({"a"}),
    "b": frozenset({"b"}),
    "both": frozenset({"a", "b"}),
    "c": frozenset({"c"}),
}
BEGINNING = datetime(2027, 1, 1, tzinfo=UTC)
FOR_GOOD = datetime(2100, 1, 1, tzinfo=UTC)
ROOM = 12_000
LENGTH = 60
STEPS = (*("ask", "look", "answer") * 2, "write", "show", "tell", "tell", "tick", "mend", "know")
METRICS = Metrics()

Topics = Callable[[str], frozenset[str]]


class Fact(NamedTuple):
    """Something changed, or nobody can tell what; the hold that it came with expires then."""

    topic: str
    expires_at: datetime


class Asking(NamedTuple):
    """A query under way: what it found once it has looked, and until when that holds."""

    question: str
    position: int
    generation: int
    found: tuple[bytes, datetime] | None


class World:
    """Says of everything what a query would answer."""

    def __init__(self, topics_of: Topics) -> None:
        """Nothing has happened."""
        self.now = BEGINNING
        self.log: list[Fact] = []
        self.shown = 0
        self.generation = self.known_generation = self.told_generation = 0
        self.askings: list[Asking] = []
        self.answers = KeptAnswers(ROOM, 0, lambda: self.now, METRICS)
        self.checked = 0
        self._topics_of = topics_of

    def truth(self, question: str, position: int, generation: int) -> tuple[bytes, datetime]:
        """Answer a question from the first events of the log in one generation, and tell until when that holds."""
        told, expiries = [("generation", generation, False)], []
        for topic in sorted(QUESTIONS[question]):
            known = [(at, fact) for at, fact in enumerate(self.log[:position], 1) if fact.topic in {topic, EVERYTHING}]
            at, fact = known[-1] if known else (0, Fact(topic, BEGINNING))
            is_held = fact.expires_at > self.now
            told.append((topic, at, is_held))
            expiries += [fact.expires_at] if is_held else []
        return msgspec.json.encode(told), min(expiries, default=FOR_GOOD)

    def write(self, topic: str, seconds: int) -> None:
        """Let something happen."""
        self.log.append(Fact(topic, self.now + timedelta(seconds=seconds)))

    def show(self, count: int) -> None:
        """Let the read models take in some events."""
        self.shown = min(self.shown + count, len(self.log))

    def mend(self) -> None:
        """Let the rows change without an event."""
        self.generation += 1

    def know(self) -> None:
        """Let it be known that they did."""
        self.known_generation = self.generation

    def tell(self, count: int) -> None:
        """Hand over some of the changes that are shown, and a generation that is known."""
        after = self.answers.position
        reached = min(after + count, self.shown)
        facts = enumerate(self.log[after:reached], after + 1)
        changes = [Change(at, frozenset({fact.topic})) for at, fact in facts]
        if self.told_generation < self.known_generation:
            changes.append(Change(reached, frozenset({EVERYTHING}), self.known_generation))
            self.told_generation = self.known_generation
        self.answers.take(changes, reached)

    def ask(self, question: str) -> None:
        """Send a query on its way, unless the answer is kept."""
        kept = self.answers.find(question)
        if kept is None:
            self.askings.append(Asking(question, self.shown, self.known_generation, None))
        else:
            self._check(question, kept, self.told_generation)

    def look(self, number: int) -> None:
        """Let a query see the read models."""
        asking = self.askings[number]
        self.askings[number] = asking._replace(found=self.truth(asking.question, self.shown, self.generation))

    def answer(self, number: int) -> None:
        """Let a query come back."""
        asking = self.askings[number]
        if asking.found is None:
            return
        del self.askings[number]
        body, until = asking.found
        topics = self._topics_of(asking.question)
        content = Content(body, b"application/json")
        kept = Kept(content, "/asked", READERS, None, topics, asking.position, asking.generation, until)
        self.answers.keep(asking.question, kept)
        if until > self.now:
            self._check(asking.question, kept, asking.generation)

    def _check(self, question: str, kept: Kept, generation: int) -> None:
        """It is what a query would find at the position it names or a later one, at this moment.

        And in a generation that is no earlier than the one that is given.
        """
        self.checked += 1
        named = self.answers.as_of(question, kept)
        moments = product(range(named, self.shown + 1), range(generation, self.generation + 1))
        possible = {self.truth(question, at, generation)[0] for at, generation in moments}
        assert kept.content.form(None).body in possible, (question, named, self.shown)


def walk(seed: int, topics_of: Topics) -> World:  # noqa: C901  one branch for each kind of step
    """Take steps at random. Raises AssertionError at the first answer that is not true."""
    draw = random.Random(seed)
    world = World(topics_of)
    for _ in range(LENGTH):
        match draw.choice(STEPS):
            case "ask":
                world.ask(draw.choice(list(QUESTIONS)))
            case "write":
                world.write(draw.choice((*"aabbc", EVERYTHING)), draw.randrange(-1, 9))
            case "show":
                world.show(draw.randrange(1, 4))
            case "mend":
                world.mend()
            case "know":
                world.know()
            case "tell":
                world.tell(draw.randrange(4))
            case "look" if world.askings:
                world.look(draw.randrange(len(world.askings)))
            case "answer" if world.askings:
                world.answer(draw.randrange(len(world.askings)))
            case "tick":
                world.now += timedelta(seconds=draw.randrange(4))
            case _:
                pass
    return world
