"""Questions to the read models read what they need by index, however much there is."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import msgspec
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

# They lie in the order in which they were published, which is not that of their times.
MANY_SLOTS = """
    insert into slots_v3.slot
    select gen_random_uuid(), gen_random_uuid(), 'city-' || n % 20, 'stage-' || n % 3,
        case when n % 10 = 0 then md5((n % 200)::text)::uuid end, n::text, now() + n * interval '1 minute',
        now() + n * interval '1 minute', 'UTC', now(), now(), null, 1, 1, 0, '{}', 'open', null, n
    from generate_series(1, 20000) n order by md5(n::text)"""
MANY_BOOKINGS = """
    insert into bookings_v2.booking
    select gen_random_uuid(), gen_random_uuid(), slot_id, recruiter_id, city_id, stage_id, starts_at, ends_at, zone,
        local_start, null, 'active', 'auto', null, null, null, 1, 0, 0, now(), 'candidate', now(), 'candidate', null,
        null, null, null, changed_at_position
    from slots_v3.slot"""
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
MANY_RECRUITERS = """
    insert into directory_v3.recruiter
    select gen_random_uuid(), 'Anna', '[]', 0, null, null, 'UTC', true, ' anna', n from generate_series(1, 1000) n"""
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
ENOUGH = 400
SMALL = ("city", "stage", "test")
SCANS = "select relname, seq_scan from pg_stat_xact_user_tables where relname <> all ($1)"
FETCHED = "select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint from pg_stat_xact_user_tables"
TABLES = (
    "slots_v3.slot, bookings_v2.booking, candidates_v4.candidate, candidates_v4.result, waitlists_v1.waiting,"
    " waitlists_v1.offer, series_v1.series, series_v1.occurrence, directory_v3.absence,"
    " directory_v3.recruiter, daybook.command"
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
    MANY_RECRUITERS,
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


Question = Callable[[], Awaitable[object]]


async def slots_and_bookings(connection: Connection, now: datetime) -> dict[str, Question]:
    """Name questions for slots and bookings with all kinds of filters."""
    [known] = (await bookings(connection, BookingFilters(), Paging(1))).items
    candidate_id, recruiter_id = known.candidate.id, known.recruiter.id
    place = SlotFilters("city-1", "stage-1", now)
    of_series = SlotFilters(series_id=UUID(int=1), status="all")
    slot_filters = {
        "open slots": SlotFilters(),
        "open slots of a city": SlotFilters("city-1"),
        "open slots of a place": place,
        "all slots of a place": msgspec.structs.replace(place, status="all"),
        "all slots of a city in a week": SlotFilters("city-1", None, now, now + timedelta(days=7), "all"),
        "slots of a series": of_series,
    }
    booking_filters = {
        "bookings": BookingFilters(),
        "bookings of a city": BookingFilters(city_id="city-1", status="active"),
        "bookings of a candidate": BookingFilters(candidate_id=candidate_id),
        "bookings of a recruiter": BookingFilters(recruiter_id=recruiter_id, from_=now),
    }
    return {
        **{name: partial(open_slots, connection, asked, Paging(), now) for name, asked in slot_filters.items()},
        **{name: partial(bookings, connection, asked, Paging()) for name, asked in booking_filters.items()},
        "agenda": lambda: agenda(connection, AgendaFilters(recruiter_id), Paging(), now),
        "calendar": lambda: calendar_feed(connection, recruiter_id, now),
        "absences": lambda: absences_between(connection, recruiter_id, now, None),
    }


async def candidates_and_lists(connection: Connection, now: datetime) -> dict[str, Question]:
    """Name questions for candidates, waitlists, series and refusals with all kinds of filters."""
    [known] = (await candidates(connection, CandidateFilters(), Paging(1))).items
    [rule] = (await series(connection, None, Paging(1))).items
    candidate_filters = {
        "candidates": CandidateFilters(),
        "candidates of a stage": CandidateFilters("stage-1"),
        "candidates of a place": CandidateFilters("stage-1", "city-1", "active"),
    }
    refusal_filters = {
        "refusals": RefusalFilters(),
        "refusals of a candidate": RefusalFilters(candidate_id=UUID(int=1)),
        "refusals of a slot": RefusalFilters(slot_id=UUID(int=1)),
        "refusals of a booking": RefusalFilters(booking_id=UUID(int=1)),
        "refusals of a time": RefusalFilters(from_=now, to=now),
    }
    return {
        **{name: partial(candidates, connection, asked, Paging()) for name, asked in candidate_filters.items()},
        **{name: partial(refusals, connection, asked, Paging()) for name, asked in refusal_filters.items()},
        "a candidate": lambda: candidate_card(connection, known.candidate_id, now),
        "waitlist": lambda: waitlist(connection, "city-1", "stage-1", Paging(), now),
        "series": lambda: series(connection, None, Paging()),
        "series of a recruiter": lambda: series(connection, rule.recruiter.id, Paging()),
        "a series": lambda: series_card(connection, rule.series_id, now),
        "board": lambda: board(connection, "city-1"),
    }


async def test_no_question_reads_more_than_it_needs(database_url: str) -> None:
    """No filter makes PostgreSQL read a whole table, nor most of an index: a page has fifty rows."""
    now = datetime.now(UTC)
    async with asking(database_url) as connection, connection.driver.transaction():
        await fill(connection)
        before = await scans(connection)
        questions = {**await slots_and_bookings(connection, now), **await candidates_and_lists(connection, now)}

        dear = {}
        for name, ask in questions.items():
            for _ in range(7):  # from the sixth time on PostgreSQL may choose a plan that is the same for all values
                fetched = await connection.driver.fetchval(FETCHED)
                await ask()
                fetched = await connection.driver.fetchval(FETCHED) - fetched
                if fetched > ENOUGH:
                    dear[name] = fetched

        assert dear == {}
        assert await scans(connection) == before


async def test_names_are_looked_up_for_what_is_shown(database_url: str) -> None:
    """No table of names is read for a page of a list, also where the planner takes that for cheaper."""
    now = datetime.now(UTC)
    async with asking(database_url) as connection, connection.driver.transaction():
        await fill(connection)
        await connection.driver.execute("set local enable_nestloop = off")
        fetched = await connection.driver.fetchval(FETCHED)

        await open_slots(connection, SlotFilters("city-1", "stage-1", now), Paging(), now)
        await bookings(connection, BookingFilters(city_id="city-1"), Paging())
        await series(connection, None, Paging())

        assert await connection.driver.fetchval(FETCHED) - fetched < 2 * ENOUGH
