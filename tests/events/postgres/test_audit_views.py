"""The views of the log for SQL: what is shown, that it is all explained, and that the chain can be followed in them."""

import hashlib

from daybook.ids import new_id
from events.log import content_hash
from events.postgres import PostgresLog
from tests.events.attempts import NOW, attempt, fact, settle, whole, write
from tests.events.postgres.looking import owner

VIEWS = ("event", "event_tag", "command", "block")

UNEXPLAINED = """
    select attrelid::regclass::text, attname::text from pg_attribute
    where attrelid in (select oid from pg_class where relnamespace = 'audit'::regnamespace and relkind in ('r', 'v'))
        and attnum >= 0 and not attisdropped and col_description(attrelid, attnum) is null
    union all
    select oid::regclass::text, '' from pg_class
    where relnamespace = 'audit'::regnamespace and relkind in ('r', 'v') and obj_description(oid) is null"""
# The chain once more, of nothing but what the views show: blocks whose hash comes out otherwise.
BROKEN = """
    select first_position from audit.block where last_position > 0 and hash <> encode(sha256(
        decode(previous_hash, 'hex') || int8send(first_position) || int8send(last_position)
        || int8send((extract(epoch from recorded_at) * 1000000)::bigint)
        || (select string_agg(decode(content_hash, 'hex'), ''::bytea order by position) from audit.event
            where position between first_position and last_position)), 'hex')"""


async def test_data_is_shown_as_jsonb(database_url: str, postgres_log: PostgresLog) -> None:
    """What jsonb cannot hold is null, and no reason to fail; what is stored is shown as it is."""
    stored = [b'{"b":1,"a":[null]}', b"no JSON", b"\xff", b'{"a":"\\u0000"}', b"[" * 100_000, b""]
    await write(postgres_log, *(fact("a", data=each) for each in stored))

    async with owner(database_url) as connection:
        rows = await connection.fetch("select data::text, stored from audit.event order by position")

    assert [row["data"] for row in rows] == ['{"a": [null], "b": 1}', *[None] * 5]
    assert [row["stored"] for row in rows] == stored


async def test_an_event_has_its_envelope_and_its_hash(database_url: str, postgres_log: PostgresLog) -> None:
    """Every column says what the log says, hashes in hex."""
    await write(postgres_log, fact("a", "b", type_="Said", data=b'{"x":1}'))
    [event] = await whole(postgres_log)

    async with owner(database_url) as connection:
        shown = await connection.fetchrow("select * from audit.event")

    told = dict(shown or {})
    assert told.pop("data") == '{"x": 1}'
    assert told.pop("stored") == event.data
    assert told.pop("content_hash") == content_hash(event, event, event.decided_at).hex()
    assert told == {name: _plain(getattr(event, name)) for name in told}
    assert {*told} | {"data", "content_hash"} == {*event.__struct_fields__}


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


async def test_events_are_found_by_a_tag(database_url: str, postgres_log: PostgresLog) -> None:
    """The index is at hand, under the key that the comment names."""
    made = f"slot:{new_id()}"
    await write(postgres_log, fact("a", made), fact("b"), fact("b", "a"))
    statement = "select position from audit.event_tag where tag_key = audit.tag_key($1) order by position"

    async with owner(database_url) as connection:
        found = {tag: await connection.fetch(statement, tag) for tag in ("b", made)}

    assert {tag: [row[0] for row in rows] for tag, rows in found.items()} == {"b": [2, 3], made: [1]}


async def test_commands_are_shown_accepted_or_not(database_url: str, postgres_log: PostgresLog) -> None:
    """With what was asked for as jsonb, and the reply as it is kept."""
    accepted, refused = attempt(fact("a"), reply=b"at \x00"), attempt(outcome="slot-full")
    await settle(postgres_log, accepted, refused)

    async with owner(database_url) as connection:
        rows = await connection.fetch(
            "select command_id, body ->> 'text', fingerprint, actor, decided_at, outcome, first_position, position,"
            " reply from audit.command order by outcome"
        )

    assert [tuple(row) for row in rows] == [
        (accepted.command_id, "...", accepted.fingerprint.hex(), "admin:ann", NOW, "accepted", 1, 1, b"at \x00"),
        (refused.command_id, "...", refused.fingerprint.hex(), "admin:ann", NOW, "slot-full", None, 1, b"done"),
    ]


async def test_the_chain_can_be_followed_in_the_views(database_url: str, postgres_log: PostgresLog) -> None:
    """By SQL alone, each block's hash is made of the one before it and of its events; and a change shows."""
    for _ in range(3):
        await write(postgres_log, fact("a"), fact("b"))

    async with owner(database_url) as connection:
        first = await connection.fetchrow("select hash, previous_hash from audit.block where last_position = 0")
        sound = await connection.fetch(BROKEN)
        await connection.execute("alter table daybook.event disable trigger append_only")
        await connection.execute("update daybook.event set content_hash = sha256('forged') where position = 4")
        forged = await connection.fetch(BROKEN)

    assert tuple(first or ()) == (hashlib.sha256(b"daybook").hexdigest(), None)
    assert sound == []
    assert [row[0] for row in forged] == [3]


async def test_every_view_and_column_is_explained(database_url: str) -> None:
    """Whoever opens the schema in a client reads there what it is."""
    async with owner(database_url) as connection:
        unexplained = [tuple(row) for row in await connection.fetch(UNEXPLAINED)]
        there = {row[0] for row in await connection.fetch("select viewname from pg_views where schemaname = 'audit'")}

    assert unexplained == []
    assert there >= {*VIEWS}
