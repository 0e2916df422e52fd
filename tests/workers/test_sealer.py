"""The sealer: what is written is signed and published; what was signed must still be there before more is."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest

from cli import verify_daybook
from daybook.database import connect
from daybook.metrics import Metrics
from events.postgres import PostgresLog
from events.proofs.keys import public_name
from tests.cli.evidence import run
from tests.events.attempts import fact, write
from tests.events.postgres.looking import PATIENCE, backends, owner, until
from tests.support.sealing import KEY, OTHER_KEY, exported
from tests.workers.patrolling import forge, three_blocks
from tests.workers.sealing import (
    at_work,
    checkpoints,
    kept,
    now,
    published,
    refusal,
    rewrite,
    sealed_up_to,
    spans,
    status,
)
from workers import ledger, sealer, signing
from workers.published import Published, Unpublishable, publishing
from workers.signing import Refused, Turn


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else is in need of the database."""
    monkeypatch.setattr(sealer, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(sealer, "EVERY_SECONDS", 0.0)
    monkeypatch.setattr(sealer, "IDLE_SECONDS", 0.05)
    monkeypatch.setattr(sealer, "STANDBY_SECONDS", 0.01)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where checkpoints are published."""
    return tmp_path / "checkpoints"


async def sealed_twice(log: PostgresLog, url: str, path: Path) -> None:
    """Write and seal positions 1 to 5, then 6 in a checkpoint of its own."""
    await three_blocks(log)
    async with at_work(log, url, path):
        await sealed_up_to(url, 5)
        await write(log, fact("f"))
        await sealed_up_to(url, 6)


async def test_what_is_written_is_sealed(log: PostgresLog, database_url: str, path: Path, tmp_path: Path) -> None:
    """An auditor who has the file and the key can verify the log with it."""
    metrics = Metrics()
    await three_blocks(log)
    async with at_work(log, database_url, path, metrics=metrics):
        await sealed_up_to(database_url, 5)
        await write(log, fact("f"))
        await sealed_up_to(database_url, 6)

    async with owner(database_url) as connection:
        bundle = await exported(connection, tmp_path / "bundle")
    told = run(verify_daybook.main, [str(bundle), "--checkpoints", str(path), "--public-key", public_name(KEY)])
    assert told.code == 0
    assert "verified: positions 1 to 6\n" in told.said
    assert published(path) == await kept(database_url)
    assert metrics.registry.get_sample_value("daybook_sealed_position") == 6
    assert metrics.registry.get_sample_value("daybook_sealer_faults") == 0


async def test_a_checkpoint_ends_where_an_append_ended(
    log: PostgresLog, database_url: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many events, or an append beyond: a long history is sealed piece by piece."""
    monkeypatch.setattr(signing, "MOST_EVENTS", 2)
    await three_blocks(log)

    async with at_work(log, database_url, path):
        await sealed_up_to(database_url, 5)

    assert spans(published(path)) == [(1, 3), (4, 5)]


async def test_many_events_are_sealed_before_the_time_has_come(
    log: PostgresLog, database_url: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And few of them together, when it has come."""
    monkeypatch.setattr(sealer, "EVERY_SECONDS", 3600.0)
    monkeypatch.setattr(sealer, "MOST_EVENTS", 3)
    await write(log, fact("a"))

    async with at_work(log, database_url, path):
        await sealed_up_to(database_url, 1)
        for _ in range(3):
            await write(log, fact("b"))
        await sealed_up_to(database_url, 4)

    assert spans(published(path)) == [(1, 1), (2, 4)]


async def test_an_empty_log_is_not_signed(log: PostgresLog, database_url: str, path: Path) -> None:
    """There is nothing to say, until there is."""
    async with at_work(log, database_url, path):
        await sealed_up_to(database_url, 0)
        await write(log, fact("a"))
        await sealed_up_to(database_url, 1)

    assert spans(published(path)) == [(1, 1)]


# What is done after positions 1 to 6 were sealed, and what is then said.
TAMPERED = {
    "update daybook.block set hash = sha256('forged') where last_position = 6": "position 6: the log does not hold",
    "delete from daybook.block where last_position = 6": "position 6: the log does not hold",
    "update daybook.block set last_position = 7 where last_position = 6": "position 6: the log does not hold",
    "update audit.checkpoint set line = replace(line, '\"number\":2', '\"number\":3') where number = 2": (
        "position 6: checkpoint 2 was published as another than it is kept"
    ),
    "update audit.log set id = gen_random_uuid()": "position 1: what was published is of another log",
    "delete from audit.log": "position 1: what was published is of another log",
    "insert into audit.checkpoint values (3, 7, 7, '{}')": "position 7: what stands for a checkpoint is none",
    "insert into audit.checkpoint select 3, 7, 7, line from audit.checkpoint where number = 1": (
        "position 7: what is kept does not follow from what was published"
    ),
}


@pytest.mark.parametrize("statement", TAMPERED)
async def test_what_was_signed_must_still_be_there(
    log: PostgresLog, database_url: str, path: Path, statement: str
) -> None:
    """Where it is not, nothing is signed any more; it shows as soon as it is looked at again."""
    await sealed_twice(log, database_url, path)
    lines, metrics = published(path), Metrics()
    async with at_work(log, database_url, path, metrics=metrics):
        await until(lambda: _works(metrics))

        await forge(database_url, statement)

        assert (await refusal(database_url)).startswith(TAMPERED[statement])
        assert metrics.registry.get_sample_value("daybook_sealer_faults") == 1
    assert published(path) == lines


async def _works(metrics: Metrics) -> bool:
    return metrics.registry.get_sample_value("daybook_sealed_position") == 6


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("update daybook.block set hash = sha256('forged') where last_position = 7", "position 7: the block"),
        ("update daybook.event set content_hash = sha256('forged') where position = 7", "position 7: the block"),
        ("update daybook.event set recorded_at = 'infinity' where position = 7", "position 7: the block"),
        ("delete from daybook.event where position = 7", "position 7: the block"),
        ("delete from daybook.block where last_position = 0", "position 6"),
    ],
)
async def test_what_follows_must_follow(
    log: PostgresLog, database_url: str, path: Path, statement: str, said: str
) -> None:
    """What was changed before it was signed is not signed."""
    await sealed_twice(log, database_url, path)
    await write(log, fact("g"))
    await forge(database_url, statement)
    lines = published(path)

    async with at_work(log, database_url, path):
        if said == "position 6":  # what lies behind a checkpoint is the patrol's to find
            await sealed_up_to(database_url, 7)
        else:
            assert (await refusal(database_url)).startswith(said)
            assert published(path) == lines


async def test_a_log_begins_as_every_log(log: PostgresLog, database_url: str, path: Path) -> None:
    """Else nothing is signed at all."""
    await three_blocks(log)
    await forge(database_url, "update daybook.block set hash = sha256('forged') where last_position = 0")

    async with at_work(log, database_url, path):
        assert await refusal(database_url) == "position 1: the log does not begin as every log begins"


@pytest.mark.parametrize("line", [b"{}", b""])
async def test_a_file_that_was_edited_is_not_added_to(
    log: PostgresLog, database_url: str, path: Path, line: bytes
) -> None:
    """Whoever edited it."""
    await sealed_twice(log, database_url, path)
    rewrite(path, [published(path)[0], line])

    async with at_work(log, database_url, path):
        assert (await refusal(database_url)).startswith("position 1: what stands for a checkpoint is none")


async def test_another_key_does_not_sign(log: PostgresLog, database_url: str, path: Path) -> None:
    """Nobody handed over to it."""
    await sealed_twice(log, database_url, path)

    async with at_work(log, database_url, path, key=OTHER_KEY):
        said = await refusal(database_url)

    assert said == (
        f"position 7: after checkpoint 2 the key {public_name(KEY)} signs, and ours is {public_name(OTHER_KEY)}"
    )


async def test_a_repaired_log_is_sealed_again(log: PostgresLog, database_url: str, path: Path) -> None:
    """By a worker that is started again; the fault is forgotten."""
    await sealed_twice(log, database_url, path)
    async with at_work(log, database_url, path, key=OTHER_KEY):
        await refusal(database_url)
        assert (await status(database_url) or (0,))[0] == 6

    async with at_work(log, database_url, path):
        await sealed_up_to(database_url, 6)


@pytest.mark.parametrize("left", [0, 1])
async def test_what_was_kept_and_not_published_is_published(
    log: PostgresLog, database_url: str, path: Path, left: int
) -> None:
    """The file may be lost, or another worker's: the database has it all, signed."""
    await sealed_twice(log, database_url, path)
    lines = published(path)
    rewrite(path, lines[:left])

    async with at_work(log, database_url, path):
        await until(lambda: _published(path, lines))


@pytest.mark.parametrize("statement", ["delete from audit.checkpoint", "delete from audit.checkpoint where number > 1"])
async def test_what_was_published_and_is_not_kept_is_kept(
    log: PostgresLog, database_url: str, path: Path, statement: str
) -> None:
    """Whoever wiped it out of the database: the file has it all."""
    await sealed_twice(log, database_url, path)
    lines = await kept(database_url)
    await forge(database_url, statement)

    async with at_work(log, database_url, path):
        await until(lambda: _kept(database_url, lines))


async def _published(path: Path, lines: list[bytes]) -> bool:
    return published(path) == lines


async def _kept(url: str, lines: list[bytes]) -> bool:
    return await kept(url) == lines


async def test_published_lines_that_do_not_follow_are_not_kept(log: PostgresLog, database_url: str, path: Path) -> None:
    """A file that lost its beginning, and a database that lost its end."""
    await sealed_twice(log, database_url, path)
    rewrite(path, published(path)[1:])
    await forge(database_url, "delete from audit.checkpoint")

    async with at_work(log, database_url, path):
        said = await refusal(database_url)

    assert said == "position 1: what was published does not follow from what was published before"


async def test_a_disk_that_fails_loses_no_checkpoint(
    log: PostgresLog, database_url: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is published when the disk works again: the one that was signed, not another."""
    await three_blocks(log)
    adding, failed = Published.add, list[bytes]()

    def fail_once(self: Published, lines: list[bytes]) -> None:
        if not failed:
            failed.extend(lines)
            raise Unpublishable("No space left on device")
        adding(self, lines)

    monkeypatch.setattr(Published, "add", fail_once)

    async with at_work(log, database_url, path):
        await sealed_up_to(database_url, 5)

    assert published(path) == failed == await kept(database_url)


async def test_one_seals_and_another_stands_by(
    log: PostgresLog, database_url: str, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one takes over when the first is gone, and publishes all of it in its own place."""
    refused, taking = asyncio.Event(), ledger.take_turn

    async def overheard(connection: asyncpg.Connection) -> bool:
        taken = await taking(connection)
        if not taken:
            refused.set()
        return taken

    monkeypatch.setattr(ledger, "take_turn", overheard)
    elsewhere = tmp_path / "elsewhere"
    async with AsyncExitStack() as others:
        await others.enter_async_context(at_work(log, database_url, path))
        await sealed_up_to(database_url, 0)
        async with at_work(log, database_url, elsewhere):
            await asyncio.wait_for(refused.wait(), PATIENCE)
            await write(log, fact("a"))
            await sealed_up_to(database_url, 1)
            assert not elsewhere.exists()

            await others.aclose()

            await write(log, fact("b"))
            await sealed_up_to(database_url, 2)
    assert spans(published(elsewhere)) == [(1, 1), (2, 2)]
    assert published(elsewhere) == [*published(path), published(elsewhere)[1]]


async def test_a_file_that_another_process_has_is_waited_for(log: PostgresLog, database_url: str, path: Path) -> None:
    """A process that lost its turn and does not know it yet still holds it."""
    await three_blocks(log)
    with publishing(path):
        async with at_work(log, database_url, path), owner(database_url) as connection:
            await until(lambda: backends(connection, "daybook seal"))
            assert await status(database_url) is None
    async with at_work(log, database_url, path):
        await sealed_up_to(database_url, 5)


async def test_whoever_lost_the_turn_publishes_nothing(
    log: PostgresLog, database_url: str, path: Path, tmp_path: Path
) -> None:
    """Of two who think that it is theirs one fails in the database, before it has published anything."""
    await three_blocks(log)
    connection = await connect(database_url, "test")
    late = tmp_path / "late"
    with publishing(path) as one, publishing(late) as other:
        first = Turn(connection, one, log, KEY, now)
        second = Turn(connection, other, log, KEY, now)
        await first.read_back()
        await second.read_back()
        await first.seal(None)

        with pytest.raises(asyncpg.UniqueViolationError):
            await second.seal(None)

    assert late.read_bytes() == b""
    await connection.close()


async def test_a_lost_connection_is_made_again(log: PostgresLog, database_url: str, path: Path) -> None:
    """Sealing goes on where it was."""
    async with at_work(log, database_url, path), owner(database_url) as connection:
        await sealed_up_to(database_url, 0)
        for pid in await backends(connection, "daybook seal"):
            await connection.execute("select pg_terminate_backend($1)", pid)

        await three_blocks(log)

        await sealed_up_to(database_url, 5)


async def test_a_key_hands_over(log: PostgresLog, database_url: str, path: Path, tmp_path: Path) -> None:
    """With news or without; behind that the other one signs, and an auditor who knew the first can follow."""
    await sealed_twice(log, database_url, path)
    connection = await connect(database_url, "test")
    with publishing(path) as file:
        turn = Turn(connection, file, log, KEY, now)
        await turn.seal(await turn.read_back(), OTHER_KEY)
        with pytest.raises(Refused, match="and ours is"):
            await turn.read_back()
    await write(log, fact("g"))

    async with at_work(log, database_url, path, key=OTHER_KEY):
        await sealed_up_to(database_url, 7)

    made = checkpoints(published(path))
    assert [each.key for each in made] == [public_name(KEY)] * 3 + [public_name(OTHER_KEY)]
    assert [(each.first, each.last) for each in made] == [(1, 5), (6, 6), (7, 6), (7, 7)]
    async with owner(database_url) as owning:
        bundle = await exported(owning, tmp_path / "bundle")
    arguments = [str(bundle), "--checkpoints", str(path), "--public-key", public_name(KEY)]
    assert "verified: positions 1 to 7\n" in run(verify_daybook.main, arguments).said
    await connection.close()


async def test_a_log_without_a_name_is_not_signed(log: PostgresLog, database_url: str, path: Path) -> None:
    """Nobody could tell what the signature is over."""
    await three_blocks(log)
    await forge(database_url, "delete from audit.log")

    async with at_work(log, database_url, path):
        assert await refusal(database_url) == "position 1: the log has lost its name"
