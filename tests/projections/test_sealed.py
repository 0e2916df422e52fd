"""Read models over a sealed log: plain while there is a key, redacted afterwards, and still at what was altered."""

import msgspec

from events.candidate import CandidateRegistered
from events.catalogue import CODEC
from events.memory import MemoryLog
from events.personal import REDACTED
from events.sealed import SealedLog
from projections.building import rebuild, verify
from projections.candidates import CANDIDATES
from projections.catalogue import PROJECTIONS
from projections.slots import SLOTS
from tests.events.attempts import whole, write
from tests.events.postgres.looking import owner, until
from tests.projections.running import at_work, caught_up, checkpoints, runner, write_all
from tests.support.deciding import some_id
from tests.support.keys import Ring

KIM = CandidateRegistered(some_id("kim"), "Kim", "+49 1", None, "7", "berlin", "screening", "de")


async def _row(url: str) -> tuple[object, ...]:
    async with owner(url) as connection:
        columns = "name, phone, email, telegram_id"
        (found,) = await connection.fetch(f"select {columns} from {CANDIDATES.schema}.candidate")  # noqa: S608  ours
        return tuple(found)


async def test_a_read_model_shows_plain_values(database_url: str) -> None:
    """The projector has keys: what it writes is what was said, and a rebuild says the same."""
    log = SealedLog(MemoryLog(), Ring())
    await write_all(log, [KIM])

    async with at_work(runner(log, database_url)):
        assert await caught_up(log, database_url)
        assert await _row(database_url) == ("Kim", "+49 1", None, "7")
        assert not any(each.differences for each in await verify(log, database_url, PROJECTIONS))


async def test_a_rebuild_without_a_key_is_redacted(database_url: str) -> None:
    """Of somebody whose key is gone a new build holds nothing, and lacks no row."""
    ring = Ring()
    log = SealedLog(MemoryLog(), ring)
    await write_all(log, [KIM])
    async with at_work(runner(log, database_url)):
        assert await caught_up(log, database_url)
    await ring.destroy([KIM.candidate_id])

    await rebuild(log, database_url, [CANDIDATES])

    assert await _row(database_url) == (REDACTED, REDACTED, None, REDACTED)


async def test_a_broken_seal_stops_those_alone_that_need_it(database_url: str) -> None:
    """A read model that takes candidates in stands still at the altered event, and says so; the others go on."""
    raw = MemoryLog()
    log = SealedLog(raw, Ring())
    await write_all(log, [KIM])
    stored = msgspec.json.decode((await whole(raw))[0].data)
    altered = msgspec.json.encode({**stored, "candidate_id": str(some_id("kim")), "name": "sealed:1:" + "A" * 50})

    async with at_work(runner(log, database_url)):
        assert await caught_up(log, database_url)
        await write(raw, CODEC.encode(KIM)._replace(data=altered))

        async def stopped() -> bool:
            found = await checkpoints(database_url)
            return found["candidates"][1] is not None and found["slots"][0] == 2

        await until(stopped)

    found = await checkpoints(database_url)
    assert found["candidates"] == (1, "StillSealed at position 2 (CandidateRegistered)")
    assert found[SLOTS.name] == (2, None)
