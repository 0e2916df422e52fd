"""Looking for people by a part of their name or number."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg
import msgspec

from daybook.database import connect
from daybook.engine import Connection
from events.candidate import CandidateRegistered
from projections import store
from projections.candidates import CANDIDATES, CandidateRow
from projections.directory import DIRECTORY, RecruiterRow
from projections.projection import Projection
from projections.schema import NEEDS, create_missing
from queries.candidates import CandidateFilters, candidates
from queries.directory import recruiters_sought
from queries.page import Paging
from queries.searching import MOST_WORDS, Sought
from tests.projections.folding import rows_after
from tests.queries.asking import connected
from tests.support.deciding import candidate, recruiter, some_id

PEOPLE = {
    "Anna-Maria Rossi": "+39 06 555 1234",
    "Hannah Łukasz": "+48 22 555 9876",
    "José O'Neil": "0049 (0)170 1234567",
    "Алёна Королёва": "+7 495 000-11-22",
    "Li 100% Wei": None,
}
MANY = """
    insert into candidates_v4.candidate
    select gen_random_uuid(), name, null, null, null, 'rome', 'first', now(), 'active', null, null, 'de', 0, '{}',
        now(), ' ' || name, (4900000000 + n * 7919)::text, n
    from (select n, overlay(translate(md5(n::text), '0123456789', 'ghijklmnop') placing ' ' from 8 for 1) name
          from generate_series(1, 50000) n) made"""
SCANS = """
    select 'candidate', seq_scan from pg_stat_xact_user_tables where relid = 'candidates_v4.candidate'::regclass
    union all select name, pg_stat_get_xact_numscans(('candidates_v4.' || name)::regclass)
    from unnest(array['candidate_by_part_of_name', 'candidate_by_part_of_phone']) name"""


def person(name: str, phone: str | None) -> CandidateRegistered:
    """Make a candidate."""
    return msgspec.structs.replace(candidate(some_id(name)), name=name, phone=phone)


@asynccontextmanager
async def laid_out(url: str, *, extensions: bool = True) -> AsyncIterator[asyncpg.Connection]:
    """Lay out the read models of people."""
    owner = await asyncpg.connect(url)
    if not extensions:
        await owner.execute("drop extension pg_trgm")
    await owner.close()
    connection = await connect(url, "test", 60.0)
    await create_missing(connection, [CANDIDATES, DIRECTORY])
    yield connection
    await connection.close()


async def keep(connection: asyncpg.Connection, projection: Projection, rows: Sequence[msgspec.Struct]) -> None:
    """Put rows into the first table of their type."""
    [layout] = [each for each in projection.layouts if each.row is type(rows[0])]
    await store.save(connection, layout, rows)


async def keep_people(connection: asyncpg.Connection) -> None:
    """Put the people into the read model of candidates."""
    rows = rows_after(CANDIDATES, *(person(*each) for each in PEOPLE.items()))
    await keep(connection, CANDIDATES, [rows.get(CandidateRow, some_id(name)) for name in PEOPLE])


async def found(connection: Connection, q: str) -> list[str]:
    """Name the candidates that are found."""
    page = await candidates(connection, CandidateFilters(sought=Sought.name_or_number(q)), Paging())
    return [each.name for each in page.items]


async def test_candidates_are_found_by_parts_of_their_name_and_number(database_url: str) -> None:
    """In any case, without accents, in any order; a word of two letters begins a word of the name."""
    async with laid_out(database_url) as kept:
        await keep_people(kept)

    async with connected(database_url) as connection:
        assert await found(connection, "anna") == ["Anna-Maria Rossi", "Hannah Łukasz"]
        assert await found(connection, "rossi ANNA maria") == ["Anna-Maria Rossi"]
        assert await found(connection, "an") == ["Anna-Maria Rossi"]
        assert await found(connection, "ukas") == ["Hannah Łukasz"]
        assert await found(connection, "jose oneil") == await found(connection, "o'nei") == ["José O'Neil"]
        assert await found(connection, "коро") == ["Алёна Королёва"]
        assert await found(connection, "0170 123-45") == await found(connection, "+49170 1234567") == ["José O'Neil"]
        assert await found(connection, "0039 (0)6 555") == []  # the zero belongs to the number in Italy
        assert await found(connection, "06 555") == ["Anna-Maria Rossi"]
        assert await found(connection, "555 anna") == ["Anna-Maria Rossi", "Hannah Łukasz"]
        assert await found(connection, "555 rossi") == ["Anna-Maria Rossi"]
        assert await found(connection, "rossi lukasz") == []


async def test_wildcards_are_not_looked_for(database_url: str) -> None:
    """What means anything to LIKE is no part of a word."""
    async with laid_out(database_url) as kept:
        await keep_people(kept)

    async with connected(database_url) as connection:
        assert (
            await found(connection, "an%i")
            == await found(connection, "a_na")
            == await found(connection, "%nn%ss%")
            == []
        )
        assert await found(connection, "li%") == ["Li 100% Wei"]
    assert not Sought.name_or_number("%_")


async def test_search_goes_on_page_by_page_in_the_order_of_names(database_url: str) -> None:
    """With the other filters, none is shown twice or left out."""
    async with laid_out(database_url) as kept:
        await keep_people(kept)

    async with connected(database_url) as connection:
        asked = CandidateFilters("screening", "berlin", "active", Sought.name_or_number("anna"))
        first = await candidates(connection, asked, Paging(1))
        second = await candidates(connection, asked, Paging(1, first.next_cursor))
        elsewhere = await candidates(connection, CandidateFilters(city_id="rome", sought=asked.sought), Paging())

    assert [each.name for each in first.items + second.items] == ["Anna-Maria Rossi", "Hannah Łukasz"]
    assert (second.next_cursor, elsewhere.items) == (None, [])


async def test_recruiters_are_found_by_their_name(database_url: str) -> None:
    """They are people, too."""
    named = [msgspec.structs.replace(recruiter(some_id(name)), name=name) for name in ("Ana Ruiz", "Zoë Šimić")]
    rows = rows_after(DIRECTORY, *named)
    async with laid_out(database_url) as kept:
        await keep(kept, DIRECTORY, [rows.get(RecruiterRow, each.recruiter_id) for each in named])

    async with connected(database_url) as connection:
        page = await recruiters_sought(connection, Sought.name("simi zoe"), Paging())

    assert [each.name for each in page.items] == ["Zoë Šimić"]


async def test_search_works_without_the_extension(database_url: str) -> None:
    """A server without trigrams finds the same, by reading more."""
    async with laid_out(database_url, extensions=False) as kept:
        await keep_people(kept)

    async with connected(database_url) as connection:
        assert await found(connection, "anna 1234") == ["Anna-Maria Rossi"]


def test_index_needs_its_extension_in_every_schema() -> None:
    """A read model is built in a schema beside the live one, where the same is to be left out."""
    beside = CANDIDATES.at("candidates_v4_next")

    noted, copied = (
        {str(index.name): index.info for table in each.metadata.sorted_tables for index in table.indexes}
        for each in (CANDIDATES, beside)
    )

    assert copied == noted
    assert noted["candidate_by_part_of_name"] == {NEEDS: "pg_trgm"}


async def test_fifty_thousand_candidates_are_searched_by_index(database_url: str) -> None:
    """By words of any length and by numbers, also with a plan that was made for all values."""
    async with laid_out(database_url) as kept:
        await kept.execute(MANY)
        await kept.execute("analyze candidates_v4.candidate")

    async with connected(database_url) as connection:
        for _ in range(7):  # from the sixth time on PostgreSQL may choose a plan that is the same for all values
            assert await found(connection, "kabc")
            assert await found(connection, "ka hi")
            assert await found(connection, "79190")
        scans = [tuple(row) for row in await connection.driver.fetch(SCANS)]

    assert scans == [("candidate", 0), ("candidate_by_part_of_name", 14), ("candidate_by_part_of_phone", 7)]


def test_of_many_words_the_longest_are_looked_for() -> None:
    """More than a name has are no reason to refuse."""
    sought = Sought.name(" ".join("x" * length for length in range(1, 20)))

    assert len(sought.words) == MOST_WORDS
    assert len(sought.words[-1]) == 20 - MOST_WORDS
