"""Tags are indexed by a hash. Two tags with one hash cost a needless reading, never a wrong answer."""

import pytest
from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

from events.log import Conflict, Under, Written
from events.postgres import PostgresLog
from tests.events.attempts import attempt, condition, fact, settle, whole, write
from tests.events.postgres.looking import owner


@pytest.fixture
async def colliding_log(database_url: str, postgres_log: PostgresLog) -> PostgresLog:
    """A log in which all tags have one hash, and an event stands under a and one under b."""
    async with owner(database_url) as connection:
        await connection.execute(
            "create or replace function daybook.tag_key(tag text) returns bigint"
            " language sql immutable parallel safe as 'select 7::bigint'"
        )
    await write(postgres_log, fact("a"), fact("b", "a2"))
    return postgres_log


async def test_a_reading_shows_its_own_tag_only(colliding_log: PostgresLog) -> None:
    """What stands under the other tag is not shown, but the tag is known to have been read up to there."""
    [first, second] = await whole(colliding_log)

    under = await colliding_log.read_tags({"a": 0, "b": 0, "never": 0})

    assert under == {"a": Under([first], 2), "b": Under([second], 2), "never": Under([], 2)}


async def test_a_needless_conflict_does_not_come_again(colliding_log: PostgresLog) -> None:
    """Where the other tag's event made a conflict, the attempt stands once its tag was read."""
    refused = await settle(colliding_log, attempt(fact("a"), boundaries=[("a", 1)]))
    under = await colliding_log.read_tags({"a": 1})

    settled = await settle(colliding_log, attempt(fact("a"), boundaries=[("a", under["a"].position)]))

    assert refused == [Conflict()]
    assert settled == [Written(3, 3)]


async def test_a_query_matches_its_own_tags_only(colliding_log: PostgresLog) -> None:
    """Queries and conditions look at the tags themselves."""
    [_, second] = await whole(colliding_log)

    found = await whole(colliding_log, DCBQuery([DCBQueryItem(tags=["b"]), DCBQueryItem(tags=["never"])]))
    settled = await settle(colliding_log, attempt(fact("c"), condition=condition(DCBQueryItem(tags=["never"]))))

    assert found == [second]
    assert settled == [Written(3, 3)]
