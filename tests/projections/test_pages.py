"""The keeper of the pages in Redis: it takes out what has changed, and begins anew when it cannot tell."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import redis.asyncio

from daybook.valkey import Away
from projections import pages
from projections.page_store import Checkpoint, PageStore, generation_of
from projections.pages import Keeper
from tests.projections.following import until
from tests.support.page_world import TOPICS
from tests.support.paging import Told, store_on

MONDAY, TUESDAY, SLOT = TOPICS


@pytest.fixture
async def store(database_url: str, valkey_url: str) -> AsyncIterator[PageStore]:
    """Nobody keeps the pages yet."""
    async with store_on(valkey_url, database_url) as made:
        yield made


def keeper(told: Told, store: PageStore) -> Keeper:
    """Make a keeper that is told of changes by hand."""
    return Keeper(told, store)  # type: ignore[arg-type]  # stands for it


async def begun(store: PageStore, told: Told) -> Keeper:
    """Let a keeper begin, and fill two pages."""
    made = keeper(told, store)
    await made.catch_up()
    await store.write(await epoch(store), told.position, {MONDAY: b"monday", TUESDAY: b"tuesday"})
    return made


async def epoch(store: PageStore) -> str:
    """Return the epoch the pages are in."""
    checkpoint = await store.checkpoint()
    assert checkpoint is not None
    return checkpoint.epoch


async def left(store: PageStore) -> list[str]:
    """Return the topics of the pages that are left."""
    found = (await store.read([MONDAY, TUESDAY])).pages
    return [topic for topic, page in zip([MONDAY, TUESDAY], found, strict=True) if page is not None]


async def test_only_what_has_changed_is_taken_out(store: PageStore) -> None:
    """The rest holds at the new position."""
    told = Told(5)
    made = await begun(store, told)

    told.tell(MONDAY, "slots", "slots:berlin", "slots:berlin/first", "candidate:1")
    await made.catch_up()

    assert await left(store) == [TUESDAY]
    assert await store.checkpoint() == Checkpoint(await epoch(store), 6, 5)


async def test_page_that_shows_the_change_already_stays(store: PageStore) -> None:
    """Who was told of it earlier has worked it out again."""
    told = Told(5)
    made = await begun(store, told)

    told.tell(MONDAY)
    await store.write(await epoch(store), 6, {MONDAY: b"later"})
    await made.catch_up()

    assert await left(store) == [MONDAY, TUESDAY]


@pytest.mark.parametrize("topic", ["directory", "*"])
async def test_change_of_what_stands_in_every_page_takes_out_all(store: PageStore, topic: str) -> None:
    """Names do, and nobody knows what else it was."""
    told = Told(5)
    made = await begun(store, told)
    before = await epoch(store)

    told.tell(topic)
    await made.catch_up()

    assert await left(store) == []
    assert await epoch(store) != before


async def test_new_generation_takes_out_all(store: PageStore) -> None:
    """The epoch that begins is named by it."""
    told = Told(5)
    made = await begun(store, told)

    told.mend(9)
    await made.catch_up()

    assert await left(store) == []
    assert generation_of(await epoch(store)) == 9
    assert await store.checkpoint() == Checkpoint(await epoch(store), 5, 5)


async def test_keeper_goes_on_in_no_epoch_of_an_earlier_generation(store: PageStore) -> None:
    """Another keeper, who was not told yet, has begun one: nobody who knows the generation would read its pages."""
    told, late = Told(5), Told(5)
    made = await begun(store, told)
    told.mend(9)
    await made.catch_up()
    await keeper(late, store).catch_up()
    before = generation_of(await epoch(store))

    told.tell(SLOT)
    await made.catch_up()

    assert (before, generation_of(await epoch(store))) == (0, 9)


async def test_too_many_changes_at_once_take_out_all(store: PageStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that names them all would keep everybody waiting."""
    monkeypatch.setattr(pages, "MOST_CHANGED", 3)
    told = Told(5)
    made = await begun(store, told)

    for number in range(4):
        told.tell(f"slot:{number}")
    await made.catch_up()

    assert await left(store) == []


async def test_after_a_call_that_failed_it_begins_anew(store: PageStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """What became of it is not known, nor what has become of Redis."""
    told = Told(5)
    made = await begun(store, told)
    before = await epoch(store)

    async def lost(*_: object) -> None:
        raise Away("lost")

    with monkeypatch.context() as patch:
        patch.setattr(PageStore, "advance", lost)
        told.tell(SLOT)
        await made.catch_up()
    still = await epoch(store)
    await made.catch_up()

    assert (still == before, await epoch(store) == before) == (True, False)


async def test_loss_is_noticed_while_nothing_happens(
    store: PageStore, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks every now and then."""
    monkeypatch.setattr(pages, "IDLE_SECONDS", 0.01)
    running = asyncio.create_task(keeper(Told(5), store).run())
    begun: list[Checkpoint] = []

    async def has_begun() -> None:
        while (checkpoint := await store.checkpoint()) is None:  # noqa: ASYNC110  Redis tells nobody
            await asyncio.sleep(0.005)
        begun.append(checkpoint)

    await has_begun()
    async with redis.asyncio.Redis.from_url(valkey_url) as client:
        await client.flushdb()
    await has_begun()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running

    assert begun[0].epoch != begun[1].epoch


async def test_news_wake_it(store: PageStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the next look."""
    monkeypatch.setattr(pages, "IDLE_SECONDS", 3_600.0)
    told = Told(5)
    running = asyncio.create_task(keeper(told, store).run())
    seen: list[int] = []

    async def look() -> None:
        while True:
            checkpoint = await store.checkpoint()
            seen.append(0 if checkpoint is None else checkpoint.position)
            await asyncio.sleep(0.005)

    looking = asyncio.create_task(look())
    await until(lambda: 5 in seen)
    told.tell(SLOT)
    await until(lambda: 6 in seen)
    for task in (running, looking):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_two_keepers_settle_on_one_epoch(store: PageStore) -> None:
    """Whoever is behind goes on with what the other has begun."""
    one, other = Told(5), Told(3)
    keepers = [(one, keeper(one, store)), (other, keeper(other, store))]
    epochs = []

    for _ in range(5):
        for told, made in keepers:
            told.tell(SLOT)
            await made.catch_up()
            epochs.append(await epoch(store))

    checkpoint = await store.checkpoint()
    assert len(set(epochs[3:])) == 1
    assert checkpoint is not None
    assert checkpoint.position == 10


async def test_pages_of_another_shape_or_database_are_others(
    store: PageStore, valkey_url: str, database_url: str
) -> None:
    """A program that shows slots otherwise would read them wrongly."""
    await begun(store, Told(5))

    async with store_on(valkey_url, database_url, shape="other") as other:
        assert await other.checkpoint() is None
        with pytest.raises(Away):
            await other.read([MONDAY])
