"""Questions to the read models read what they need by index, however much there is."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from daybook.engine import Connection
from queries.absences import absences_between
from queries.agenda import AgendaFilters, agenda
from queries.board import board
from queries.bookings import BookingFilters, bookings
from queries.calendar import calendar_feed
from queries.candidate_card import candidate_card
from queries.candidates import CandidateFilters, candidates
from queries.open_slots import SlotFilters, open_slots
from queries.page import Paging
from queries.refusals import RefusalFilters, refusals
from queries.series import series
from queries.series_card import series_card
from queries.waitlist import waitlist
from tests.queries.asking import asking

# Many small steps over code that other tests cover: measuring that would take as long again.
pytestmark = pytest.mark.unmeasured

MANY_SLOTS = """
    insert into slots_v2.slot
    select gen_random_uuid(), gen_random_uuid(), 'city-' || n % 20, 'stage-' || n % 3,
        case when n % 10 = 0 then md5((n % 200)::text)::uuid end, n::text, now() + n * interval '1 minute',
        now() + n * interval '1 minute', 'UTC', now(), now(), null, 1, 1, 0, '{}', 'open', null, n
    from generate_series(1, 20000) n"""
MANY_BOOKINGS = """
    insert into bookings_v2.booking
    select gen_random_uuid(), gen_random_uuid(), slot_id, recruiter_id, city_id, stage_id, starts_at, ends_at, zone,
        local_start, null, 'active', 'auto', null, null, null, 1, 0, 0, now(), 'candidate', now(), 'candidate', null,
        null, null, null, changed_at_position
    from slots_v2.slot"""
MANY_CANDIDATES = """
    insert into candidates_v4.candidate
    select gen_random_uuid(), 'Kim', null, null, null, 'city-' || n % 20, 'stage-' || n % 3,
        now() - n * interval '1 minute', 'active', null, null, 'de', 0, '{}', now(), ' kim', null, n
    from generate_series(1, 20000) n"""
MANY_RESULTS = """
    insert into candidates_v4.result
    select candidate_id, 'typing', null, null, null, null, null, '[]', 1 from candidates_v4.candidate"""
MANY_WAITING = """
    insert into waitlists_v1.waiting
    select 'city-' || n % 200, 'stage-' || n % 3, gen_random_uuid(), 'waiting', null, null, null, n % 5, now(), n,
        null, '[]', n
    from generate_series(1, 20000) n"""
MANY_OFFERS = """
    insert into waitlists_v1.offer
    select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'city-' || n % 200, 'stage-' || n % 3, 1, '[]',
        now(), n, now(), 'expired', null, n
    from generate_series(1, 20000) n"""
MANY_SERIES = """
    insert into series_v1.series
    select gen_random_uuid(), gen_random_uuid(), 'city-1', 'stage-1', 'UTC', '', '', '[]', null, 30, 1, null, 1,
        'running', null, now() + n * interval '1 minute', now(), n
    from generate_series(1, 20000) n"""
MANY_OCCURRENCES = """
    insert into series_v1.occurrence
    select series_id, '', now(), 'published', gen_random_uuid(), null, 1, 1 from series_v1.series"""
MANY_ABSENCES = """
    insert into directory_v3.absence
    select n, gen_random_uuid(), now(), now(), null, n from generate_series(1, 20000) n"""
MANY_REFUSALS = """
    insert into daybook.command
    select gen_random_uuid(), 'book-slot', convert_to(format(
            '{"slot_id":"%s","candidate_id":"%s"}', md5((n % 1000)::text)::uuid, md5((n % 999)::text)::uuid), 'UTF8'),
        '', 'bot:x', now() + n * interval '1 second', case when n % 2 = 0 then 'slot-full' else 'accepted' end,
        convert_to('{"detail":"No.","facts":{}}', 'UTF8'), null, n, 0
    from generate_series(1, 20000) n"""
SMALL = ("recruiter", "city", "stage", "test")
SCANS = "select relname, seq_scan from pg_stat_xact_user_tables where relname <> all ($1)"
TABLES = (
    "slots_v2.slot, bookings_v2.booking, candidates_v4.candidate, candidates_v4.result, waitlists_v1.waiting,"
    " waitlists_v1.offer, series_v1.series, series_v1.occurrence, directory_v3.absence, daybook.command"
)
FILLED = (
    MANY_SLOTS,
    MANY_BOOKINGS,
    MANY_CANDIDATES,
    MANY_RESULTS,
    MANY_WAITING,
    MANY_OFFERS,
    MANY_SERIES,
    MANY_OCCURRENCES,
    MANY_ABSENCES,
    MANY_REFUSALS,
)


async def fill(connection: Connection) -> None:
    """Put twenty thousand rows into each large table, in a transaction that is never committed."""
    for statement in ("set local role none", *FILLED, f"analyze {TABLES}", "set local role daybook_app"):
        await connection.driver.execute(statement)


async def scans(connection: Connection) -> dict[str, int]:
    """Count how often each large table was read as a whole."""
    rows = await connection.driver.fetch(SCANS, SMALL)
    return {name: count for name, count in rows if count}


async def ask_slots_and_bookings(connection: Connection, now: datetime) -> None:
    """Ask for slots and bookings with all kinds of filters."""
    [known] = (await bookings(connection, BookingFilters(), Paging(1))).items
    await open_slots(connection, SlotFilters(), Paging(), now)
    await open_slots(connection, SlotFilters("city-1"), Paging(), now)
    await open_slots(connection, SlotFilters("city-1", "stage-1", now), Paging(), now)
    await open_slots(connection, SlotFilters(series_id=UUID(int=1), status="all"), Paging(), now)
    await bookings(connection, BookingFilters(), Paging())
    await bookings(connection, BookingFilters(city_id="city-1", status="active"), Paging())
    await bookings(connection, BookingFilters(candidate_id=known.candidate.id), Paging())
    await bookings(connection, BookingFilters(recruiter_id=known.recruiter.id, from_=now), Paging())
    await agenda(connection, AgendaFilters(known.recruiter.id), Paging(), now)
    await calendar_feed(connection, known.recruiter.id, now)
    await absences_between(connection, known.recruiter.id, now, None)


async def ask_candidates_and_lists(connection: Connection, now: datetime) -> None:
    """Ask for candidates, waitlists, series and refusals with all kinds of filters."""
    [known] = (await candidates(connection, CandidateFilters(), Paging(1))).items
    await candidates(connection, CandidateFilters(), Paging())
    await candidates(connection, CandidateFilters("stage-1"), Paging())
    await candidates(connection, CandidateFilters("stage-1", "city-1", "active"), Paging())
    await candidate_card(connection, known.candidate_id, now)
    await board(connection, "city-1")
    await waitlist(connection, "city-1", "stage-1", Paging(), now)
    [rule] = (await series(connection, None, Paging(1))).items
    await series(connection, rule.recruiter.id, Paging())
    await series_card(connection, rule.series_id, now)
    await refusals(connection, RefusalFilters(), Paging())
    await refusals(connection, RefusalFilters(candidate_id=UUID(int=1)), Paging())
    await refusals(connection, RefusalFilters(slot_id=UUID(int=1)), Paging())
    await refusals(connection, RefusalFilters(booking_id=UUID(int=1)), Paging())
    await refusals(connection, RefusalFilters(from_=now, to=now), Paging())


async def test_no_question_reads_a_whole_table(database_url: str) -> None:
    """No filter makes PostgreSQL read a whole table."""
    now = datetime.now(UTC)
    async with asking(database_url) as connection, connection.driver.transaction():
        await fill(connection)
        before = await scans(connection)

        for _ in range(7):  # from the sixth time on PostgreSQL may choose a plan that is the same for all values
            await ask_slots_and_bookings(connection, now)
            await ask_candidates_and_lists(connection, now)

        assert await scans(connection) == before
