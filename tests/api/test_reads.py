"""Who reads the log is written down, before they are told; and nobody is told what could not be written down."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from litestar import Litestar

from api import reads as reads_module
from api.reads import NotRecorded, Read, Reads
from tests.api.streaming import SSE, Stream
from tests.api.world import CITY, World
from tests.events.postgres.looking import owner, until

CLOSED = "revoke insert on audit.read from daybook_app"
OPENED = "grant insert on audit.read to daybook_app"


async def recorded(connection: asyncpg.Connection) -> list[dict[str, Any]]:
    """List what was written down, oldest first."""
    rows = [dict(row) for row in await connection.fetch("select * from audit.read order by number")]
    return [{**row, "parameters": json.loads(row["parameters"])} for row in rows]


def a_read(last: int = 1) -> Read:
    """Make a read."""
    return Read(uuid4(), "answer", datetime.now(UTC), "auditor", "the auditor", "/v1/events", "{}", 1, last, None)


async def written(url: str, statement: str = "select count(*) from audit.read") -> int:
    """Count what is written."""
    async with owner(url) as connection:
        return int(await connection.fetchval(statement))


@asynccontextmanager
async def held(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Keep everybody from writing down anything, for as long as this lasts."""
    async with owner(url) as connection, connection.transaction():
        await connection.execute("lock table audit.read in exclusive mode")
        yield connection


async def test_a_reading_of_the_feed_is_written_down(world: World, owner: asyncpg.Connection) -> None:
    """Who, by which route, what they asked for, what they were shown, when, and in which trace."""
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    await world.get("/v1/events?after=1&limit=2&type=&name=Grace", role="auditor", traceparent=trace)

    [read] = await recorded(owner)
    assert (read["kind"], read["role"], read["token"], read["route"]) == (
        "answer",
        "auditor",
        "the auditor",
        "/v1/events",
    )
    assert read["parameters"] == {"after": ["1"], "limit": ["2"], "type": [None]}
    assert (read["first_position"], read["last_position"]) == (None, None)
    assert (datetime.now(UTC) - read["read_at"]).total_seconds() < 600
    assert read["trace"].startswith("00-0af7651916cd43dd8448eb211c80319c-")


async def test_what_was_shown_is_written_down(world: World, owner: asyncpg.Connection) -> None:
    """First and last position of a page and of a history; and that somebody asked for what is not there."""
    await world.get("/v1/events?after=1", role="admin")
    await world.get(f"/v1/history/city:{CITY}?as_of=2", role="auditor")
    await world.get("/v1/history/slot:none", role="auditor")

    page, history, nothing = await recorded(owner)
    assert (page["role"], page["first_position"], page["last_position"]) == ("admin", 2, 3)
    assert (history["route"], history["parameters"]) == ("/v1/history/{tag}", {"tag": [f"city:{CITY}"], "as_of": ["2"]})
    assert (history["first_position"], history["last_position"]) == (1, 1)
    assert (nothing["parameters"], nothing["last_position"]) == ({"tag": ["slot:none"]}, None)


async def test_a_question_about_the_past_is_written_down(world: World, owner: asyncpg.Connection) -> None:
    """By auditors and admins, with the position up to which all counted; a recruiter's own past is not an audit."""
    await world.get(f"/v1/recruiters/{world.recruiter_id}?as_of=3", role="auditor")
    await world.get(f"/v1/recruiters/{world.recruiter_id}/agenda?as_of=2", role="recruiter")
    await world.get("/v1/cities", role="auditor")

    [read] = await recorded(owner)
    assert (read["route"], read["last_position"]) == ("/v1/recruiters/{recruiter_id}", 3)
    assert read["parameters"] == {"recruiter_id": [world.recruiter_id], "as_of": ["3"]}


async def test_who_is_looked_for_is_not_written_down(world: World, owner: asyncpg.Connection) -> None:
    """That somebody was, is; a cursor may hold a name, too, and a parameter that nobody knows may hold anything."""
    await world.get("/v1/candidates?as_of=3&q=grace%20hopper&cursor=R3JhY2U&phone=39170&city_id=Grace%20Hopper")

    [read] = await recorded(owner)
    assert read["parameters"] == {"as_of": ["3"], "q": [None], "cursor": [None], "city_id": [None]}


async def test_a_stream_is_written_down_when_it_begins_and_ends(
    app: Litestar, world: World, owner: asyncpg.Connection
) -> None:
    """Before its first event, and with the last position that the client was taken to."""
    async with Stream(app, "/v1/events?after=1", {**SSE, **world.bearer("auditor")}) as stream:
        begun = await recorded(owner)
        told = [await stream.read(), await stream.read()]

    await until(lambda: owner.fetchval("select count(*) = 2 from audit.read"))
    _, ended = await recorded(owner)
    assert [(each["kind"], each["first_position"], each["last_position"]) for each in begun] == [
        ("stream-begun", 2, None)
    ]
    assert (ended["kind"], ended["first_position"], ended["last_position"]) == ("stream-ended", 2, told[-1].id)
    assert ended["read_id"] == begun[0]["read_id"]


@pytest.mark.parametrize("path", ["/v1/events", "/v1/history/city:rome", "/v1/cities?as_of=3"])
async def test_what_cannot_be_written_down_is_not_told(world: World, owner: asyncpg.Connection, path: str) -> None:
    """The read is refused, with a code of its own; once it can be written again, it is answered."""
    await owner.execute(CLOSED)
    refused = await world.get(path, role="auditor")
    await owner.execute(OPENED)
    answered = await world.get(path, role="auditor")

    assert (refused.status_code, refused.json()["code"]) == (503, "audit-unavailable")
    assert refused.headers["retry-after"]
    assert answered.status_code == 200
    assert len(await recorded(owner)) == 1


async def test_a_stream_that_cannot_be_written_down_does_not_begin(
    app: Litestar, world: World, owner: asyncpg.Connection
) -> None:
    """Not a single event of it is told."""
    await owner.execute(CLOSED)

    async with Stream(app, "/v1/events", {**SSE, **world.bearer("auditor")}) as stream:
        status = stream.status
    await owner.execute(OPENED)

    assert status == 503


async def test_nobody_is_told_before_it_is_written(database_url: str, world: World) -> None:
    """While the record cannot be written yet, the answer is not given."""
    async with held(database_url) as connection:
        asking = asyncio.create_task(world.get("/v1/events", role="auditor"))
        blocked = "select count(*) > 0 from pg_locks where not granted and relation = 'audit.read'::regclass"
        await until(lambda: connection.fetchval(blocked))
        told_already = asking.done()

    assert not told_already
    assert (await asking).status_code in {200, 503}  # 503 if the lock was held for too long


async def test_reads_of_many_share_a_commit(database_url: str) -> None:
    """Those that come while one is written go together."""
    async with Reads(database_url) as reads:
        await asyncio.gather(*(reads.record(a_read()) for _ in range(100)))

    assert await written(database_url) == 100
    assert await written(database_url, "select count(distinct xmin::text) from audit.read") <= 2


async def test_who_leaves_is_written_down_all_the_same(database_url: str) -> None:
    """A client that goes away has asked."""
    async with Reads(database_url) as reads:
        leaving = asyncio.create_task(reads.record(a_read()))
        await asyncio.sleep(0)
        leaving.cancel()
        await reads.record(a_read())

    assert await written(database_url) == 2


async def test_stopping_writes_what_waits(database_url: str) -> None:
    """And then no more is taken on."""
    async with Reads(database_url) as reads:
        reads.note(a_read())

    assert await written(database_url) == 1
    with pytest.raises(NotRecorded):
        await reads.record(a_read())


async def test_the_end_of_a_stream_is_written_once_that_is_possible(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot be refused any more, so it waits, in its place."""
    monkeypatch.setattr(reads_module, "RETRY_SECONDS", 0.01)
    async with owner(database_url) as connection:
        await connection.execute(CLOSED)
        async with Reads(database_url) as reads:
            reads.note(a_read(7))
            with pytest.raises(NotRecorded):
                await reads.record(a_read(8))
            await connection.execute(OPENED)
            await reads.record(a_read(9))

    assert (
        await written(
            database_url,
            "select string_agg(last_position::text, ' ' order by number)::int from "
            "(select * from audit.read where last_position = 7) _",
        )
        == 7
    )
    assert await written(database_url) == 2


async def test_what_waits_is_bounded(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than that is refused at once, and the end of a stream is told to the log."""
    monkeypatch.setattr(reads_module, "MOST_WAITING", 1)
    async with Reads(database_url) as reads:
        first = asyncio.create_task(reads.record(a_read()))
        await asyncio.sleep(0)
        with pytest.raises(NotRecorded):
            await reads.record(a_read())
        reads.note(a_read())
        await first

    assert await written(database_url) == 1


async def test_a_database_out_of_reach_refuses_reads(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the process stops: nobody is left waiting."""
    monkeypatch.setattr(reads_module, "CLOSING_SECONDS", 0.01)
    async with Reads(database_url.replace("port=", "port=1")) as reads:
        with pytest.raises(NotRecorded):
            await reads.record(a_read())
        reads.note(a_read())


@pytest.mark.parametrize(
    "change", ["update audit.read set token = 'nobody'", "delete from audit.read", "truncate audit.read"]
)
async def test_nobody_edits_what_was_written(database_url: str, change: str) -> None:
    """The application was not granted it, and the owner is refused by triggers."""
    async with Reads(database_url) as reads:
        await reads.record(a_read())

    async with owner(database_url) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError) as refused:
            await connection.execute(change)
        await connection.execute("set role daybook_app")
        with pytest.raises(asyncpg.InsufficientPrivilegeError) as denied:
            await connection.execute(change)

    assert str(refused.value) == f"audit.read is append-only: {change.split(maxsplit=1)[0].upper()} refused"
    assert str(denied.value) == "permission denied for table read"


async def test_reads_are_listed_newest_first(world: World) -> None:
    """Page by page, of one token, within a time; reading that list is no audit of the log."""
    for number in range(3):
        await world.get(f"/v1/events?after={number}", role="auditor")
    await world.get("/v1/events", role="admin")

    first = (await world.get("/v1/audit/reads?limit=2&token=the auditor", role="auditor")).json()
    last = (await world.get(f"/v1/audit/reads?limit=2&token=the auditor&cursor={first['next_cursor']}")).json()
    all_of_them = (await world.get("/v1/audit/reads")).json()["items"]
    later = (await world.get("/v1/audit/reads?from=2100-01-01T00:00:00Z")).json()["items"]
    earlier = (await world.get("/v1/audit/reads?to=2100-01-01T00:00:00Z")).json()["items"]

    assert [each["parameters"]["after"] for each in (*first["items"], *last["items"])] == [["2"], ["1"], ["0"]]
    assert last["next_cursor"] is None
    assert [each["token"] for each in all_of_them] == ["the admin", *["the auditor"] * 3]
    assert (later, earlier) == ([], all_of_them)
