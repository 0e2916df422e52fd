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

ROOT = Path(__file__).parents[2]
END_SECONDS = 30


@contextmanager
def worker(database_url: str, said: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the worker, its log lines in a file; by force if a test leaves it running."""
    environment = {**os.environ, "DATABASE_URL": database_url}
    with said.open("wb") as lines:
        command = [sys.executable, "-m", "cli.main", "worker"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=lines)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


async def test_it_patrols_until_it_is_told_to_stop(database_url: str, log: PostgresLog, tmp_path: Path) -> None:
    """SIGTERM ends it well."""
    said = tmp_path / "lines"
    with worker(database_url, said) as process:
        await three_blocks(log)
        await reached(database_url, 5)

        process.terminate()
        exit_code = process.wait(END_SECONDS)

    assert exit_code == 0
    lines = [msgspec.json.decode(line) for line in said.read_bytes().splitlines()]
    assert [(line["role"], line["event"]) for line in lines] == [("worker", "patrol begins")]


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
    error = msgspec.json.decode(said.read_bytes().splitlines()[-1])
    assert (error["level"], error["event"], error["position"]) == ("error", "the log is not whole", 4)


def test_without_a_schema_it_does_not_start(empty_database_url: str, tmp_path: Path) -> None:
    """It says so in one line."""
    said = tmp_path / "lines"
    with worker(empty_database_url, said) as process:
        exit_code = process.wait(END_SECONDS)

    assert exit_code == 1
    [line] = said.read_text().splitlines()
    assert line.startswith("daybook: the database cannot be used")
