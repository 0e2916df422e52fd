"""Lists of open slots that come from Redis are those that PostgreSQL gives, byte for byte."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
import pytest
import redis.asyncio

from projections.directory import RECRUITER
from projections.slots import SLOT
from queries import day_lists, day_page, page_reader
from queries.open_slots import OfferedSlot, SlotFilters, open_slots
from queries.page import BadCursor, Paging
from tests.projections.following import until
from tests.support.databases import fresh_database
from tests.support.deciding import NOW, some_id
from tests.support.paging import Reader, Told, reading, settled

ADD = f"""
    insert into {SLOT.fullname}
        (slot_id, recruiter_id, city_id, stage_id, starts_at, ends_at, zone, local_start, local_date,
        policy_version, capacity, booked, holds, status, changed_at_position)
    values ($1, $2, $3, 'first', $4, $5, $6, $7, $8, 1, $9, $10, $11, $12, 1)"""  # noqa: S608  a name of ours
NAME = f"""
    insert into {RECRUITER.fullname}
        (recruiter_id, name, city_ids, min_gap_minutes, time_zone, active, search_name, changed_at_position)
    values ($1, $2, '[]', 0, 'UTC', true, '', 1)"""  # noqa: S608  a name of ours
HALF_HOUR, HOUR, DAY = timedelta(minutes=30), timedelta(hours=1), timedelta(days=1)
NAMED = some_id("named")
FIRST = Paging()
TODAY = SlotFilters("berlin", "first", to=NOW + timedelta(hours=9))
DAYS_BEFORE_THE_LAST_READ = 4  # yesterday, and the first three with a slot
DAYS_OF_TODAY = 3  # what starts today by some clock may be of yesterday or tomorrow by another


@pytest.fixture
def database_url(laid_out_template: str) -> Iterator[str]:
    """The URL of a fresh database with empty tables of all read models."""
    yield from fresh_database(laid_out_template)


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to write slots with."""
    connection = await asyncpg.connect(database_url)
    await connection.execute(NAME, NAMED, 'Zoë "the ear"')
    yield connection
    await connection.close()


@pytest.fixture
async def reader(database_url: str, valkey_url: str) -> AsyncIterator[Reader]:
    """A process that shows pages, of which there are none yet."""
    async with reading(valkey_url, database_url, Told(1)) as made:
        await made.store.begin(None, "0-first", 1)
        yield made


async def add(owner: asyncpg.Connection, name: str, starts_at: datetime, **fields: Any) -> None:
    """Write a slot as the projector would."""
    zone = fields.get("zone", "Europe/Berlin")
    local = starts_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    await owner.execute(
        ADD,
        some_id(name),
        fields.get("recruiter_id", NAMED),
        fields.get("city_id", "berlin"),
        starts_at,
        starts_at + HALF_HOUR,
        zone,
        local,
        local.date(),
        fields.get("capacity", 1),
        fields.get("booked", 0),
        msgspec.json.encode(fields.get("holds", {})).decode(),
        fields.get("status", "open"),
    )


async def same(
    reader: Reader, asked: SlotFilters, paging: Paging = FIRST, now: datetime = NOW
) -> dict[str, Any] | None:
    """Ask the pages; what they answer is what PostgreSQL answers."""
    found = await reader.pages.open_slots(asked, paging, now, reader.told.position)
    if found is None:
        return None
    async with reader.engine.connect() as connection:
        expected = await open_slots(connection, asked, paging, now)
    assert found.answer == msgspec.json.encode(expected.answer)
    assert found.until == expected.until or (found.until is not None and found.until <= (expected.until or found.until))
    answer: dict[str, Any] = msgspec.json.decode(found.answer)
    return answer


def shown(answer: dict[str, Any] | None) -> list[str]:
    """Return the names of the slots in an answer."""
    assert answer is not None
    names = {str(some_id(name)): name for name in ("one", "two", "held", "free", *(f"slot {n}" for n in range(9)))}
    return [names[each["slot_id"]] for each in answer["items"]]


async def test_whatever_is_asked_the_bytes_are_the_same(owner: asyncpg.Connection, reader: Reader) -> None:
    """Any stretch, any limit, any moment, page after page: with and without a list's end, in a city of two zones."""
    draw = random.Random(7)
    for number in range(300):
        starts_at = NOW + timedelta(minutes=15 * draw.randrange(-200, 1_500))
        expiries = [NOW + timedelta(minutes=draw.randrange(-60, 600)) for _ in range(draw.choice([0, 0, 1, 2]))]
        await add(
            owner,
            f"slot {number}",
            starts_at,
            city_id=draw.choice(["berlin", "mixed"]),
            zone="Europe/Berlin",
            recruiter_id=draw.choice([NAMED, some_id("nobody")]),
            capacity=draw.randint(1, 2),
            holds={str(some_id(f"hold {number} {n}")): each for n, each in enumerate(expiries)},
            status=draw.choice(["open", "open", "open", "full", "closed"]),
        )
    answered = 0

    for minutes in sorted(draw.choice([0, draw.randrange(900)]) for _ in range(60)):
        now = NOW + timedelta(minutes=minutes)
        begins = NOW + timedelta(minutes=draw.randrange(-3_000, 20_000))
        asked = SlotFilters(
            draw.choice(["berlin", "mixed"]),
            "first",
            draw.choice([None, begins]),
            draw.choice([None, begins + timedelta(minutes=draw.randrange(10_000))]),
        )
        paging = Paging(draw.randint(1, 60))
        while (answer := await same(reader, asked, paging, now)) is not None:
            answered += 1
            if answer["next_cursor"] is None:
                break
            paging = Paging(draw.randint(1, 60), answer["next_cursor"])

    assert answered > 60
    assert reader.outcomes()["hit"] > 100


async def test_page_is_worked_out_again_when_a_hold_expires(owner: asyncpg.Connection, reader: Reader) -> None:
    """No event says so: a slot whose only seat is held comes back by the clock."""
    await add(owner, "held", NOW + HOUR, holds={str(some_id("hold")): NOW + timedelta(minutes=5)})
    await add(owner, "free", NOW + 2 * HOUR)

    before = await same(reader, TODAY)
    await settled(reader)
    still = await same(reader, TODAY, now=NOW + timedelta(minutes=4))
    after = await same(reader, TODAY, now=NOW + timedelta(minutes=5))

    assert [shown(each) for each in (before, still, after)] == [["free"], ["free"], ["held", "free"]]
    assert reader.outcomes()["ended"] == 1


async def test_without_looking_at_the_clock_the_held_slot_stays_away(
    owner: asyncpg.Connection, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sabotage: the test above would find it out."""
    monkeypatch.setattr(page_reader, "has_ended", lambda *_: False)
    await add(owner, "held", NOW + HOUR, holds={str(some_id("hold")): NOW + timedelta(minutes=5)})
    await reader.pages.open_slots(TODAY, FIRST, NOW, 1)
    await settled(reader)

    found = await reader.pages.open_slots(TODAY, FIRST, NOW + timedelta(minutes=5), 1)

    assert found is not None
    assert msgspec.json.decode(found.answer)["items"] == []


async def test_page_of_a_day_that_has_changed_is_worked_out_again(owner: asyncpg.Connection, reader: Reader) -> None:
    """The keeper may be late, or away: this process was told."""
    await add(owner, "one", NOW + HOUR)
    await same(reader, TODAY)
    await settled(reader)

    await add(owner, "two", NOW + 2 * HOUR)
    reader.told.tell("slots:berlin/first/2027-03-01")
    changed = await same(reader, TODAY)
    await settled(reader)
    again = await same(reader, TODAY)

    assert (shown(changed), shown(again)) == (["one", "two"], ["one", "two"])
    assert reader.outcomes()["behind"] == 1


async def test_pages_are_not_asked_for_a_position_they_cannot_vouch_for(
    owner: asyncpg.Connection, reader: Reader
) -> None:
    """What the read models show and nobody has told of yet may have changed anything."""
    await add(owner, "one", NOW + HOUR)

    assert await reader.pages.open_slots(TODAY, FIRST, NOW, reader.told.position + 1) is None


async def test_what_was_tried_in_vain_is_not_tried_again_at_once(owner: asyncpg.Connection, reader: Reader) -> None:
    """In a place with few slots a list without an end is always PostgreSQL's."""
    await add(owner, "one", NOW + HOUR)
    unbounded = SlotFilters("berlin", "first")

    assert await same(reader, unbounded) is None
    before = reader.outcomes()
    assert await same(reader, unbounded) is None
    between = reader.outcomes()
    assert await same(reader, unbounded, now=NOW + timedelta(minutes=1)) is None

    assert before == between != reader.outcomes()


async def test_one_statement_works_out_as_many_days_as_there_is_room_for(
    owner: asyncpg.Connection, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A place nobody has asked for yet is filled in one go, but not a whole fortnight of a crowded one."""
    monkeypatch.setattr(day_page, "MOST_READ", 4)
    monkeypatch.setattr(day_page, "SELECTION", day_page.SELECTION.limit(4))
    for number in range(9):
        await add(owner, f"slot {number}", NOW + number * DAY + HOUR)

    assert shown(await same(reader, SlotFilters("berlin", "first"), Paging(1))) == ["slot 0"]
    await until(lambda: reader.written() > 0)

    assert reader.written() == DAYS_BEFORE_THE_LAST_READ


async def test_only_the_first_slots_of_a_crowded_day_are_kept(
    owner: asyncpg.Connection, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who wants more asks PostgreSQL."""
    monkeypatch.setattr(day_page, "MOST_SLOTS", 4)
    for number in range(6):
        await add(owner, f"slot {number}", NOW + HOUR + number * HALF_HOUR)

    assert len(shown(await same(reader, TODAY, Paging(2)))) == 2
    assert await same(reader, TODAY, Paging(3)) is None


async def test_what_the_days_ahead_do_not_settle_is_asked_of_postgresql(
    owner: asyncpg.Connection, reader: Reader
) -> None:
    """Fourteen days are looked at, and no more."""
    await add(owner, "soon", NOW + 12 * DAY - HOUR)
    await add(owner, "late", NOW + 14 * DAY)

    assert await same(reader, SlotFilters("berlin", "first"), Paging(1)) is None
    assert await same(reader, SlotFilters("berlin", "first", to=NOW + 11 * DAY), Paging(1)) is not None
    assert await same(reader, SlotFilters("berlin", "first", NOW + 11 * DAY), Paging(1)) is not None


@pytest.mark.parametrize(
    "asked",
    [
        SlotFilters("berlin"),
        SlotFilters(stage_id="first"),
        SlotFilters("berlin", "first", status="all"),
        SlotFilters("berlin", "first", series_id=NAMED),
        SlotFilters("berlin", "first", from_=NOW + 400 * DAY),
        SlotFilters("berlin", "first", from_=NOW + DAY, to=NOW + DAY),
    ],
)
async def test_other_questions_are_asked_of_postgresql(reader: Reader, asked: SlotFilters) -> None:
    """Pages are of open slots of one place, soon."""
    assert await same(reader, asked) is None
    assert reader.outcomes() == {}


async def test_cursor_of_another_question_is_refused(owner: asyncpg.Connection, reader: Reader) -> None:
    """As PostgreSQL's list does."""
    for number in range(2):
        await add(owner, f"slot {number}", NOW + HOUR + number * HALF_HOUR)
    answer = await same(reader, TODAY, Paging(1))
    assert answer is not None

    with pytest.raises(BadCursor):
        await same(reader, SlotFilters("berlin", "first"), Paging(1, answer["next_cursor"]))


async def test_who_wants_the_same_pages_at_once_shares_the_work(owner: asyncpg.Connection, reader: Reader) -> None:
    """Also if their questions differ; who leaves spoils it for nobody."""
    await add(owner, "one", NOW + HOUR)
    asked = [asyncio.create_task(reader.pages.open_slots(TODAY, Paging(number), NOW, 1)) for number in range(1, 11)]
    await until(lambda: len(reader.outcomes()) > 0)
    asked[0].cancel()

    found = await asyncio.gather(*asked[1:])

    assert {each.answer for each in found if each is not None} == {found[0].answer if found[0] else b""}
    await until(lambda: reader.written() == DAYS_OF_TODAY)
    assert reader.outcomes() == {"miss": 10 * DAYS_OF_TODAY}


async def test_who_asks_in_a_new_generation_shares_no_query_from_before_it(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have seen rows that are others now."""
    gate, begun = asyncio.Event(), list[int]()

    async def wait_and_read(*arguments: Any) -> Any:
        begun.append(reader.told.generation)
        await gate.wait()
        return await day_page.read_pages(*arguments)

    monkeypatch.setattr(day_lists, "read_pages", wait_and_read)
    asking = [asyncio.create_task(reader.pages.open_slots(TODAY, Paging(5), NOW, 1))]
    await until(lambda: begun == [0])
    reader.told.mend(7)
    asking += [asyncio.create_task(reader.pages.open_slots(TODAY, Paging(5), NOW, 1)) for _ in range(2)]
    await until(lambda: begun == [0, 7])
    gate.set()

    assert None not in await asyncio.gather(*asking)
    assert begun == [0, 7]


async def test_page_of_an_earlier_generation_is_not_shown(reader: Reader) -> None:
    """Although nothing has happened since; nobody keeps the pages of the new one yet."""
    await same(reader, TODAY)
    await settled(reader)
    reader.told.mend(7)

    await same(reader, TODAY)

    assert reader.outcomes() == {"miss": DAYS_OF_TODAY, "behind": DAYS_OF_TODAY}


async def test_nothing_comes_from_redis_when_nobody_keeps_it(reader: Reader, valkey_url: str) -> None:
    """A page that nobody takes out when it changes must not be there."""
    async with redis.asyncio.Redis.from_url(valkey_url) as client:
        await client.flushdb()

    assert await same(reader, TODAY) is None


async def test_no_page_holds_anything_of_a_candidate(owner: asyncpg.Connection, reader: Reader) -> None:
    """Who holds a seat, or has booked one, is nobody's business there."""
    await add(owner, "one", NOW + HOUR, capacity=3, booked=1, holds={str(some_id("hold")): NOW + HOUR})
    answer = await same(reader, TODAY)
    assert answer is not None

    (item,) = answer["items"]

    assert item.keys() == set(OfferedSlot.__struct_fields__)
    assert not [name for name in item if "candidate" in name or "hold_id" in name]
