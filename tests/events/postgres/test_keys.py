"""The keys of people on PostgreSQL: one each, wrapped, for everybody the same, and destroyed for good."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from daybook.database import connect
from daybook.master_keys import MasterKeys
from events.log import LogUnavailable
from events.postgres import PersonKeys, open_keys
from events.postgres.keys import KEPT_SECONDS, rotate
from migrations.apply import upgrade
from tests.events.postgres.looking import owner
from tests.support.keys import MASTER_KEY, settings_of

OTHER_MASTER = base64.b64encode(b"another master key, thirty-two b").decode()
ANNA, BEN = uuid4(), uuid4()


@pytest.fixture
async def keys(database_url: str) -> AsyncIterator[PersonKeys]:
    """Keys on a database."""
    async with open_keys(settings_of(database_url)) as opened:
        yield opened


@asynccontextmanager
async def others(url: str, masters: str = MASTER_KEY, clock: list[float] | None = None) -> AsyncIterator[PersonKeys]:
    """The keys as another process sees them."""
    now = clock or [0.0]
    opened = PersonKeys(url, MasterKeys.parse(masters), lambda: now[0])
    yield opened
    await opened.close()


def same(one: AESGCM, other: AESGCM) -> bool:
    """Tell whether two ciphers have one key."""
    return one.encrypt(bytes(12), b"text", None) == other.encrypt(bytes(12), b"text", None)


async def rows(url: str) -> list[asyncpg.Record]:
    """Read the table of keys as its owner."""
    async with owner(url) as connection:
        found: list[asyncpg.Record] = await connection.fetch("select * from keys.person")
        return found


async def test_a_key_is_made_once_and_is_the_same_for_everybody(database_url: str, keys: PersonKeys) -> None:
    """Whoever asks, in whatever process and order, gets one key for each person."""
    made = await keys.make([ANNA, BEN])

    async with others(database_url) as elsewhere:
        found = await elsewhere.find([BEN, ANNA, uuid4()])
        again = await elsewhere.make([ANNA])

    assert made.keys() == found.keys() == {ANNA, BEN}
    assert same(made[ANNA], found[ANNA])
    assert same(made[ANNA], again[ANNA])
    assert not same(made[ANNA], made[BEN])


async def test_of_several_who_make_a_key_at_once_all_get_one(database_url: str) -> None:
    """A key that somebody else made a moment before is taken; people named in another order block nobody."""
    people = [uuid4() for _ in range(50)]

    async def make(turn: int) -> dict[UUID, AESGCM]:
        async with others(database_url) as elsewhere:
            return dict(await elsewhere.make(people if turn % 2 else people[::-1]))

    made = await asyncio.gather(*map(make, range(6)))

    assert all(same(each[person], made[0][person]) for each in made for person in people)


async def test_a_destroyed_key_never_comes_back(database_url: str, keys: PersonKeys) -> None:
    """It is gone at once here, for others within a minute, and no new one is made; a tombstone says since when."""
    clock = [0.0]
    async with others(database_url, clock=clock) as elsewhere:
        await elsewhere.make([ANNA, BEN])
        await keys.make([ANNA, BEN])

        assert await keys.destroy([ANNA]) == [ANNA]
        clock[0] = KEPT_SECONDS + 1

        for each in (keys, elsewhere):
            assert (await each.find([ANNA, BEN])).keys() == {BEN}
            assert (await each.make([ANNA, BEN])).keys() == {BEN}
    gone, kept = sorted(await rows(database_url), key=lambda row: row["person_id"] != ANNA)
    assert (gone["wrapped"], kept["wrapped"] is None) == (None, False)
    assert gone["destroyed_at"] >= gone["created_at"]


async def test_destroying_is_harmless_when_repeated_and_works_ahead(keys: PersonKeys) -> None:
    """Who has no key yet gets none any more, and nothing changes the second time."""
    await keys.make([BEN])

    assert await keys.destroy([ANNA, BEN, BEN]) == [BEN]
    assert await keys.destroy([ANNA, BEN]) == []
    assert await keys.make([ANNA, BEN]) == {}


async def test_a_key_is_used_from_memory_for_a_minute_at_most(database_url: str, keys: PersonKeys) -> None:
    """Then it is looked up again, so that what was destroyed elsewhere is not used for longer."""
    clock = [0.0]
    async with others(database_url, clock=clock) as elsewhere:
        await elsewhere.make([ANNA])
        await keys.destroy([ANNA])

        clock[0] = KEPT_SECONDS
        assert (await elsewhere.find([ANNA])).keys() == {ANNA}
        clock[0] = KEPT_SECONDS + 0.1
        assert await elsewhere.find([ANNA]) == {}


async def test_no_more_keys_are_in_memory_than_the_bound(database_url: str) -> None:
    """The oldest go first, and are looked up again."""
    keys = PersonKeys(database_url, MasterKeys.parse(MASTER_KEY), bound=10)
    people = [uuid4() for _ in range(25)]

    made = await keys.make(people)
    found = await keys.find(people)
    await keys.close()

    assert all(same(made[person], found[person]) for person in people)
    assert len(keys._kept) == 10  # noqa: SLF001  what is in memory shows nowhere else


async def test_a_key_swapped_between_people_does_not_unwrap(database_url: str, keys: PersonKeys) -> None:
    """A wrapped key is bound to its person: in another's row it is useless, and that is said, not passed over."""
    await keys.make([ANNA, BEN])
    async with owner(database_url) as connection:
        await connection.execute(
            "update keys.person p set wrapped = (select wrapped from keys.person where person_id <> p.person_id)"
        )

    async with others(database_url) as elsewhere:
        with pytest.raises(LogUnavailable, match=f"the key of person {ANNA} is not what was wrapped"):
            await elsewhere.find([ANNA])


async def test_no_key_lies_in_the_clear(database_url: str, keys: PersonKeys) -> None:
    """What is stored is as long as a wrapped key, opens with the master key, and with no other one."""
    await keys.make([ANNA])

    (row,) = await rows(database_url)

    assert len(row["wrapped"]) == 12 + 32 + 16
    async with others(database_url, OTHER_MASTER) as elsewhere:
        with pytest.raises(LogUnavailable, match=r"the master key [0-9a-f]{16} is not among those given"):
            await elsewhere.find([ANNA])


async def test_rotation_changes_the_wrapping_and_nothing_else(database_url: str, keys: PersonKeys) -> None:
    """With both master keys given all is wrapped anew in the first; then the old one is of no use any more."""
    people = [uuid4() for _ in range(25)]
    made = await keys.make([*people, ANNA])
    await keys.destroy([ANNA])
    secret = await keys.secret("fingerprints")
    both = f"{OTHER_MASTER}\n{MASTER_KEY}"

    async with owner(database_url) as connection:
        assert await rotate(connection, MasterKeys.parse(both), page=10) == 26
        assert await rotate(connection, MasterKeys.parse(both), page=10) == 0

    async with others(database_url, OTHER_MASTER) as elsewhere:
        found = await elsewhere.find([*people, ANNA])
        assert found.keys() == set(people)
        assert all(same(made[person], found[person]) for person in people)
        assert await elsewhere.secret("fingerprints") == secret
    async with others(database_url, MASTER_KEY) as elsewhere:
        with pytest.raises(LogUnavailable):
            await elsewhere.find(people)


async def test_a_secret_is_made_once_and_is_the_same_everywhere(database_url: str, keys: PersonKeys) -> None:
    """Two processes that start at once agree on it; another name is another secret."""
    async with others(database_url) as elsewhere:
        one, other = await asyncio.gather(keys.secret("fingerprints"), elsewhere.secret("fingerprints"))

    assert one == other
    assert len(one) == 32
    assert await keys.secret("another") != one


async def test_the_application_may_destroy_keys_and_change_none(database_url: str, keys: PersonKeys) -> None:
    """By no statement of its own can it put a key into a row that is there, or take a tombstone away."""
    await keys.make([ANNA])
    connection = await connect(database_url, "daybook test")

    for statement in (
        "update keys.person set wrapped = ''",
        "delete from keys.person",
        "truncate keys.person",
        "update keys.secret set wrapped = ''",
        "delete from keys.secret",
        "drop table keys.person",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    await connection.close()
    assert await keys.destroy([ANNA]) == [ANNA]


async def test_analysts_see_no_key(database_url: str, keys: PersonKeys) -> None:
    """Neither tables nor functions of the keys are theirs."""
    await keys.make([ANNA])
    async with owner(database_url) as connection:
        await connection.execute("set role daybook_analyst")
        for what in ("* from keys.person", "* from keys.secret", "keys.destroy(array[]::uuid[])"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"select {what}")
    assert (await keys.find([ANNA])).keys() == {ANNA}


async def test_keys_may_lie_in_a_database_of_their_own(database_url: str, empty_database_url: str) -> None:
    """Migrated as keys alone, it has no log in it, and the settings lead there."""
    upgrade_in_thread = asyncio.to_thread(upgrade, database_url, keys_url=empty_database_url)
    await upgrade_in_thread
    settings = msgspec.structs.replace(settings_of(database_url), keys_url=empty_database_url)

    async with open_keys(settings) as keys:
        await keys.make([ANNA])

    assert len(await rows(empty_database_url)) == 1
    assert await rows(database_url) == []
    async with owner(empty_database_url) as connection:
        assert await connection.fetchval("select to_regclass('daybook.event')") is None


async def test_keys_out_of_reach_are_a_log_out_of_reach() -> None:
    """Whoever waits for the log to come back waits for its keys as well."""
    keys = PersonKeys("postgresql://nobody@/nothing?host=/nowhere", MasterKeys.parse(MASTER_KEY))

    for call in (keys.find([ANNA]), keys.make([ANNA]), keys.destroy([ANNA]), keys.secret("x")):
        with pytest.raises(LogUnavailable):
            await call
