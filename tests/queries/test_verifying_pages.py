"""Pages in Redis are compared with the read models, and what differs is named."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import asyncpg
import pytest

from projections.slots import SLOT
from queries import verifying_pages
from queries.day_page import decode, encode
from queries.open_slots import SlotFilters
from queries.page import Paging
from queries.verifying_pages import Verified, verify_pages
from tests.support.databases import fresh_database
from tests.support.deciding import NOW, some_id
from tests.support.paging import Reader, Told, reading, settled

ADD = f"""
    insert into {SLOT.fullname}
        (slot_id, recruiter_id, city_id, stage_id, starts_at, ends_at, zone, local_start, local_date,
        policy_version, capacity, booked, holds, status, changed_at_position)
    values ($1, $1, 'rome', 'first', $2, $2, 'UTC', $3, $4, 1, 1, 0, $5, 'open', 1)"""  # noqa: S608  a name of ours
BOOK = f"update {SLOT.fullname} set status = 'full' where slot_id = $1"  # noqa: S608  a name of ours
REACHED = "update projections.checkpoint set position = $1"
TODAY = SlotFilters("rome", "first", to=NOW + timedelta(hours=9))
TOPIC = f"slots:rome/first/{NOW.date()}"
DAYS = 3
ONE, TWO = some_id("one"), some_id("two")


@pytest.fixture
def database_url(laid_out_template: str) -> Iterator[str]:
    """The URL of a fresh database with empty tables of all read models."""
    yield from fresh_database(laid_out_template)


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to write as the projector does: two slots, at position 1."""
    connection = await asyncpg.connect(database_url)
    for hours, slot_id in enumerate((ONE, TWO), 1):
        starts_at = NOW + timedelta(hours=hours)
        await connection.execute(ADD, slot_id, starts_at, starts_at.replace(tzinfo=None), starts_at.date(), "{}")
    await connection.execute(REACHED, 1)
    yield connection
    await connection.close()


@pytest.fixture
async def reader(database_url: str, valkey_url: str, owner: asyncpg.Connection) -> AsyncIterator[Reader]:
    """A process that has filled the pages of three days."""
    assert not owner.is_closed()
    async with reading(valkey_url, database_url, Told(1)) as made:
        await made.store.begin(None, "0-first", 1)
        await made.pages.open_slots(TODAY, Paging(), NOW, 1)
        await settled(made)
        yield made


async def verified(reader: Reader) -> Verified:
    """Compare."""
    return await verify_pages(reader.store, reader.engine, lambda: NOW)


async def test_pages_that_are_right_are_counted(reader: Reader) -> None:
    """All of them were looked at."""
    assert await verified(reader) == Verified(DAYS, [], [])


async def test_slot_that_should_not_be_in_a_page_is_named(reader: Reader, owner: asyncpg.Connection) -> None:
    """The read models have gone on, and Redis says so, too, but the page stayed."""
    await owner.execute(BOOK, ONE)
    await owner.execute(REACHED, 2)
    await reader.store.advance("0-first", 1, 2, {})

    assert (await verified(reader)).differences == [f"{TOPIC}: slot {ONE} should not be there"]


async def test_slot_that_is_missing_or_differs_is_named(reader: Reader) -> None:
    """Whatever came to be in a page that is none of ours."""
    (kept,) = (await reader.store.read([TOPIC])).pages
    assert kept is not None
    page = decode(kept.content)
    shorter = type(page)(
        None, None, page.starts[1:], page.ids[16:], [page.ends[1] - page.ends[0] - 1], page.slice(1, 2)
    )
    other = type(page)(
        None, None, page.starts, page.ids, page.ends, page.items.replace(b'"capacity":1', b'"capacity":7')
    )

    await reader.store.write("0-first", 1, {TOPIC: encode(shorter)})
    missing = await verified(reader)
    await reader.store.write("0-first", 1, {TOPIC: encode(other)})
    different = await verified(reader)

    assert missing.differences == [f"{TOPIC}: slot {ONE} is missing"]
    assert different.differences == [f"{TOPIC}: slot {min(ONE, TWO)} differs"]


async def test_page_whose_changes_are_on_their_way_is_waited_for(
    reader: Reader, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is right for an earlier position; only if that never ends it cannot be told."""
    monkeypatch.setattr(verifying_pages, "PAUSE_SECONDS", 0.001)
    await owner.execute(BOOK, ONE)
    await owner.execute(REACHED, 2)

    assert (await verified(reader)).unsettled == [
        f"slots:rome/first/{NOW.date() + timedelta(days=n)}" for n in (-1, 0, 1)
    ]

    await reader.store.advance("0-first", 1, 2, {TOPIC: 2})

    assert await verified(reader) == Verified(DAYS - 1, [], [])
