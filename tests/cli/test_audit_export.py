"""`daybook audit export`: the log as it was hashed, to the byte; what is wrong in it comes out as it stands."""

import asyncio
import gzip
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result
from msgspec import structs

from cli import verify_daybook
from cli.audit import audit
from cli.proving import bundle
from events.log import Fact, Log
from events.postgres import open_log
from events.proofs.keys import public_name
from tests.cli.evidence import run
from tests.events.attempts import NOW, attempt, fact
from tests.support.sealing import KEY, log_id, publish, sealed
from tests.workers.patrolling import forge, three_blocks

ANOTHER = """
    insert into daybook.event
    select {position}, type, version, tags, data, recorded_at, decided_at, command_id, actor, correlation_id,
        causation_id, trace, content_hash
    from daybook.event where position = 5"""
STRANGE = [*map(chr, range(1, 0x250)), "\u2028", "\ufeff", "\uffff", "😀", "𝔘", "é", "</"]


@pytest.fixture
def url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with five events in three blocks, which the command finds in the environment."""
    asyncio.run(_write(database_url, three_blocks))
    monkeypatch.setenv("DATABASE_URL", database_url)
    return database_url


async def _write(url: str, writing: object) -> None:
    assert callable(writing)
    async with open_log(url) as log:
        await writing(log)


def export(path: Path, *options: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(audit, ["export", str(path), *options])


def lines(path: Path) -> list[bytes]:
    """Read what was exported."""
    return gzip.decompress(path.read_bytes()).splitlines()


def judged(path: Path, *options: str) -> str:
    """Have it verified; return the first line."""
    return run(verify_daybook.main, [str(path), *options]).said.splitlines()[0]


def test_a_log_is_exported_and_verified(url: str, tmp_path: Path) -> None:
    """With the checkpoints that were signed over it."""
    log = asyncio.run(_sealed(url, tmp_path / "checkpoints"))

    result = export(tmp_path / "log")

    assert result.exit_code == 0, result.output
    assert result.stderr == f"positions 1 to 5 of the log {log}\n"
    told = run(
        verify_daybook.main,
        [str(tmp_path / "log"), "--checkpoints", str(tmp_path / "checkpoints"), "--public-key", public_name(KEY)],
    )
    assert told.code == 0, told.said
    assert "verified: positions 1 to 5\n" in told.said


async def _sealed(url: str, path: Path) -> object:
    name = await log_id(url)
    async with open_log(url) as log:
        publish(path, await sealed(log, name, 3, 5))
    return name


@pytest.mark.parametrize("size", [1, 2, 3, 4, 100])
def test_pages_are_not_to_be_seen(url: str, tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever one ends, each block stands before its events."""
    assert url
    monkeypatch.setattr(bundle, "PAGE", size)

    export(tmp_path / "log")

    starts = [line.partition(b",")[0] for line in lines(tmp_path / "log")[1:]]
    assert starts == [
        *(b'{"block":[1', b'{"at":1', b'{"block":[2', b'{"at":2', b'{"at":3', b'{"block":[4', b'{"at":4', b'{"at":5')
    ]


@pytest.mark.parametrize(
    ("options", "first", "last"),
    [
        (("--from", "2"), 2, 5),
        (("--from", "3"), 2, 5),
        (("--to", "2"), 1, 3),
        (("--from", "3", "--to", "3"), 2, 3),
        (("--from", "5", "--to", "9"), 4, 5),
    ],
)
def test_a_part_is_whole_appends(url: str, tmp_path: Path, options: tuple[str, ...], first: int, last: int) -> None:
    """It begins where the append began that wrote its first position, and ends where that of its last one ended."""
    assert url

    export(tmp_path / "log", *options)

    said = judged(tmp_path / "log", "--part")
    assert said.startswith(f"positions {first} to {last} of the log")


def test_a_part_behind_the_end_is_refused(url: str, tmp_path: Path) -> None:
    """In one line, and no file is made."""
    assert url

    result = export(tmp_path / "log", "--from", "6")

    assert result.exit_code == 1
    assert "the log ends at position 5" in result.output
    assert not (tmp_path / "log").exists()


def test_an_empty_log_is_exported(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing wrong in it."""
    monkeypatch.setenv("DATABASE_URL", database_url)

    export(tmp_path / "log")

    assert judged(tmp_path / "log").startswith("positions 1 to 0 of the log")


async def _write_strange_things(log: Log) -> None:
    chosen = random.Random(7)

    def text() -> str:
        return "".join(chosen.choices(STRANGE, k=chosen.randrange(6)))

    for number in range(40):
        facts = [
            Fact(
                text(),
                chosen.randrange(1, 9),
                tuple("t" + text().replace("\x1f", "") for _ in range(number % 4 + 1)),
                b"{}",
            )
            for _ in range(4)
        ]
        its = structs.replace(
            attempt(*facts),
            actor=text(),
            trace=chosen.choice([None, text()]),
            causation_id=chosen.choice([None, uuid4()]),
        )
        moments = [timedelta(), timedelta(microseconds=120_000), timedelta(microseconds=1), timedelta(days=99_999)]
        await log.append([its], NOW + moments[number % 4])
    await log.append([attempt(fact("a"))], datetime(1969, 7, 20, 20, 17, 40, 500_000, tzinfo=UTC))


def test_whatever_was_written_comes_out_as_it_was_hashed(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database writes every character and moment as the program does that made the hashes."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    asyncio.run(_write(database_url, _write_strange_things))

    export(tmp_path / "log")

    assert judged(tmp_path / "log").startswith("positions 1 to 161 of the log")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("delete from daybook.block where last_position = 0", "position 1: the chain does not begin"),
        ("delete from daybook.block where last_position = 3", "position 2: no block begins here, but one that says 4"),
        ("delete from daybook.block where last_position = 5", "position 4: no block begins here"),
        ("delete from daybook.block where last_position > 0", "position 1: no block begins here"),
        ("delete from daybook.event where position = 2", "position 2: the event is missing"),
        ("delete from daybook.event where position = 5", "position 5: the event is missing"),
        ("update daybook.event set recorded_at = 'infinity' where position = 3", "position 3: the event"),
        ("update daybook.event set recorded_at = '-infinity' where position = 3", "position 3: the event"),
        ("update daybook.event set decided_at = 'infinity' where position = 3", "position 3: the event does not say"),
        ("update daybook.event set data = decode('7b7d0a7b7d', 'hex') where position = 3", "position 3: the event"),
        ("update daybook.event set position = 9 where position = 5", "position 5: the event is missing"),
        ("update daybook.event set position = -9 where position = 5", "position 1: no block begins here"),
        (
            "update daybook.event set position = position + (1::bigint << 62) where position = 5",
            "position 5: the event",
        ),
        (ANOTHER.format(position=0), "position 1: no block begins here"),
        (ANOTHER.format(position=-(1 << 63)), "position 1: no block begins here"),
        (ANOTHER.format(position=(1 << 63) - 1), "position 6: no block begins here"),
        ("truncate daybook.event", "position 1: the event is missing"),
        ("truncate daybook.event, daybook.block", "position 1: the chain does not begin"),
        ("update daybook.event set recorded_at = '20000-01-01' where position = 3", "position 3: the event"),
        ("update daybook.event set recorded_at = '4000-01-01 BC' where position = 3", "position 3: the event"),
        ("update daybook.block set recorded_at = '20000-01-01' where last_position = 3", "position 2: no block"),
        ("update daybook.block set recorded_at = '4000-01-01 BC' where last_position = 3", "position 2: no block"),
        ("update daybook.block set recorded_at = '2027-01-01' where last_position = 0", "position 1: no block"),
        ("update daybook.block set first_position = -1 where last_position = 0", "position 1: no block begins here"),
        (
            "insert into daybook.block select -3, -3, recorded_at, hash from daybook.block limit 1",
            "position 1: no block",
        ),
        (
            "update daybook.block set recorded_at = 'infinity' where last_position = 3",
            "position 2: no block begins here",
        ),
        ("update daybook.block set first_position = -2 where last_position = 3", "position 2: no block begins here"),
        ("update daybook.block set last_position = 7 where last_position = 5", "position 6: the event is missing"),
    ],
)
def test_what_is_wrong_comes_out_as_it_stands(url: str, tmp_path: Path, statement: str, said: str) -> None:
    """The export is no judge; the verifier finds it."""
    asyncio.run(forge(url, statement))

    result = export(tmp_path / "log")

    assert result.exit_code == 0, result.output
    assert judged(tmp_path / "log").startswith(f"FAULT: {said}")


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("table", "key", "position", "said"),
    [
        ("event", "position", 3, "position 4: no block begins here"),
        ("block", "last_position", 3, "position 4: no block"),
    ],
)
def test_what_is_there_twice_comes_out_twice(  # noqa: PLR0913, PLR0917  a table without its key
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str, key: str, position: int, said: str, size: int
) -> None:
    """Wherever a page ends."""
    monkeypatch.setattr(bundle, "PAGE", size)
    asyncio.run(forge(url, f"alter table daybook.{table} drop constraint {table}_pkey"))
    asyncio.run(forge(url, f"insert into daybook.{table} select * from daybook.{table} where {key} = {position}"))  # noqa: S608

    export(tmp_path / "log")

    assert judged(tmp_path / "log").startswith(f"FAULT: {said}")


def test_a_part_whose_block_begins_nowhere_comes_out(url: str, tmp_path: Path) -> None:
    """It is taken to begin at the beginning."""
    asyncio.run(forge(url, "update daybook.block set first_position = -(2 ^ 62)::bigint * 2 where last_position = 3"))

    export(tmp_path / "log", "--from", "3")

    assert judged(tmp_path / "log", "--part").startswith("FAULT: position 2: no block begins here")


def test_a_log_without_a_name_is_refused(url: str, tmp_path: Path) -> None:
    """Nobody could tell whose checkpoints are over it."""
    asyncio.run(forge(url, "delete from audit.log"))

    result = export(tmp_path / "log")

    assert result.exit_code == 1
    assert "audit.log is empty" in result.output
