"""Cards of slots that come from Redis are those that PostgreSQL gives, byte for byte."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import asyncpg
import msgspec
import pytest

from projections.slots import SLOT
from queries.slot_card import slot_card
from tests.support.databases import fresh_database
from tests.support.deciding import NOW, some_id
from tests.support.paging import Reader, Told, reading, settled

ADD = f"""
    insert into {SLOT.fullname}
        (slot_id, recruiter_id, city_id, stage_id, starts_at, ends_at, zone, local_start, local_date,
        policy_version, capacity, booked, holds, status, changed_at_position)
    values ($1, $1, 'rome', 'first', $2, $2, 'UTC', $3, $4, 1, 2, 0, $5, 'open', 1)"""  # noqa: S608  a name of ours
BOOK = f"update {SLOT.fullname} set booked = 1 where slot_id = $1"  # noqa: S608  a name of ours
ONE = some_id("one")
SOON = NOW + timedelta(minutes=5)


@pytest.fixture
def database_url(laid_out_template: str) -> Iterator[str]:
    """The URL of a fresh database with empty tables of all read models."""
    yield from fresh_database(laid_out_template)


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to write as the projector does: a slot with a hold."""
    connection = await asyncpg.connect(database_url)
    holds = msgspec.json.encode({str(some_id("hold")): SOON}).decode()
    await connection.execute(ADD, ONE, NOW, NOW.replace(tzinfo=None), NOW.date(), holds)
    yield connection
    await connection.close()


@pytest.fixture
async def reader(database_url: str, valkey_url: str) -> AsyncIterator[Reader]:
    """A process that shows pages, of which there are none yet."""
    async with reading(valkey_url, database_url, Told(1)) as made:
        await made.store.begin(None, "0-first", 1)
        yield made


async def test_card_becomes_a_page_when_it_is_asked_for_again(owner: asyncpg.Connection, reader: Reader) -> None:
    """Once is not worth it; after that it shows what PostgreSQL would, until the hold expires or the slot changes."""
    once = await reader.pages.slot_card(ONE, NOW, 1)
    twice = await reader.pages.slot_card(ONE, NOW, 1)
    await settled(reader)
    from_redis = await reader.pages.slot_card(ONE, NOW, 1)
    expired = await reader.pages.slot_card(ONE, SOON, 1)
    await settled(reader)
    await owner.execute(BOOK, ONE)
    reader.told.tell(f"slot:{ONE}")
    changed = await reader.pages.slot_card(ONE, SOON, 2)

    assert once is None
    assert twice is not None
    async with reader.engine.connect() as connection:
        expected = await slot_card(connection, ONE, SOON)
    assert expected is not None
    assert changed is not None
    assert changed.answer == msgspec.json.encode(expected.answer)
    assert from_redis == twice
    assert twice.until == SOON
    assert expired is not None
    assert [msgspec.json.decode(each.answer)["seats_left"] for each in (twice, expired, changed)] == [1, 2, 1]
    assert reader.outcomes() == {"miss": 1, "hit": 1, "ended": 1, "behind": 1}


async def test_slot_that_is_not_known_is_asked_of_postgresql(reader: Reader) -> None:
    """That there is none is nothing to keep."""
    assert await reader.pages.slot_card(ONE, NOW, 1) is None
    assert await reader.pages.slot_card(ONE, NOW, 1) is None
