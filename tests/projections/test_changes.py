"""What has changed is told in order, without gaps, and not before it shows."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import pytest

from projections import changes as changes_module
from projections.changes import Change, Changes
from projections.positions import Positions
from projections.topics import EVERYTHING, Topics
from tests.events.postgres.looking import PATIENCE, owner
from tests.projections.following import NOWHERE, AbsentLog, Audience, Shown, following, self_explaining, told, until
from tests.projections.running import at_work, caught_up, log_of, runner, story, write_all
from tests.support.deciding import booked, city, slot, some_id


async def test_every_change_is_told_once_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """However the log and the read models move, each listener hears of each position after it began, exactly once."""
    monkeypatch.setattr(changes_module, "PAGE", 7)
    draw = random.Random(4)
    log, shown = await log_of([city("rome")]), Shown(1)
    events = self_explaining(story(4))

    async with following(log, shown) as (changes, first):
        audiences = [first]
        while events:
            some = [events.pop(0) for _ in range(min(draw.randrange(1, 40), len(events)))]
            await write_all(log, some)
            shown.show(draw.randint(shown.position, await log.head()))
            await told(changes, draw.randint(changes.position, shown.position))
            audiences.append(Audience(changes))
        shown.show(await log.head())
        await told(changes, shown.position)

        for each in audiences:
            assert each.positions == list(range(each.begins + 1, changes.position + 1))
            assert each.reached == sorted(each.reached)


class Witness:
    """Looks, whenever something is told, whether the read models show it."""

    def __init__(self, changes: Changes, shown: Positions) -> None:
        """Nothing was told too early yet."""
        self.early: list[int] = []
        changes.subscribe(lambda _, reached: self.early.extend([reached] if reached > shown.position else []))


async def test_nothing_is_told_before_it_shows() -> None:
    """The log may be ahead: what is told, the read models show."""
    log, shown = await log_of([city("rome")]), Shown()

    async with following(log, shown) as (changes, audience):
        witness = Witness(changes, shown)
        assert not await changes.reach(1, 0.05)
        before = audience.positions
        shown.show(1)
        await told(changes, 1)

        assert (before, audience.positions, witness.early) == ([], [1], [])


async def test_what_a_change_is_about_is_known_when_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is worked out while the read models take it in, and not after."""
    log, shown = await log_of([city("rome"), city("oslo")]), Shown(1)
    worked_out = asyncio.Event()
    of = Topics.of

    async def noted(*arguments: object) -> object:
        changes = await of(*arguments)  # type: ignore[arg-type]
        worked_out.set()
        return changes

    monkeypatch.setattr(Topics, "of", noted)
    async with following(log, shown) as (changes, audience):
        await asyncio.wait_for(worked_out.wait(), PATIENCE)
        before = audience.positions
        shown.show(2)
        await told(changes, 2)

        assert (before, audience.positions) == ([], [2])


async def test_telling_without_waiting_for_the_read_models_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sabotage: the witness of the test above notices a change that is told too early."""

    async def far_ahead(*_: object) -> int:
        return 1_000

    monkeypatch.setattr(Changes, "_showing", far_ahead)
    log, shown = await log_of([city("rome"), city("oslo")]), Shown(1)

    async with following(log, shown) as (changes, _):
        witness = Witness(changes, shown)
        await told(changes, 2)

        assert witness.early == [2]


async def test_it_begins_where_the_read_models_are() -> None:
    """What shows when it begins is no change."""
    log = await log_of([city("rome"), city("oslo"), city("bern")])

    async with following(log, Shown(2)) as (changes, audience):
        assert changes.position == 2
        assert not await changes.reach(3, 0.01)
        assert audience.told == []


async def test_where_it_cannot_tell_where_to_begin_everything_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read models that turn out to be far ahead are not followed event by event."""
    monkeypatch.setattr(changes_module, "PAGE", 2)
    log, shown = await log_of([city(f"city-{number}") for number in range(9)]), Shown()

    async with following(log, shown) as (changes, audience):
        shown.show(8)
        await told(changes, 8)
        shown.show(9)
        await told(changes, 9)

        assert audience.told == [
            Change(8, frozenset({EVERYTHING})),
            Change(9, frozenset({"city:city-8", "directory"})),
        ]


async def test_new_generation_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a change of everything, where the changes are, although nothing happens in the log; and once."""
    monkeypatch.setattr(AbsentLog, "wait", _until_cancelled)
    log, shown = AbsentLog(), Shown(3)

    async with following(log, shown) as (changes, audience):
        shown.mend(7)
        await until(lambda: bool(audience.told))
        shown.mend(9)
        await until(lambda: len(audience.told) > 1)

        assert audience.told == [Change(3, frozenset({EVERYTHING}), 7), Change(3, frozenset({EVERYTHING}), 9)]
        assert (changes.position, changes.generation, audience.reached) == (3, 9, [3, 3])


async def _until_cancelled(*_: object) -> int:
    return await asyncio.Future()


async def test_generation_that_is_known_when_it_begins_is_no_change() -> None:
    """What is kept from then on is of that generation."""
    log, shown = await log_of([city("rome")]), Shown()
    shown.mend(7)

    async with following(log, shown) as (changes, audience):
        shown.show(1)
        await told(changes, 1)

        assert (changes.generation, [change.generation for change in audience.told]) == (7, [0])


async def test_what_was_worked_out_before_a_generation_is_worked_out_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a slot is may have been looked up in rows that were wrong: nobody is told of that once they are right."""
    of, generations = Topics.of, list[int]()

    async def of_and_mend(*arguments: Any) -> Sequence[Change]:
        generations.append(changes.generation)
        found = await of(*arguments)
        shown.mend(7)
        for _ in range(3):
            await asyncio.sleep(0)  # whoever minds generations has its turn
        return found

    monkeypatch.setattr(Topics, "of", of_and_mend)
    log, shown = await log_of([city("rome")]), Shown(1)

    async with Changes(log, NOWHERE, shown) as changes:
        audience = Audience(changes)
        await write_all(log, [city("oslo")])
        shown.show(2)
        await told(changes, 2)

    assert generations == [0, 7]
    assert [(change.position, change.generation) for change in audience.told] == [(1, 7), (2, 0)]


async def test_places_are_looked_up_anew_in_a_new_generation(database_url: str) -> None:
    """One that was wrong in the read model would be told of for ever."""
    published = slot()
    log = await log_of([published, booked(published), booked(published, some_id("b2"))])

    async with at_work(runner(log, database_url)):
        assert await caught_up(log, database_url)
    async with owner(database_url) as connection:
        shown = Shown(1)
        async with following(log, shown, database_url) as (changes, audience):
            await connection.execute("update slots_v3.slot set city_id = 'rome'")
            shown.show(2)
            await told(changes, 2)
            await connection.execute("update slots_v3.slot set city_id = 'berlin'")
            shown.mend(7)
            await until(lambda: changes.generation == 7)
            shown.show(3)
            await told(changes, 3)

    places = [{topic for topic in change.topics if topic.count("/") == 2} for change in audience.told]
    assert places == [{"slots:rome/screening/2027-03-02"}, set(), {"slots:berlin/screening/2027-03-02"}]


async def test_it_is_not_attentive_while_the_read_models_cannot_be_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """They may be of another generation, which nobody could tell."""
    log, shown = await log_of([city("rome")]), Shown(1)

    async with following(log, shown) as (changes, _):
        await until(changes.attentive)
        monkeypatch.setattr(Shown, "looked_at", float("-inf"))

        assert not changes.attentive()


async def test_who_has_left_is_told_nothing() -> None:
    """Of two listeners, the one that stays hears what the other does not any more."""
    log, shown = await log_of([]), Shown()

    async with following(log, shown) as (changes, staying):
        leaving = Audience(changes)
        leaving.leave()
        await write_all(log, [city("rome")])
        shown.show(1)
        await told(changes, 1)

        assert (staying.positions, leaving.positions) == ([1], [])


async def test_what_was_told_can_be_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between any two positions, the same changes once more."""
    monkeypatch.setattr(changes_module, "PAGE", 10)
    log = await log_of(self_explaining(story(5)))
    shown = Shown()

    async with following(log, shown) as (changes, audience):
        for position in range(1, await log.head() + 1):
            shown.show(position)
            await told(changes, position)
        again = [change async for page in changes.between(3, 47) for change in page]

        assert again == audience.told[3:47]


async def test_an_outage_of_the_log_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the log is away nobody may trust what they kept; when it is back, what was missed is told."""
    monkeypatch.setattr(changes_module, "ATTENTIVE_SECONDS", 0.5)
    log, shown = AbsentLog(), Shown()

    async with following(log, shown) as (changes, audience):
        await until(changes.attentive)
        log.is_away = True
        await write_all(log, [city("rome")])
        shown.show(1)
        await until(lambda: not changes.attentive())
        before = audience.positions
        log.is_away = False
        await told(changes, 1)

        assert (before, audience.positions) == ([], [1])
        assert changes.attentive()


async def test_it_stays_attentive_while_the_read_models_stand_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a projector nothing that was kept becomes wrong, as long as the log can be looked at."""
    monkeypatch.setattr(changes_module, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(changes_module, "ATTENTIVE_SECONDS", 0.5)
    log, shown = AbsentLog(), Shown()
    await write_all(log, [city("rome")])

    async with following(log, shown) as (changes, audience):
        began = asyncio.get_running_loop().time()
        await until(lambda: asyncio.get_running_loop().time() > began + 0.6)

        assert changes.attentive()
        assert audience.told == []


async def test_an_outage_of_the_database_is_waited_for(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slot's place that cannot be looked up holds the change back; nothing is left out."""
    published = slot()
    log, shown = await log_of([published, booked(published)]), Shown(1)
    failures = [ConnectionRefusedError(), ConnectionRefusedError()]
    of = Topics.of

    async def sometimes(*arguments: object) -> object:
        if failures:
            raise failures.pop()
        return await of(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Topics, "of", sometimes)
    async with at_work(runner(log, database_url)), Positions(database_url) as positions:
        assert await positions.reach(2, 30.0)
        async with following(log, shown, database_url) as (changes, audience):
            shown.show(2)
            await told(changes, 2)

    assert failures == []
    assert "slots:berlin/screening/2027-03-02" in audience.topics[2]
