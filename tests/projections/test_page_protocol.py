"""No page in Redis is shown that is older than it says, whoever is late, whatever is lost or comes back."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import redis.asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daybook.valkey import Script
from projections import page_store
from projections.noted import Noted
from projections.page_store import PageStore
from projections.topics import DIRECTORY
from tests.support import page_world
from tests.support.page_world import TOPICS, PageWorld, Writing
from tests.support.paging import store_on

MONDAY, TUESDAY, SLOT = TOPICS
OLD = "an old page is shown"

Scenario = Callable[[PageWorld], Awaitable[None]]


@pytest.fixture
async def world(database_url: str, valkey_url: str) -> AsyncIterator[PageWorld]:
    """A log with two changes, and a keeper who has begun."""
    async with store_on(valkey_url, database_url) as store, redis.asyncio.Redis.from_url(valkey_url) as client:
        yield await begun(store, client)


async def begun(store: PageStore, client: redis.asyncio.Redis) -> PageWorld:
    """A log with two changes that everybody was told of, and no page yet."""
    await client.flushdb()
    made = PageWorld(store, client)
    made.happen(MONDAY)
    made.happen(TUESDAY)
    for process in made.processes:
        made.tell(process.told)
    await made.keep(0)
    await made.keep(1)
    return made


async def late_writer(world: PageWorld) -> None:
    """A page is worked out; before it is written something changes, and the keeper has already been there."""
    one, _ = world.processes
    _, epoch = await world.look(one, MONDAY)
    assert epoch is not None
    page = world.query(epoch, world.shown, MONDAY)
    world.happen(MONDAY)
    world.tell(one.told)
    await world.keep()
    await world.write(page)
    await world.keep()
    await world.look(one, MONDAY)


async def late_writer_who_looked_in_time(world: PageWorld) -> None:
    """As before, and a second change, of another page, has moved the checkpoint on."""
    one, _ = world.processes
    _, epoch = await world.look(one, MONDAY)
    assert epoch is not None
    page = world.query(epoch, world.shown, MONDAY)
    world.happen(MONDAY)
    await world.keep()
    world.happen(TUESDAY)
    await world.keep()
    world.tell(one.told)
    await world.write(page)
    await world.look(one, MONDAY)


async def change_of_all(world: PageWorld) -> None:
    """A name that stands in every page changes: a page of before must not come back."""
    one, two = world.processes
    await world.fill(one, MONDAY)
    _, epoch = await world.look(one, TUESDAY)
    assert epoch is not None
    page = world.query(epoch, world.shown, TUESDAY)
    world.happen(DIRECTORY)
    world.tell(one.told)
    world.tell(two.told)
    await world.keep()
    await world.write(page)
    world.restart_keeper(1)
    await world.keep(1)
    for topic in (MONDAY, TUESDAY):
        await world.look(one, topic)
        await world.look(two, topic)


async def change_not_taken_out_yet(world: PageWorld) -> None:
    """Something has changed, and this process was told of it before the keeper was."""
    one, _ = world.processes
    await world.fill(one, MONDAY)
    world.happen(MONDAY)
    world.tell(one.told)
    await world.look(one, MONDAY)


async def mended_rows(world: PageWorld) -> None:
    """Rows change without an event, and this process knows of it before the keeper does."""
    one, _ = world.processes
    await world.fill(one, MONDAY)
    world.mend()
    one.told.mend(world.generation)
    await world.look(one, MONDAY)


async def late_writer_of_mended_rows(world: PageWorld) -> None:
    """A page is worked out; before it is written the rows are mended, and the keeper has already been there."""
    one, _ = world.processes
    _, epoch = await world.look(one, MONDAY)
    assert epoch is not None
    page = world.query(epoch, world.shown, MONDAY)
    world.mend()
    one.told.mend(world.generation)
    world.keepers[0][0].mend(world.generation)
    await world.keep()
    await world.write(page)
    await world.look(one, MONDAY)


async def keeper_that_was_not_told_of_mended_rows(world: PageWorld) -> None:
    """It goes on in its epoch, where pages from before are: the process that knows does without them."""
    one, _ = world.processes
    await world.fill(one, MONDAY)
    world.mend()
    one.told.mend(world.generation)
    world.happen(TUESDAY)
    world.tell(one.told)
    await world.keep()
    await world.look(one, MONDAY)


async def old_dump(world: PageWorld) -> None:
    """Redis comes back with what it held before the last changes, and the keeper goes on as if that were nothing."""
    one, _ = world.processes
    await world.fill(one, MONDAY)
    await world.save()
    world.happen(MONDAY)
    await world.keep()
    world.happen(TUESDAY)
    await world.load()
    await world.keep()
    world.tell(one.told)
    for number in range(3):
        world.happen(f"slot:{number}")
        world.tell(one.told)
        await world.keep()
        await world.look(one, MONDAY)


async def changes_evicted(world: PageWorld) -> None:
    """Redis was short of memory: what changed lately is forgotten, the checkpoint is not."""
    one, _ = world.processes
    _, epoch = await world.look(one, MONDAY)
    assert epoch is not None
    page = world.query(epoch, world.shown, MONDAY)
    world.happen(MONDAY)
    await world.keep()
    world.tell(one.told)
    await world.evict("*changes")
    await world.write(page)
    await world.look(one, MONDAY)
    world.happen(TUESDAY)
    await world.keep()
    world.tell(one.told)
    await world.write(page)
    await world.look(one, MONDAY)


async def slow_keeper(world: PageWorld) -> None:
    """A keeper that was stopped goes on after another one has done its work."""
    one, _ = world.processes
    world.happen(MONDAY)
    world.tell(world.keepers[1][0])
    await world.keep(0)
    world.tell(one.told)
    await world.fill(one, MONDAY)
    world.happen(MONDAY)
    await world.keep(0)
    world.tell(one.told)
    await world.keep(1, 0)
    await world.look(one, MONDAY)


async def restarted_keeper(world: PageWorld) -> None:
    """A keeper starts anew and was told of nothing that came before: what it finds it does not trust."""
    one, _ = world.processes
    await world.fill(one, MONDAY)
    world.happen(MONDAY)
    world.tell(one.told)
    world.restart_keeper(0)
    await world.keep(0)
    for number in range(3):
        world.happen(f"slot:{number}")
        world.tell(one.told)
        await world.keep(0)
    await world.look(one, MONDAY)


SCENARIOS = [
    late_writer,
    late_writer_who_looked_in_time,
    change_of_all,
    change_not_taken_out_yet,
    mended_rows,
    late_writer_of_mended_rows,
    keeper_that_was_not_told_of_mended_rows,
    old_dump,
    changes_evicted,
    slow_keeper,
    restarted_keeper,
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.__name__)
async def test_interleaving_shows_no_old_page(world: PageWorld, scenario: Scenario) -> None:
    """Each is a way in which an old page could be shown, if it were not for one of the guards."""
    await scenario(world)


def _without(script: str, part: str, other: str) -> Callable[[pytest.MonkeyPatch], None]:
    def change(patch: pytest.MonkeyPatch) -> None:
        text = getattr(page_store, script).text
        assert part in text
        patch.setattr(page_store, script, Script(text.replace(part, other)))

    return change


def _without_epochs(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(PageStore, "_pages", lambda self, _, topics: [self._key(topic) for topic in topics])


def _without_any_epochs(patch: pytest.MonkeyPatch) -> None:
    _without_epochs(patch)
    _without("WRITE", "if epoch ~= ARGV[1] then return 0 end", "")(patch)


def _without_asking_since_when(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Noted, "shows", lambda *_, **__: True)


def _without_generations(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(page_world, "generation_of", lambda _: 1_000)


SABOTAGE = [
    (_without("WRITE", "local is_news = at >= tonumber(position)", "local is_news = true"), late_writer),
    (_without("WRITE", "tonumber(changed) <= at", "true"), late_writer_who_looked_in_time),
    (_without("WRITE", " and redis.call('EXISTS', KEYS[2]) == 1", ""), changes_evicted),
    (_without("ADVANCE", "floor = position\n", ""), changes_evicted),
    (_without("ADVANCE", "or position < after", ""), old_dump),
    (_without_epochs, change_of_all),
    (_without_epochs, restarted_keeper),
    (_without_asking_since_when, change_not_taken_out_yet),
    (_without_generations, mended_rows),
    (_without_generations, keeper_that_was_not_told_of_mended_rows),
    (_without_any_epochs, late_writer_of_mended_rows),
]


@pytest.mark.parametrize(("sabotage", "scenario"), SABOTAGE)
async def test_without_its_guard_an_interleaving_shows_an_old_page(
    world: PageWorld,
    sabotage: Callable[[pytest.MonkeyPatch], None],
    scenario: Scenario,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Sabotage: the scenarios find out what each guard is good for."""
    sabotage(monkeypatch)

    with pytest.raises(AssertionError, match=OLD):
        await scenario(world)


def some(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    """A step with its arguments."""
    return st.tuples(st.just(name), *arguments)


WHO, WHAT, FEW, WHICH = st.integers(0, 1), st.sampled_from(TOPICS), st.integers(0, 3), st.integers(0, 5)
STEPS = st.lists(
    st.one_of(
        some("happen", st.sampled_from([*TOPICS, *TOPICS, DIRECTORY])),
        some("happen", WHAT),
        some("tell", WHO, FEW),
        some("keep", WHO, FEW),
        some("ask", WHO, WHAT),
        some("query", WHICH),
        some("write", WHICH),
        some("write", WHICH),
        some("fill", WHO, WHAT),
        some("restart", WHO),
        some("mend"),
        some("know", st.sampled_from(["process", "keeper"]), WHO),
        some("lose", st.sampled_from(["*changes", "*checkpoint", "*first*", "*"])),
        some("save"),
        some("load"),
    ),
    max_size=40,
)


class Walk:
    """Takes one step after another; what is asked for comes back later, in any order."""

    def __init__(self, world: PageWorld) -> None:
        """Nobody has asked for anything."""
        self.world = world
        self.asked: list[tuple[str, int, str]] = []
        self.pages: list[Writing] = []
        self.shown = 0

    async def take(self, name: str, *given: Any) -> None:  # noqa: C901, PLR0912  one branch for each kind of step
        """Take a step."""
        world = self.world
        match name, given:
            case "happen", (topic,):
                world.happen(topic)
            case "tell", (who, count):
                world.tell(world.processes[who].told, count)
            case "keep", (who, count):
                await world.keep(who, count)
            case "ask", (who, topic):
                was_shown, epoch = await world.look(world.processes[who], topic)
                self.shown += was_shown
                self.asked += [] if was_shown or epoch is None else [(epoch, world.shown, topic)]
            case "query", (which,) if which < len(self.asked):
                self.pages.append(world.query(*self.asked.pop(which)))
            case "write", (which,) if which < len(self.pages):
                await world.write(self.pages.pop(which))
            case "fill", (who, topic):
                self.shown += await world.fill(world.processes[who], topic)
            case "mend", ():
                world.mend()
            case "know", (kind, who):
                told = world.processes[who].told if kind == "process" else world.keepers[who][0]
                told.mend(world.generation)
            case "restart", (who,):
                world.restart_keeper(who)
            case "lose", (pattern,):
                await world.evict(pattern)
            case "save", ():
                await world.save()
            case "load", () if world.dump:
                await world.load()


@given(steps=STEPS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_order_of_steps_shows_an_old_page(world: PageWorld, steps: list[tuple[Any, ...]]) -> None:
    """Two processes, two keepers, a Redis that loses things and gets them back."""
    walk = Walk(await begun(world.store, world.client))

    for step in steps:
        await walk.take(*step)
    for process in walk.world.processes:
        for topic in TOPICS:
            await walk.world.look(process, topic)
