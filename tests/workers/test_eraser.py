"""The eraser: whoever was erased in the log has no key, stands in the ledger, and in no build that is kept."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from daybook import erasure_ledger
from daybook.metrics import Metrics
from daybook.telemetry import Untraced
from events.candidate import CandidateErased, CandidateRegistered
from events.catalogue import CODEC
from events.log import Log, LogUnavailable
from events.memory import MemoryLog
from events.sealed import SealedLog
from projections.building import fill_here, rebuild
from projections.candidates import CANDIDATES
from projections.catalogue import PERSONAL_MODELS, PROJECTIONS
from projections.runner import Runner
from projections.snapshots import lay_out
from tests.events.attempts import write
from tests.events.postgres.looking import owner, until
from tests.projections.running import at_work as projecting
from tests.projections.running import caught_up
from tests.support.keys import Ring
from workers.eraser import Eraser

SCHEMAS = "select nspname from pg_namespace where nspname like 'candidates%' order by 1"


def person() -> CandidateRegistered:
    """Somebody new."""
    return CandidateRegistered(uuid4(), "Kim", "+49 1", None, None, "berlin", "screening", "de")


@asynccontextmanager
async def at_work(log: Log, url: str, ring: Ring, ledger: Path) -> AsyncIterator[None]:
    """Erase meanwhile."""
    eraser = asyncio.create_task(Eraser(log, url, ring, ledger).run())
    try:
        yield
        assert not eraser.done()
    finally:
        eraser.cancel()
        with suppress(asyncio.CancelledError):
            await eraser


async def erased(log: Log, *people: CandidateRegistered) -> int:
    """Write that they were erased."""
    return [await write(log, CODEC.encode(CandidateErased(each.candidate_id, each.candidate_id))) for each in people][
        -1
    ]


async def position(url: str) -> int:
    """How far the eraser says it is."""
    async with owner(url) as connection:
        return int(await connection.fetchval("select position from workers.erasure") or 0)


async def reached(url: str, wanted: int) -> None:
    """Wait until the eraser is there."""

    async def there() -> bool:
        return await position(url) >= wanted

    await until(there)


def gone(ring: Ring) -> set[UUID]:
    """Whose keys were destroyed."""
    return {key for key, cipher in ring.made.items() if cipher is None}


async def test_whoever_was_erased_has_no_key_and_stands_in_the_ledger(database_url: str, tmp_path: Path) -> None:
    """Those from before it started and those after it; nobody else."""
    raw, ring, ledger = MemoryLog(), Ring(), tmp_path / "ledger"
    log = SealedLog(raw, ring)
    anna, ben, carl = person(), person(), person()
    for each in (anna, ben, carl):
        await write(log, CODEC.encode(each))
    await erased(raw, anna)

    async with at_work(raw, database_url, ring, ledger):
        await reached(database_url, 4)
        await reached(database_url, await erased(raw, ben))

    assert gone(ring) == {anna.candidate_id, ben.candidate_id}
    assert [(each.candidate_id, each.position) for each in erasure_ledger.read(ledger)] == [
        (anna.candidate_id, 4),
        (ben.candidate_id, 5),
    ]


async def test_it_goes_on_where_it_stood(database_url: str, tmp_path: Path) -> None:
    """Started again it does not begin at the beginning; told to, it does no harm by doing all once more."""
    raw, ring, ledger = MemoryLog(), Ring(), tmp_path / "ledger"
    anna, ben = person(), person()
    await erased(raw, anna)
    async with at_work(raw, database_url, ring, ledger):
        await reached(database_url, 1)
    ledger.unlink()

    await erased(raw, ben)
    async with at_work(raw, database_url, ring, ledger):
        await reached(database_url, 2)
    only_ben = erasure_ledger.read(ledger)
    async with owner(database_url) as connection:
        await connection.execute("delete from workers.erasure")
    async with at_work(raw, database_url, ring, ledger):
        await reached(database_url, 2)

    assert [each.candidate_id for each in only_ben] == [ben.candidate_id]
    assert {each.candidate_id for each in erasure_ledger.read(ledger)} == {anna.candidate_id, ben.candidate_id}


async def test_of_two_one_works(database_url: str, tmp_path: Path) -> None:
    """Both run, each person is written down once."""
    raw, ring, ledger = MemoryLog(), Ring(), tmp_path / "ledger"

    async with at_work(raw, database_url, ring, ledger), at_work(raw, database_url, ring, ledger):
        await reached(database_url, await erased(raw, *(person() for _ in range(20))))

    assert ledger.read_bytes().count(b"\n") == 20


async def test_nothing_is_destroyed_that_is_not_written_down(database_url: str, tmp_path: Path) -> None:
    """While the ledger cannot be written the key is kept and the position stays; then it goes on."""
    raw, ring = MemoryLog(), Ring()
    anna = person()
    await ring.make([anna.candidate_id])
    await erased(raw, anna)
    (tmp_path / "file").touch()
    eraser = Eraser(raw, database_url, ring, tmp_path / "file" / "ledger")

    async with owner(database_url) as connection:
        with pytest.raises(Exception, match="file"):
            await eraser._catch_up(connection, 0)  # noqa: SLF001  one step, without its pauses

    assert gone(ring) == set()
    assert await position(database_url) == 0


async def test_keys_that_are_away_are_waited_for(database_url: str, tmp_path: Path) -> None:
    """The next try erases."""

    class Away(Ring):
        away = True

        async def destroy(self, people: object) -> list[UUID]:
            if self.away:
                self.away = False
                raise LogUnavailable("away")
            return await super().destroy(people)  # type: ignore[arg-type]

    raw, ring = MemoryLog(), Away()
    anna = person()

    async with at_work(raw, database_url, ring, tmp_path / "ledger"):
        await reached(database_url, await erased(raw, anna))

    assert gone(ring) == {anna.candidate_id}


async def test_builds_that_are_kept_for_the_way_back_are_dropped(database_url: str, tmp_path: Path) -> None:
    """And those of a version that no projector keeps any more; the live one stays, scrubbed."""
    raw, ring = MemoryLog(), Ring()
    log = SealedLog(raw, ring)
    anna = person()
    await write(log, CODEC.encode(anna))
    projector = Runner(log, database_url, telemetry=Untraced(), metrics=Metrics())
    async with projecting(projector):
        assert await caught_up(log, database_url)
    await rebuild(log, database_url, [CANDIDATES])
    async with owner(database_url) as connection:
        await connection.execute("create schema candidates_v2; create schema candidates_v999")
        await connection.execute(
            "insert into projections.checkpoint (name, version, position, held_until)"
            " values ('candidates', 2, 1, now() - interval '2 hours'), ('candidates', 999, 1, now())"
        )
        before = [row[0] for row in await connection.fetch(SCHEMAS)]

    async with projecting(projector), at_work(raw, database_url, ring, tmp_path / "ledger"):
        await reached(database_url, await erased(raw, anna))
        assert await caught_up(log, database_url)

    async with owner(database_url) as connection:
        after = [row[0] for row in await connection.fetch(SCHEMAS)]
        homes = await connection.fetch("select version, home from projections.checkpoint where name = 'candidates'")
        shown = await connection.fetch(f"select * from {CANDIDATES.schema}.candidate")  # noqa: S608  ours
    assert before == ["candidates_v2", CANDIDATES.schema, f"{CANDIDATES.schema}_old", "candidates_v999"]
    assert after == [CANDIDATES.schema, "candidates_v999"]
    assert {tuple(row) for row in homes} == {(CANDIDATES.version, "live"), (999, "live")}
    assert [(row["name"], row["phone"], row["status"]) for row in shown] == [("[redacted]", None, "erased")]


def test_models_with_personal_data_are_known() -> None:
    """A column that says so stands in no other model."""
    personal = {
        model.name
        for model in PROJECTIONS
        for table in model.metadata.sorted_tables
        for column in table.columns
        if (column.comment or "").startswith("Personal")
    }

    assert personal == {model.name for model in PERSONAL_MODELS}


async def test_nobody_who_was_erased_stands_in_the_past(database_url: str, tmp_path: Path) -> None:
    """What was laid out before holds their name no longer; those of others stay."""
    ring, anna, ben = Ring(), person(), person()
    log = SealedLog(MemoryLog(), ring)
    for each in (anna, ben):
        await write(log, CODEC.encode(each))
    await lay_out(log, database_url, "as_of_2", 2, partial(fill_here, log, database_url))

    async with at_work(log, database_url, ring, tmp_path / "ledger"):
        await reached(database_url, await erased(log, anna))

    async with owner(database_url) as connection:
        named = await connection.fetch("select candidate_id, name from as_of_2.candidate")
    assert {tuple(row) for row in named} == {(anna.candidate_id, "[redacted]"), (ben.candidate_id, "Kim")}
