"""In their index tags lie in the order in which what they name was made, if its id says when that was."""

import asyncio
import random
from uuid import UUID, uuid4

import psycopg

from daybook.ids import time_ordered
from events.postgres import open_log
from migrations.apply import upgrade
from tests.events.attempts import fact, write
from tests.events.postgres.looking import owner

MOMENT = 1_800_000_000_000
WINDOW = 2**32
"""How many keys there are for what was made within 65 seconds."""

KEYS = "select daybook.tag_key(tag) from unnest($1::text[]) with ordinality tags(tag, place) order by place"
HASHES = "select hashtextextended(tag, 0) from unnest($1::text[]) with ordinality tags(tag, place) order by place"


def made(seconds: int) -> UUID:
    """Make an id that is so many seconds old, or young."""
    return time_ordered(MOMENT + seconds * 1_000, random.randbytes(16))


async def keys_of(url: str, tags: list[str], statement: str = KEYS) -> list[int]:
    """Return the keys of tags."""
    async with owner(url) as connection:
        return [row[0] for row in await connection.fetch(statement, tags)]


async def test_what_is_made_together_lies_together(database_url: str) -> None:
    """A booking, its slot and its candidate, of one minute, among those of a year."""
    minute = [f"{kind}:{made(second)}" for second in range(60) for kind in ("slot", "candidate", "booking")]
    year = [f"slot:{made(86_400 * day)}" for day in range(1, 366)]

    keys = await keys_of(database_url, minute)
    others = await keys_of(database_url, year)

    assert max(keys) - min(keys) < 2 * WINDOW
    assert len(set(keys)) == len(keys)
    assert others == sorted(others)
    assert max(keys) < min(others)


async def test_any_other_tag_lies_at_its_hash(database_url: str) -> None:
    """Also one that is no tag of ours, or looks as if it named an id with a time."""
    id_ = made(0)
    others = [
        f"slot:{uuid4()}",
        "city:berlin",
        "",
        "7",
        "--7",
        "a-b-7",
        "slot:-----------7",
        f"slot:{id_}".upper(),
        f"slot:zzzzzzzz{str(id_)[8:]}",
        f"é{str(id_)[1:]}",
        "city:a-long-name-7-of-a-place",
        "\\x-\t-7\n",
    ]

    assert await keys_of(database_url, others) == await keys_of(database_url, others, HASHES)


async def test_a_key_looks_at_all_of_the_tag(database_url: str) -> None:
    """Days of one agenda lie together, and are not the same."""
    recruiter_id = made(0)
    days = [f"agenda:{recruiter_id}/2027-01-{day:02}" for day in range(1, 32)]

    keys = await keys_of(database_url, days)

    assert len(set(keys)) == len(days)
    assert max(keys) - min(keys) < WINDOW


def test_an_older_log_is_entered_anew(empty_database_url: str) -> None:
    """What was written before tags were ordered by time is found, by whatever tag."""
    upgrade(empty_database_url, "0014")
    tags = [f"slot:{made(0)}", f"slot:{uuid4()}", "city:berlin"]
    asyncio.run(write_down(empty_database_url, tags))
    before = entries(empty_database_url)

    upgrade(empty_database_url)

    assert asyncio.run(found_under(empty_database_url, tags)) == {tags[0]: [1, 2], tags[1]: [1], tags[2]: [1]}
    assert before < entries(empty_database_url)


async def write_down(url: str, tags: list[str]) -> None:
    """Write an event with all the tags, and one with the first."""
    async with open_log(url) as log:
        await write(log, fact(*tags), fact(tags[0]))


async def found_under(url: str, tags: list[str]) -> dict[str, list[int]]:
    """Return the positions that the tags lead to; all events have to be found by all of their tags."""
    async with open_log(url) as log:
        assert await log.unfindable(0, await log.head()) is None
        under = await log.read_tags(dict.fromkeys(tags, 0))
    return {tag: [event.position for event in its.events] for tag, its in under.items()}


def entries(url: str) -> set[tuple[int, int]]:
    """Return all that is in the index."""
    with psycopg.connect(url) as connection:
        return set(connection.execute("select tag_key, position from daybook.event_tag").fetchall())
