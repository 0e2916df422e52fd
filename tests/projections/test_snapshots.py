"""Read models of then, for SQL: what a projector that had stopped there would have left, and what cards tell."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest

from daybook.database import connect
from daybook.engine import Connection, open_engine
from daybook.metrics import Metrics
from daybook.watching import DatabaseWatch
from events import tags
from events.candidate import CandidateErased
from events.log import Log, Recorded
from events.memory import MemoryLog
from events.postgres import open_log
from projections.bookings import BOOKINGS
from projections.building import fill_here
from projections.candidates import CANDIDATES
from projections.catalogue import PROJECTIONS
from projections.directory import DIRECTORY
from projections.folding import Unfoldable
from projections.past import Past, open_past
from projections.projection import Projection
from projections.replaying import Needed
from projections.schema import create_missing
from projections.slots import SLOTS
from projections.snapshots import BeingLaidOut, Snapshot, drop, lay_out, listed, named, together
from projections.waitlists import WAITLISTS
from queries.booking_card import booking_card
from queries.candidate_card import candidate_card
from queries.slot_card import slot_card
from tests.events.postgres.looking import owner
from tests.projections.running import at_work, caught_up, rows_of, runner, story, write_all
from tests.support.deciding import CANDIDATE, NOW, SLOT, booked, candidate, slot, some_id

ALL_OF_BOOKINGS: Final = (BOOKINGS, SLOTS, DIRECTORY, CANDIDATES)
Card = tuple[Needed, Callable[[Connection], Awaitable[Any]]]


def cards(events: Sequence[Recorded]) -> dict[str, Card]:
    """Name a card of each kind, of what the last events are about."""
    parts = (tag.partition(":") for event in events for tag in event.tags)
    ids = {kind: UUID(id_) for kind, _, id_ in parts if _is_id(id_)}
    slot_id, booking_id, candidate_id = ids["slot"], ids["booking"], ids["candidate"]
    return {
        "slot": (Needed((SLOTS, DIRECTORY), tags.slot(slot_id)), lambda asked: slot_card(asked, slot_id, NOW)),
        "booking": (Needed(ALL_OF_BOOKINGS, tags.booking(booking_id)), lambda asked: booking_card(asked, booking_id)),
        "candidate": (
            Needed((CANDIDATES, WAITLISTS, DIRECTORY), tags.candidate(candidate_id)),
            lambda asked: candidate_card(asked, candidate_id, NOW),
        ),
    }


def _is_id(text: str) -> bool:
    return len(text) == len(str(SLOT)) and text.count("-") == str(SLOT).count("-")


async def _tables(url: str, models: Sequence[Projection]) -> dict[str, list[str]]:
    """Read every table, by its name without the schema."""
    return {name.partition(".")[2]: rows for name, rows in (await rows_of(url, models)).items()}


async def _laid_out(log: Log, url: str, position: int, schema: str | None = None) -> Snapshot:
    return await lay_out(log, url, schema or named(position), position, partial(fill_here, log, url))


async def _told(past: Past, url: str, events: Sequence[Recorded], schema: str) -> dict[str, tuple[Any, Any]]:
    """Ask for each card as of then, and in the tables that were laid out."""
    laid_out = tuple((each.schema, schema) for each in PROJECTIONS)
    async with (
        open_engine(url, 1, DatabaseWatch(Metrics()), schemas=laid_out) as engine,
        engine.connect() as connection,
    ):
        return {
            name: (await past.ask(needed, len(events), query), await query(connection))
            for name, (needed, query) in cards(events).items()
        }


async def _compare(url: str, events: Sequence[Any], positions: Sequence[int]) -> None:
    """Lay out at each position; beside it goes a projector, batch by batch, over a log that ends there."""
    connection = await connect(url, "test")
    await create_missing(connection, PROJECTIONS)
    await connection.close()
    async with open_log(url) as log, open_past(log, url, DatabaseWatch(Metrics())) as past:
        await write_all(log, events)
        recorded: list[Recorded] = [event async for event in log.read()]
        cut = MemoryLog()
        async with at_work(runner(cut, url)):
            for position in sorted(positions):
                cut._events[:] = recorded[:position]  # noqa: SLF001  the very same events, up to there
                cut._wake()  # noqa: SLF001  as above
                assert await caught_up(cut, url)
                schema = (await _laid_out(log, url, position)).schema
                assert await _tables(url, together(schema)) == await _tables(url, PROJECTIONS), position
                for name, (then, here) in (await _told(past, url, recorded[:position], schema)).items():
                    assert then == here, (name, position)
                    assert here is not None, (name, position)
                await drop(url, schema)


async def test_tables_are_those_of_a_projector_that_had_stopped_there(database_url: str) -> None:
    """At random positions of a random history, table by table; and cards as of then tell the same."""
    events = story(seed=81, length=60)

    await _compare(database_url, events, random.Random(81).sample(range(30, len(events) + 1), 4))


@pytest.mark.nightly
async def test_tables_are_those_of_a_projector_at_many_positions(database_url: str) -> None:
    """The same, two hundred times."""
    events = story(seed=82, length=600)

    await _compare(database_url, events, random.Random(82).sample(range(90, len(events) + 1), 200))


async def test_what_is_laid_out_says_what_it_shows(database_url: str) -> None:
    """Its position and when that was recorded, also by SQL; it is listed until it is dropped."""
    async with open_log(database_url) as log:
        await write_all(log, [slot(), booked(slot())])
        [first] = [event async for event in log.read(limit=1)]
        empty, one = await _laid_out(log, database_url, 0), await _laid_out(log, database_url, 1)
        again = await _laid_out(log, database_url, 1)
    found = await listed(database_url)

    gone = [await drop(database_url, "as_of_1"), await drop(database_url, "as_of_1")]

    assert (empty.schema, empty.position, empty.recorded_at) == ("as_of_0", 0, None)
    assert (one.schema, one.position, one.recorded_at) == ("as_of_1", 1, first.recorded_at)
    assert again.laid_out_at > one.laid_out_at
    assert found == [empty, again]
    assert gone == [True, False]
    assert await listed(database_url) == [empty]


READ_SLOTS = "select count(*) from as_of_3.slot"
READ_PEOPLE = "select count(status) from as_of_3.candidate"
READ_NAMES = "select count(name) from as_of_3.candidate"
READ_FACTS = "select (select count(*) from as_of_3.fact_booking) + 0 * (select count(*) from as_of_3.no_show_rate)"


async def test_auditors_may_read_what_names_nobody_and_analysts_their_own(database_url: str) -> None:
    """By SQL neither sees a person's name in the past, and neither may change it."""
    async with open_log(database_url) as log:
        await write_all(log, [slot(), candidate(), booked(slot())])
        await _laid_out(log, database_url, 3)

    assert await _as_role(database_url, "daybook_auditor", READ_SLOTS) == 1
    assert await _as_role(database_url, "daybook_auditor", READ_PEOPLE) == 1
    assert await _as_role(database_url, "daybook_analyst", READ_FACTS) == 1
    for role, statement in (
        ("daybook_auditor", READ_NAMES),
        ("daybook_analyst", READ_PEOPLE),
        ("daybook_analyst", READ_SLOTS),
        ("daybook_auditor", "select * from daybook.event"),
        ("daybook_auditor", "delete from as_of_3.slot"),
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _as_role(database_url, role, statement)


async def _as_role(url: str, role: str, statement: str) -> Any:
    async with owner(url) as connection:
        await connection.execute(f"set role {role}")
        return await connection.fetchval(statement)


async def test_nothing_half_built_is_ever_seen(database_url: str) -> None:
    """A layout that fails leaves nothing, and what was there before stays; two of one name do not mix."""
    begun, go_on = asyncio.Event(), asyncio.Event()
    async with open_log(database_url) as log:
        await write_all(log, [slot(), booked(slot())])
        before = await _laid_out(log, database_url, 1, "as_of_trial")

        async def fail(*_: object) -> None:
            begun.set()
            await go_on.wait()
            raise Unfoldable("on purpose")

        failing = asyncio.create_task(lay_out(log, database_url, "as_of_trial", 2, fail))
        await begun.wait()
        seen = await listed(database_url)
        with pytest.raises(BeingLaidOut):
            await _laid_out(log, database_url, 2, "as_of_trial")
        go_on.set()
        with pytest.raises(Unfoldable):
            await failing

    assert seen == await listed(database_url) == [before]
    async with owner(database_url) as connection:
        assert await connection.fetchval("select to_regnamespace('as_of_trial_next')") is None


async def test_who_is_erased_meanwhile_is_not_laid_out(database_url: str) -> None:
    """Their key may have been there when their events were read."""
    async with open_log(database_url) as log:
        await write_all(log, [candidate(), candidate(other := some_id("other"))])

        async def fill(models: Sequence[Projection], until: int) -> None:
            await fill_here(log, database_url, models, until)
            await write_all(log, [CandidateErased(CANDIDATE, CANDIDATE)])

        await lay_out(log, database_url, "as_of_2", 2, fill)

    async with owner(database_url) as connection:
        rows = await connection.fetch("select candidate_id, name, phone, search_name, status from as_of_2.candidate")
    told = {row[0]: tuple(row)[1:] for row in rows}
    assert told == {CANDIDATE: ("[redacted]", None, "", "active"), other: ("Kim", "+49301234567", " kim", "active")}


@pytest.mark.parametrize("name", ["as_of_", "as_of_A", "as_off_1", 'as_of_1"; drop schema daybook', "as_of_1.x"])
async def test_application_makes_no_other_schemas(database_url: str, name: str) -> None:
    """The names of what is laid out are as narrow as those of read models."""
    connection = await connect(database_url, "test")
    try:
        with pytest.raises(asyncpg.InvalidSchemaNameError):
            await connection.execute("select projections.create_schema($1)", name)
    finally:
        await connection.close()
