"""What an answer says it depends on is all it depends on: the topics of what changes it, and the clock."""

from datetime import datetime
from typing import Any

import pytest

from daybook.engine import Connection
from events.catalogue import CODEC
from events.memory import MemoryLog
from projections.topics import Topics
from queries import open_slots
from queries.found import Found
from tests.events.attempts import write
from tests.projections.running import at_work, caught_up, runner, write_all
from tests.queries.asking import connected
from tests.queries.depending import beginning, life, moments, questions
from tests.support.deciding import NOW

EVENTS = 24


class Tally:
    """How often answers changed, how often they were known to stay, and how often they should have stayed."""

    def __init__(self) -> None:
        """Nothing was compared."""
        self.changed = 0
        self.stayed = 0
        self.lasted = 0
        self.mistakes: list[object] = []

    def compare(self, before: Found[Any], after: Found[Any], topics: frozenset[str]) -> None:
        """An answer that an event changes has one of its topics."""
        if before.answer != after.answer:
            self.changed += 1
            self.mistakes += [] if before.topics & topics else [(before, after, topics)]
        self.stayed += not before.topics & topics

    def compare_later(self, now: Found[Any], later: Found[Any], moment: datetime) -> None:
        """An answer stays as it is until the moment it names."""
        if now.until is None or moment < now.until:
            self.lasted += 1
            self.mistakes += [] if now.answer == later.answer else [(now, later, moment)]


async def ask_all(connection: Connection, now: datetime) -> dict[str, Found[Any]]:
    """Ask every question; leave out what is unknown."""
    answers = {name: await question(connection, now) for name, question in questions().items()}
    return {name: found for name, found in answers.items() if found is not None}


async def live(url: str, seed: int, events: int) -> Tally:
    """Live through events, and compare the answers before and after each; and at some later moments."""
    log, tally, topics = MemoryLog(), Tally(), Topics(url)
    await write_all(log, beginning())
    async with at_work(runner(log, url)), connected(url) as connection:
        assert await caught_up(log, url)
        before = await ask_all(connection, NOW)
        for event in life(seed, events):
            await write(log, CODEC.encode(event))
            assert await caught_up(log, url)
            [change] = await topics.of([each async for each in log.read(after=await log.head() - 1)])
            after = await ask_all(connection, NOW)
            for name, found in before.items():
                tally.compare(found, after[name], change.topics)
            before = after
        for moment in moments(seed):
            for name, found in (await ask_all(connection, moment)).items():
                tally.compare_later(before[name], found, moment)
    await topics.close()
    return tally


async def test_nothing_else_changes_an_answer(database_url: str) -> None:
    """Lists in all their forms and cards, at clocks far from that of UTC; few events concern them all."""
    tally = await live(database_url, 1, EVENTS)

    assert tally.mistakes == []
    assert tally.changed > EVENTS
    assert tally.stayed > 4 * EVENTS
    assert tally.lasted > 10


async def test_a_day_too_few_would_be_seen(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sabotage: slots are looked for under the dates of UTC alone."""
    places = open_slots.places
    monkeypatch.setattr(open_slots, "places", lambda *asked: places(*asked)[1:-1] or places(*asked))

    assert (await live(database_url, 1, EVENTS)).mistakes


async def test_a_hold_that_is_overlooked_would_be_seen(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sabotage: nobody looks when holds expire."""

    async def never(*_: object) -> None:
        return None

    monkeypatch.setattr(open_slots, "_first_expiry", never)

    assert (await live(database_url, 1, EVENTS)).mistakes
