"""The process `daybook worker`: it starts, patrols, and ends when it is told to."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from events.postgres import PostgresLog
from tests.workers.patrolling import fault, forge, reached, three_blocks
from tests.workers.sealing import kept, published, sealed_up_to

ROOT = Path(__file__).parents[2]
END_SECONDS = 30


@contextmanager
def worker(database_url: str, said: Path, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the worker, its log lines in a file and its data beside; by force if a test leaves it running."""
    environment = {**os.environ, "DATABASE_URL": database_url, "DAYBOOK_DATA_DIR": str(said.parent), **settings}
    with said.open("wb") as lines:
        command = [sys.executable, "-m", "cli.main", "worker"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=lines)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


async def test_it_patrols_and_seals_until_it_is_told_to_stop(
    database_url: str, log: PostgresLog, tmp_path: Path
) -> None:
    """SIGTERM ends it well; checkpoints stand where its data are, and the key that it made."""
    said = tmp_path / "lines"
    with worker(database_url, said) as process:
        await three_blocks(log)
        await reached(database_url, 5)
        await sealed_up_to(database_url, 5)

        process.terminate()
        exit_code = process.wait(END_SECONDS)

    assert exit_code == 0
    lines = [msgspec.json.decode(line) for line in said.read_bytes().splitlines()]
    said_by_worker = sorted((line["role"], line["event"]) for line in lines)
    assert said_by_worker == [("worker", "patrol begins"), ("worker", "sealing begins")]
    assert published(tmp_path / "checkpoints.jsonl") == await kept(database_url)
    assert (tmp_path / "signing-key.pem").exists()


async def test_it_lives_on_at_a_fault(database_url: str, log: PostgresLog, tmp_path: Path) -> None:
    """It logs an error that names the position, and ends well when it is told to."""
    said = tmp_path / "lines"
    await three_blocks(log)
    await forge(database_url, "update daybook.event set actor = 'admin:eve' where position = 4")
    with worker(database_url, said) as process:
        found = await fault(database_url)

        still_running = process.poll() is None
        process.terminate()
        exit_code = process.wait(END_SECONDS)

    assert found.fault == "position 4: the event does not say what its hash was made of"
    assert still_running
    assert exit_code == 0
    errors = [line for line in map(msgspec.json.decode, said.read_bytes().splitlines()) if line["level"] == "error"]
    assert [(each["event"], each["position"]) for each in errors] == [("the log is not whole", 4)]


def test_without_a_schema_it_does_not_start(empty_database_url: str, tmp_path: Path) -> None:
    """It says so in one line."""
    said = tmp_path / "lines"
    with worker(empty_database_url, said) as process:
        exit_code = process.wait(END_SECONDS)

    assert exit_code == 1
    [line] = said.read_text().splitlines()
    assert line.startswith("daybook: the database cannot be used")


def test_without_a_key_that_is_one_it_does_not_start(database_url: str, tmp_path: Path) -> None:
    """It says so in one line, which does not repeat it."""
    said = tmp_path / "lines"
    with worker(database_url, said, DAYBOOK_SIGNING_KEY="swordfish") as process:
        exit_code = process.wait(END_SECONDS)

    assert exit_code == 1
    [line] = said.read_text().splitlines()
    assert line == "daybook: the signing key is neither PEM without a password nor the base64 of 32 bytes"
