"""What a read model cannot take in is set aside, with all that follows under the same key; everything else goes on."""

from typing import Any

import asyncpg
import msgspec
import pytest

from events.booking import SlotBooked
from events.candidate import CandidateAdvanced, CandidateErased
from events.codec import Codec
from events.log import Recorded
from events.memory import MemoryLog
from events.personal import REDACTED
from projections import member, parking
from projections.bookings import BOOKINGS
from projections.building import verify
from projections.candidates import CANDIDATES
from projections.catalogue import PROJECTIONS
from projections.parking import Listed, WishKind
from projections.projection import Projection, key_text
from projections.slots import SLOTS
from tests.events.postgres.looking import owner, until
from tests.projections.running import at_work, booked_seats, caught_up, checkpoints, log_of, runner, write_all
from tests.support.deciding import CANDIDATE, SLOT, booked, cancelled, candidate, slot, some_id

OTHER = some_id("another slot")
FAULTY = slot(SLOT, capacity=3)
SOUND = slot(OTHER, capacity=3)
HISTORY = [candidate(), FAULTY, SOUND, booked(FAULTY), booked(SOUND, some_id("b2")), cancelled(booked(FAULTY))]


def _failing(projection: Projection, *kinds: type[Any], about: Any = SLOT) -> Projection:
    """A read model with a fault: it cannot take in these events of one key."""

    def project(event: Any, key: Any, recorded: Recorded, rows: Any) -> None:
        projection.project(event, key, recorded, rows)
        if isinstance(event, kinds) and key == about:
            raise ZeroDivisionError("personal words")

    return msgspec.structs.replace(projection, project=project)


def _beside_others(broken: Projection) -> list[Projection]:
    return [broken if each.name == broken.name else each for each in PROJECTIONS]


async def _parked(url: str) -> list[tuple[int, str | None]]:
    return [(each.position, each.error) for each in await _listed(url)]


async def _listed(url: str) -> list[Listed]:
    async with owner(url) as connection:
        return await parking.listed(connection, None, 100)


async def _wish(url: str, kind: WishKind, projection: Projection = SLOTS) -> None:
    async with owner(url) as connection:
        assert await parking.ask(connection, projection, None, kind) == 1
        await until(lambda: _is_granted(connection, projection))


async def _is_granted(connection: asyncpg.Connection, projection: Projection) -> bool:
    return not await parking.ungranted(connection, projection)


async def _parked_log(url: str) -> MemoryLog:
    """A read model has set aside a booking of one slot, and what came after it."""
    log = await log_of(HISTORY)
    projections = _beside_others(_failing(SLOTS, SlotBooked))
    async with at_work(runner(log, url, projections)):
        assert await caught_up(log, url, projections)
    return log


async def test_event_that_fails_waits_with_all_that_follow_under_its_key(database_url: str) -> None:
    """Other keys, other read models and the checkpoint go on; what the event had changed already is taken back."""
    log = await _parked_log(database_url)

    assert await _parked(database_url) == [(4, "ZeroDivisionError"), (6, None)]
    assert {each.key for each in await _listed(database_url)} == {key_text(SLOT)}
    assert await booked_seats(database_url) == {str(OTHER): 1}
    assert set((await checkpoints(database_url)).values()) == {(await log.head(), None)}


async def test_event_whose_rows_cannot_be_named_waits_like_one_that_fails(database_url: str) -> None:
    """Whether or not its rows happen to be at hand; what else is in the batch is taken in."""
    log = await log_of(HISTORY)

    def reads(event: Any, key: Any) -> Any:
        if isinstance(event, SlotBooked) and key == SLOT:
            raise ZeroDivisionError
        return SLOTS.reads(event, key)

    projections = _beside_others(msgspec.structs.replace(SLOTS, reads=reads))
    async with at_work(runner(log, database_url, projections)):
        assert await caught_up(log, database_url, projections)

    assert await _parked(database_url) == [(4, "ZeroDivisionError"), (6, None)]
    assert await booked_seats(database_url) == {str(OTHER): 1}


async def test_what_waits_is_told_without_a_word_of_the_error(database_url: str) -> None:
    """The text of an exception may hold what is personal."""
    await _parked_log(database_url)

    async with owner(database_url) as connection:
        rows = await connection.fetch("select p::text from projections.parked p")

    assert not any("personal" in row[0] for row in rows)


async def test_who_is_erased_waits_for_nothing(database_url: str) -> None:
    """A candidate of whom something waits is erased from the row at once, and once more when all is tried again."""
    log = await log_of([candidate(), CandidateAdvanced(CANDIDATE, "screening", "final", None)])
    projections = _beside_others(_failing(CANDIDATES, CandidateAdvanced, about=CANDIDATE))
    async with at_work(runner(log, database_url, projections)):
        assert await caught_up(log, database_url, projections)
        await write_all(log, [CandidateErased(CANDIDATE, CANDIDATE)])
        assert await caught_up(log, database_url, projections)
    async with owner(database_url) as connection:
        before = await connection.fetchrow(_CARD)
    waiting = await _parked(database_url)

    async with at_work(runner(log, database_url)):
        await _wish(database_url, "retry", CANDIDATES)

    assert (tuple(before or ()), waiting) == ((REDACTED, "", "erased"), [(2, "ZeroDivisionError"), (3, None)])
    assert await _parked(database_url) == []
    assert not any(each.differences for each in await verify(log, database_url, [CANDIDATES]))


async def test_erasure_that_fails_stands_behind_what_waits(database_url: str) -> None:
    """It does not become the reason: a batch that comes to nothing would let go of a key that waits since long."""
    log = await log_of([candidate(), CandidateAdvanced(CANDIDATE, "screening", "final", None)])
    broken = _failing(CANDIDATES, CandidateAdvanced, CandidateErased, about=CANDIDATE)
    async with at_work(runner(log, database_url, _beside_others(broken))):
        assert await caught_up(log, database_url, _beside_others(broken))
        await write_all(log, [CandidateErased(CANDIDATE, CANDIDATE)])
        assert await caught_up(log, database_url, _beside_others(broken))

    assert await _parked(database_url) == [(2, "ZeroDivisionError"), (3, None)]


_CARD = f"select name, search_name, status from {CANDIDATES.schema}.candidate"  # noqa: S608  a name of ours


async def test_later_projector_knows_what_waits(database_url: str) -> None:
    """An event of a key that waits joins those before it, also after a restart."""
    log = await _parked_log(database_url)
    await write_all(log, [booked(FAULTY, some_id("b3"))])

    async with at_work(runner(log, database_url)):
        assert await caught_up(log, database_url)

    assert await _parked(database_url) == [(4, "ZeroDivisionError"), (6, None), (7, None)]
    assert await booked_seats(database_url) == {str(OTHER): 1}


async def test_repaired_read_model_takes_in_what_waited(database_url: str) -> None:
    """Tried again, in their order; after that the key is as any other."""
    log = await _parked_log(database_url)

    async with at_work(runner(log, database_url)):
        await _wish(database_url, "retry")
        await write_all(log, [booked(FAULTY, some_id("b3"))])
        assert await caught_up(log, database_url)

    assert await _parked(database_url) == []
    assert await booked_seats(database_url) == {str(OTHER): 1, str(SLOT): 1}


@pytest.mark.parametrize(("kind", "broken", "begun"), [("retry", (), 1), ("retry", (SlotBooked,), 0), ("drop", (), 0)])
async def test_rows_that_change_by_a_wish_are_a_new_generation(
    database_url: str, kind: WishKind, broken: tuple[type[Any], ...], begun: int
) -> None:
    """No event tells of them. What fails again changes nothing, nor does what is dropped."""
    log = await _parked_log(database_url)

    async with at_work(runner(log, database_url, _beside_others(_failing(SLOTS, *broken)))):
        await _wish(database_url, kind)

    async with owner(database_url) as connection:
        assert await connection.fetchval("select number from projections.generation") == begun


async def test_what_fails_again_waits_again(database_url: str) -> None:
    """A retry with the fault still in it loses nothing."""
    log = await _parked_log(database_url)
    projections = _beside_others(_failing(SLOTS, SlotBooked))

    async with at_work(runner(log, database_url, projections)):
        await _wish(database_url, "retry")

    assert await _parked(database_url) == [(4, "ZeroDivisionError"), (6, None)]


async def test_what_cannot_even_be_read_any_more_waits_on(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The projector says so, and goes on with everything else."""
    log = await _parked_log(database_url)
    decode = Codec.decode

    def unable(codec: Codec, kind: str, version: int, data: bytes) -> Any:
        if kind == "BookingCancelled":
            raise ZeroDivisionError
        return decode(codec, kind, version, data)

    async with at_work(runner(log, database_url)):
        monkeypatch.setattr(Codec, "decode", unable)
        await _wish(database_url, "retry")
        await write_all(log, [booked(SOUND, some_id("b4"))])
        assert await caught_up(log, database_url)

    assert await _parked(database_url) == [(4, "ZeroDivisionError"), (6, None)]
    assert await booked_seats(database_url) == {str(OTHER): 2}


async def test_what_is_dropped_is_given_up_and_the_key_goes_on(database_url: str) -> None:
    """The row stands as it stood before the first event that waited."""
    log = await _parked_log(database_url)

    async with at_work(runner(log, database_url)):
        await _wish(database_url, "drop")
        await write_all(log, [booked(FAULTY, some_id("b3"))])
        assert await caught_up(log, database_url)

    assert await _parked(database_url) == []
    assert await booked_seats(database_url) == {str(OTHER): 1, str(SLOT): 1}


async def test_row_that_the_database_refuses_is_found_and_set_aside(database_url: str) -> None:
    """A text with a NUL is valid JSON and no text of PostgreSQL's; of a whole batch this one event waits."""
    bookings = [booked(slot(some_id(f"s{n}")), some_id(f"b{n}")) for n in range(5)]
    bookings[3] = booked(slot(some_id("s3"), location="Room\0"), some_id("b3"))
    log = await log_of(bookings)

    async with at_work(runner(log, database_url, [BOOKINGS])):
        assert await caught_up(log, database_url, [BOOKINGS])

    assert await _parked(database_url) == [(4, "UntranslatableCharacterError")]
    async with owner(database_url) as connection:
        assert await connection.fetchval("select count(*) from bookings_v2.booking") == 4


async def test_read_model_that_fails_at_everything_stands_still(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then it is not the events that are at fault, and nothing is gained by setting all of them aside."""
    monkeypatch.setattr(member, "MOST_PARKED", 1)
    log = await log_of(HISTORY)

    def project(*_: Any) -> None:
        raise ZeroDivisionError

    broken = msgspec.structs.replace(SLOTS, project=project)
    async with at_work(runner(log, database_url, [broken, BOOKINGS])):
        await until(lambda: _is_stopped(database_url))
        assert await caught_up(log, database_url, [BOOKINGS])

    assert (await checkpoints(database_url))["slots"][0] == 0
    assert await _parked(database_url) == []


async def _is_stopped(url: str) -> bool:
    return (await checkpoints(url)).get("slots", (0, None))[1] is not None
