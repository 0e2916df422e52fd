"""Tables and views for analysts as files: whole, of one moment, and with the right types."""

import asyncio
import csv
import importlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cli.environment import Failed
from cli.exporting import command
from cli.exporting.command import Exported, Form, export_view
from cli.exporting.sink import Sink, replacing
from projections.analytics import VIEWS
from tests.cli.test_commands import daybook
from tests.events.postgres.looking import owner
from tests.projections.hiring import Hiring
from tests.projections.test_analytics import fill
from tests.support.databases import fresh_database

# Run the command line, and tell the peak of the memory.
AND_TELL = """
import atexit, pathlib, re, sys
from cli.main import main
memory = pathlib.Path("/proc/self/status")
atexit.register(lambda: print(re.search(r"VmHWM:\\s+(\\d+)", memory.read_text())[1]))
main(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def filled(migrated_template: str) -> Iterator[str]:
    """The URL of a database whose tables for analysts show some weeks of hiring."""
    for url in fresh_database(migrated_template):
        asyncio.run(fill(url, Hiring(7).tell(30, 60)))
        yield url


class Full(io.RawIOBase):
    """A disk without room."""

    def write(self, _: object) -> int:
        """Say so."""
        raise OSError(28, "No space left on device")


async def exported(url: str, view: str, form: Form, *columns: str) -> tuple[Exported, bytes]:
    """Export into memory."""
    kept = io.BytesIO()
    done = await export_view(url, view, form, columns, Sink(kept))  # type: ignore[arg-type]  # takes bytes as raw files do
    return done, kept.getvalue()


async def rows_of(url: str, view: str) -> list[dict[str, Any]]:
    """Read a table or view; ids as text."""
    async with owner(url) as connection:
        rows = await connection.fetch(f"select * from analytics.{view}")  # noqa: S608  a name of ours
    return [
        {name: str(value) if isinstance(value, asyncpg.pgproto.pgproto.UUID) else value for name, value in row.items()}
        for row in rows
    ]


def in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort rows, whatever is in them."""
    return sorted(rows, key=repr)


@pytest.mark.parametrize("view", ["fact_booking", "dim_recruiter", "fact_test", "reschedule_chain", "no_show_rate"])
async def test_parquet_holds_what_the_view_says(filled: str, view: str) -> None:
    """Every value, in its own type: numbers, truth, dates, instants, wall times, lists, nothing at all."""
    done, content = await exported(filled, view, "parquet")

    read = pq.read_table(io.BytesIO(content)).to_pylist()
    expected = await rows_of(filled, view)
    assert done.rows == len(expected) > 0
    assert in_order(read) == in_order(expected)


async def test_types_of_parquet_are_those_of_the_columns(filled: str) -> None:
    """Instants are in UTC, wall times have no zone, ids are text."""
    _, content = await exported(filled, "fact_slot", "parquet")

    schema = pq.read_schema(io.BytesIO(content))

    assert schema.field("slot_id").type == pa.string()
    assert schema.field("starts_at").type == pa.timestamp("us", "UTC")
    assert schema.field("local_start").type == pa.timestamp("us")
    assert schema.field("local_date").type == pa.date32()
    assert schema.field("minutes").type == pa.int32()


@pytest.mark.parametrize("view", VIEWS)
async def test_every_view_has_a_form_in_parquet(filled: str, view: str) -> None:
    """None has a type that readers of Parquet know only as text."""
    _, content = await exported(filled, view, "parquet")

    kinds = {field.type for field in pq.read_schema(io.BytesIO(content))}

    assert not any(pa.types.is_binary(kind) or pa.types.is_decimal(kind) for kind in kinds)
    assert not any(isinstance(kind, pa.BaseExtensionType) for kind in kinds)


async def test_csv_holds_what_the_view_says(filled: str) -> None:
    """A line of names, then a line for each row."""
    done, content = await exported(filled, "fact_booking", "csv")

    read = {row["booking_id"]: row for row in csv.DictReader(io.StringIO(content.decode()))}
    expected = {row["booking_id"]: row for row in await rows_of(filled, "fact_booking")}
    assert done.rows == len(read) == len(expected)
    for booking_id, row in expected.items():
        assert list(read[booking_id]) == list(row)
        assert datetime.fromisoformat(read[booking_id]["starts_at"]).astimezone(UTC) == row["starts_at"]
        assert read[booking_id]["answer"] == (row["answer"] or "")
        assert read[booking_id]["lead_seconds"] == str(row["lead_seconds"])


async def test_columns_are_those_that_were_asked_for(filled: str) -> None:
    """In the order in which they were named."""
    _, as_csv = await exported(filled, "dim_stage", "csv", "stage_order", "stage_id")
    _, as_parquet = await exported(filled, "dim_stage", "parquet", "stage_order", "stage_id")

    assert as_csv.decode().splitlines() == ["stage_order,stage_id", "1,screening", "2,interview"]
    assert pq.read_schema(io.BytesIO(as_parquet)).names == ["stage_order", "stage_id"]


@pytest.mark.parametrize("form", ["csv", "parquet"])
async def test_what_is_written_meanwhile_is_not_in_it(filled: str, form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows are of the moment at which the export began, the position too."""
    writing = "_write_csv" if form == "csv" else "_write_parquet"
    write = getattr(command, writing)
    before = len(await rows_of(filled, "dim_city"))

    async def change_and_write(*arguments: Any) -> int:
        async with owner(filled) as connection:
            await connection.execute("insert into analytics.dim_city values ('oslo', 'Oslo', 'Europe/Oslo', 'no', 1)")
        rows: int = await write(*arguments)
        return rows

    monkeypatch.setattr(command, writing, change_and_write)
    done, content = await exported(filled, "dim_city", form)
    async with owner(filled) as connection:
        await connection.execute("delete from analytics.dim_city where city_id = 'oslo'")

    assert done.rows == before
    assert b"Oslo" not in content


@pytest.mark.parametrize(
    ("view", "column", "told"),
    [
        ("bookings", "", "there is no 'bookings' for analysts; there are dim_city, dim_date,"),
        ('dim_city"; select 1', "", "there is no"),
        ("dim_test", "max", "dim_test has no column 'max'; it has test_id, name, max_score,"),
    ],
)
async def test_what_is_not_there_is_told_with_what_is(filled: str, view: str, column: str, told: str) -> None:
    """Views and columns; nothing else can be named."""
    with pytest.raises(Failed, match=told):
        await exported(filled, view, "csv", *filter(None, [column]))


async def test_before_the_first_projector_there_is_nothing(database_url: str) -> None:
    """What there is to do is told."""
    with pytest.raises(Failed, match="a projector lays it out"):
        await exported(database_url, "dim_city", "csv")


@pytest.mark.parametrize("form", ["csv", "parquet"])
async def test_disk_that_is_full_is_no_fault_of_the_database(filled: str, form: Form) -> None:
    """What is told is what is wrong."""
    with pytest.raises(Failed, match="cannot write: No space left on device"):
        await export_view(filled, "fact_slot", form, (), Sink(Full()))


async def test_without_the_extra_there_is_still_csv(filled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing for Parquet is named."""

    def missing(name: str) -> None:
        raise ModuleNotFoundError(name=f"{name} needs pyarrow")

    monkeypatch.setattr(importlib, "import_module", missing)

    with pytest.raises(Failed, match=r"pyarrow.*extra 'analytics'"):
        await exported(filled, "dim_city", "parquet")
    assert (await exported(filled, "dim_city", "csv"))[1]


def test_file_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    """Until then, and if it comes to nothing, what was there stays; nothing else is left behind."""
    path = tmp_path / "cities.csv"
    path.write_text("old")

    with pytest.raises(Failed), replacing(path):
        raise Failed("half")
    after_failure = path.read_text()
    with replacing(path) as sink:
        sink.write(b"new")
        meanwhile = path.read_text()

    assert (after_failure, meanwhile, path.read_text()) == ("old", "old", "new")
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    """A device, a pipe; nor can a file be made where there is no folder."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    with pytest.raises(Failed, match="it is no file"), replacing(pipe):
        pass
    with pytest.raises(Failed, match="No such file or directory"), replacing(tmp_path / "nowhere" / "cities.csv"):
        pass


def test_view_goes_to_standard_output_by_command(filled: str) -> None:
    """The rows alone; how many there are, and as of when, is told beside them."""
    done = daybook("export", "dim_stage", "--columns", "stage_id,version", DATABASE_URL=filled)

    assert (done.returncode, done.stdout) == (0, "stage_id,version\nscreening,1\ninterview,2\n")
    assert done.stderr == "2 rows of dim_stage as of position 0\n"


def test_unknown_view_is_one_line(filled: str) -> None:
    """Exit code 1, and nothing is written."""
    done = daybook("export", "salaries", DATABASE_URL=filled)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "funnel_cohort" in done.stderr


def test_parquet_is_not_for_a_terminal() -> None:
    """Where it would be seen by nobody but a screen, it is refused."""
    screen, terminal = os.openpty()
    arguments = ("-m", "cli.main", "export", "dim_city", "--format", "parquet")

    done = subprocess.run([sys.executable, *arguments], stdout=terminal, stderr=subprocess.PIPE, text=True, check=False)
    os.close(terminal)
    os.close(screen)

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "--output" in done.stderr


@pytest.mark.nightly
@pytest.mark.parametrize("form", ["csv", "parquet"])
async def test_memory_does_not_grow_with_the_rows(laid_out: str, form: Form, tmp_path: Path) -> None:
    """A million rows take little more of it than thousands."""
    path = tmp_path / "entries"

    peaks = []
    for rows in (20_000, 1_000_000):
        await enter(laid_out, rows)
        peaks.append(peak_kilobytes(laid_out, "fact_stage_entry", form, path))

    assert path.stat().st_size > 20_000_000
    assert peaks[1] - peaks[0] < 100 * 1024


@pytest.fixture
def laid_out(migrated_template: str) -> Iterator[str]:
    """The URL of a database whose tables for analysts are empty."""
    for url in fresh_database(migrated_template):
        asyncio.run(fill(url, []))
        yield url


async def enter(url: str, rows: int) -> None:
    """Make so many rows of one table."""
    async with owner(url) as connection:
        await connection.execute("truncate analytics.fact_stage_entry")
        await connection.execute(
            "insert into analytics.fact_stage_entry"
            " select gen_random_uuid(), 1, 'screening', now(), false, n from generate_series(1, $1) n",
            rows,
        )


def peak_kilobytes(url: str, view: str, form: str, path: Path) -> int:
    """Export in a process of its own, and return the most memory it ever had."""
    arguments = ("export", view, "--format", form, "--output", str(path))
    environment = {**os.environ, "DATABASE_URL": url}
    done = subprocess.run(
        [sys.executable, "-c", AND_TELL, *arguments], env=environment, check=True, capture_output=True
    )
    return int(done.stdout)
