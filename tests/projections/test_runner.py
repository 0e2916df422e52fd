"""The projector against PostgreSQL: nothing twice, nothing halfway, whatever happens to it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import msgspec
import pytest

from events.codec import Codec
from events.log import LogUnavailable, Recorded
from events.memory import MemoryLog
from events.slot import SlotPublished
from projections import batch, checkpoint, leases, store
from projections.catalogue import PROJECTIONS
from projections.checkpoint import Held
from projections.positions import Positions
from projections.slots import SLOTS, SlotRow
from tests.events.postgres.looking import owner, until
from tests.projections.running import (
    at_work,
    booked_seats,
    caught_up,
    checkpoints,
    log_of,
    rows_of,
    runner,
    story,
    taken_seats,
    write_all,
)
from tests.support.deciding import candidate, city, slot

WITHOUT_SLOTS = [each for each in PROJECTIONS if each is not SLOTS]
WITHOUT_FENCE = checkpoint.ADVANCE.replace("position = $5 order", "$5::bigint is not null order").replace(
    "(name, version, shard, epoch)\n        where", "(name, version, shard)\n        where"
)


class HeldLog(MemoryLog):
    """The same events as in another log, but a reader has them only once `gate` is open."""

    def __init__(self, log: MemoryLog) -> None:
        """Hold."""
        super().__init__()
        self._log = log
        self.gate = asyncio.Event()
        self.holding = asyncio.Event()
        self.idle = asyncio.Event()

    async def head(self) -> int:
        """Return that of the other."""
        return await self._log.head()

    async def wait(self, after: int, seconds: float) -> int:
        """Note that the reader has nothing left to do."""
        self.idle.set()
        return await self._log.wait(after, seconds)

    async def read(self, *arguments: Any, **options: Any) -> AsyncIterator[Recorded]:
        """Read, and hold back."""
        read = [event async for event in self._log.read(*arguments, **options)]
        self.holding.set()
        await self.gate.wait()
        for event in read:
            yield event


class FlakyLog(MemoryLog):
    """Cannot be read at first."""

    outages = 2

    async def read(self, *arguments: Any, **options: Any) -> AsyncIterator[Recorded]:
        """Read, or be away."""
        if self.outages:
            self.outages -= 1
            raise LogUnavailable("away")
        async for event in super().read(*arguments, **options):
            yield event


async def test_batches_of_any_size_make_the_same_tables(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One event at a time with no row kept in memory, or all at once: the rows are equal."""
    log = await log_of(story(seed=1))

    async with at_work(runner(log, database_url)):
        assert await caught_up(log, database_url)
    at_once = await rows_of(database_url)
    await _start_anew(database_url)
    monkeypatch.setattr(batch, "SMALLEST", 1)
    monkeypatch.setattr(batch, "LARGEST", 1)
    async with at_work(runner(log, database_url, row_bound=0)):
        assert await caught_up(log, database_url)

    assert await rows_of(database_url) == at_once
    assert sum(map(len, at_once.values())) > 50


async def test_rows_and_checkpoint_are_one_transaction(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is lost between two tables: nothing of the batch is there, and the next try writes it once."""
    log = await log_of(story(seed=2))
    seen: list[Any] = []
    save = store.save

    async def save_and_lose(connection: asyncpg.Connection, *arguments: Any) -> None:
        await save(connection, *arguments)
        if len(seen) == 0 and arguments[0].row is SlotRow:
            connection.terminate()
            seen.extend((await checkpoints(database_url), await rows_of(database_url)))
            raise asyncpg.ConnectionDoesNotExistError

    monkeypatch.setattr(store, "save", save_and_lose)
    async with at_work(runner(log, database_url)):
        assert await caught_up(log, database_url)

    assert {position for position, _ in seen[0].values()} == {0}
    assert not any(seen[1].values())
    assert await booked_seats(database_url) == await taken_seats(database_url)


@pytest.mark.parametrize("fenced", [True, False])
async def test_projector_that_was_stopped_writes_nothing_late(
    database_url: str, monkeypatch: pytest.MonkeyPatch, *, fenced: bool
) -> None:
    """While it hung another took over, and it wakes with a batch in hand: without the fence it counts twice."""
    # All it has missed is one batch: whether it takes another depends on when its heart beats again.
    monkeypatch.setattr(batch, "SMALLEST", batch.LARGEST)
    events = story(seed=3)
    log = await log_of(events[:20])
    async with at_work(runner(log, database_url)):
        assert await caught_up(log, database_url)
    await write_all(log, events[20:])
    held = HeldLog(log)
    if not fenced:
        monkeypatch.setattr(checkpoint, "ADVANCE", WITHOUT_FENCE)

    async with at_work(runner(held, database_url)):
        await held.holding.wait()
        stopped = {await _holder(database_url)}
        monkeypatch.setattr(leases.Leases, "renew", _without(leases.Leases.renew, stopped))
        async with at_work(runner(log, database_url)):
            assert await caught_up(log, database_url)
            stopped.clear()
            held.idle.clear()
            held.gate.set()
            await held.idle.wait()

    seats_agree = await booked_seats(database_url) == await taken_seats(database_url)
    assert seats_agree is fenced


async def test_projection_that_failed_once_is_tried_again(database_url: str) -> None:
    """What was out of order for a moment leaves no mark."""
    log = await log_of(story(seed=5))
    tries: list[int] = []

    def project(event: Any, key: Any, recorded: Recorded, rows: Any) -> None:
        tries.append(recorded.position)
        if len(tries) == 3:
            raise ZeroDivisionError
        SLOTS.project(event, key, recorded, rows)

    async with at_work(runner(log, database_url, [_with(SLOTS, project), *WITHOUT_SLOTS])):
        assert await caught_up(log, database_url)

    assert set((await checkpoints(database_url)).values()) == {(await log.head(), None)}
    assert await booked_seats(database_url) == await taken_seats(database_url)


async def test_new_read_model_catches_up_and_joins_the_others(database_url: str) -> None:
    """One that was not there before starts from the beginning of the log."""
    log = await log_of(story(seed=6))
    async with at_work(runner(log, database_url, [SLOTS])):
        assert await caught_up(log, database_url, [SLOTS])

    async with at_work(runner(log, database_url)):
        assert await caught_up(log, database_url)

    assert set((await checkpoints(database_url)).values()) == {(await log.head(), None)}
    assert await booked_seats(database_url) == await taken_seats(database_url)


async def test_log_that_is_away_for_a_while_is_followed_again(database_url: str) -> None:
    """The projector outlives the log's outages."""
    log = FlakyLog()
    await write_all(log, story(seed=7))

    async with at_work(runner(log, database_url)):
        assert await caught_up(log, database_url)

    assert log.outages == 0


async def test_event_that_cannot_be_read_stops_its_read_models_until_the_next_projector(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can tell whose it is: who wants it stands still, the others go on, until a repaired program comes."""
    log = await log_of([city(), candidate(), slot()])
    monkeypatch.setattr(Codec, "decode", _unable(Codec.decode, "CandidateRegistered"))

    async with at_work(runner(log, database_url)):
        await until(lambda: _is_stopped(database_url, "candidates"))
        await until(lambda: _is_at(database_url, 3))
    stopped = await checkpoints(database_url)
    monkeypatch.undo()
    async with at_work(runner(log, database_url)):
        await until(lambda: _is_at(database_url, 3, "candidates"))

    assert stopped["candidates"] == (0, "ZeroDivisionError at position 2 (CandidateRegistered)")
    assert (await checkpoints(database_url))["candidates"] == (3, None)


async def test_read_model_that_stood_still_counts_again_once_it_has_caught_up(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then others are told of more than it shows; what was kept of it then is of an earlier generation."""
    log = await log_of([city(), candidate(), slot(), city("rome"), city("oslo")])
    monkeypatch.setattr(batch, "SMALLEST", 2)
    monkeypatch.setattr(batch, "LARGEST", 2)
    caught_up_to: set[int] = set()
    with monkeypatch.context() as broken:
        broken.setattr(Codec, "decode", _unable(Codec.decode, "CandidateRegistered"))
        async with at_work(runner(log, database_url)):
            await until(lambda: _is_stopped(database_url, "candidates"))
            await until(lambda: _is_at(database_url, 5))

    go_on = checkpoint.go_on

    async def look_and_go_on(connection: asyncpg.Connection, held: Held) -> None:
        at = "select position from projections.checkpoint where name = $1"
        caught_up_to.add(await connection.fetchval(at, held.name))
        await go_on(connection, held)

    monkeypatch.setattr(checkpoint, "go_on", look_and_go_on)
    async with Positions(database_url) as positions:
        async with at_work(runner(log, database_url)):
            await until(lambda: _is_at(database_url, 5, "candidates"))
        assert await positions.generation_beyond(0, 30.0) == 1

    assert caught_up_to == {5}


async def test_event_whose_keys_cannot_be_named_stops_its_read_model_as_well(database_url: str) -> None:
    """Nobody can tell whose it is either; the others go on."""
    log = await log_of([city(), candidate(), slot()])

    def keys(event: Any) -> Any:
        if isinstance(event, SlotPublished):
            raise ZeroDivisionError
        return SLOTS.keys(event)

    async with at_work(runner(log, database_url, [msgspec.structs.replace(SLOTS, keys=keys), *WITHOUT_SLOTS])):
        await until(lambda: _is_stopped(database_url, "slots"))
        await until(lambda: _is_at(database_url, 3, "candidates"))

    assert (await checkpoints(database_url))["slots"] == (0, "ZeroDivisionError at position 3 (SlotPublished)")


async def _is_stopped(url: str, name: str) -> bool:
    return (await checkpoints(url)).get(name, (0, None))[1] is not None


async def _is_at(url: str, position: int, name: str = "slots") -> bool:
    return (await checkpoints(url))[name] == (position, None)


async def _holder(url: str) -> str:
    async with owner(url) as connection:
        return str(await connection.fetchval("select holder from projections.checkpoint where name = 'slots'"))


def _without(renew: Any, stopped: set[str]) -> Any:
    """The hearts of some projectors do not beat."""

    async def renew_unless_stopped(self: leases.Leases) -> None:
        if self._holder not in stopped:
            await renew(self)

    return renew_unless_stopped


def _unable(decode: Any, name: str) -> Any:
    def decode_others(codec: Codec, kind: str, version: int, data: bytes) -> Any:
        if kind == name:
            raise ZeroDivisionError
        return decode(codec, kind, version, data)

    return decode_others


async def _start_anew(url: str) -> None:
    async with owner(url) as connection:
        for projection in PROJECTIONS:
            await connection.execute(f"drop schema {projection.schema} cascade")
        await connection.execute("delete from projections.checkpoint")


def _with(projection: Any, project: Any) -> Any:
    return msgspec.structs.replace(projection, project=project)
