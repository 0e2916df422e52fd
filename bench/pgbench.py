"""The naive limit: pgbench inserting single rows of the same bytes, with prepared statements and nothing else to do."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import psycopg

from bench.cluster import address
from daybook import embedded

CLIENTS: Final = 16
MISSING: Final = "skipped: there is no pgbench beside PostgreSQL's other programs"

_SHARED: Final = ("type", "tags", "data", "actor", "content_hash")
_CREATE: Final = """
    create table if not exists naive_event (like daybook.event including all);
    alter table naive_event alter position add generated always as identity"""
_SAMPLE: Final = """
    select type, tags::text, data::text, actor, content_hash::text from daybook.event
    where type = %s order by position desc limit 1"""
_INSERT: Final = """
    insert into naive_event
        (type, version, tags, data, recorded_at, decided_at, command_id, actor, correlation_id, content_hash)
    values (:type, 1, :tags, :data, now(), now(), gen_random_uuid(), :actor, gen_random_uuid(), :content_hash);"""


class Pgbench:
    """Inserts rows equal to the newest event of a type, into a table with the columns and indexes of the log's own."""

    def __init__(self, url: str, event_type: str) -> None:
        """Create the table; the log has to hold such an event."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("drop table if exists naive_event")
            connection.execute(_CREATE)
            row = connection.execute(_SAMPLE, (event_type,)).fetchone()
        assert row is not None
        self._url = url
        self._values = [f"--define={name}={value}" for name, value in zip(_SHARED, row, strict=True)]

    @staticmethod
    def exists() -> bool:
        """Tell whether the program is there."""
        return _program().is_file()

    def insert(self, rows: int) -> float:
        """Insert rows; return how many a second."""
        place = address(self._url)
        options = [f"--client={CLIENTS}", "--jobs=2", f"--transactions={max(rows // CLIENTS, 1)}", "--no-vacuum"]
        where = [f"--host={place['host']}", f"--port={place['port']}", f"--username={place['user']}", place["dbname"]]
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write(_INSERT)
            script.flush()
            told = [f"--file={script.name}", "--protocol=prepared", *options, *self._values, *where]
            done = subprocess.run([_program(), *told], check=True, capture_output=True, text=True)
        found = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
        assert found, done.stdout
        return float(found[1])


def _program() -> Path:
    return embedded.postgres_binaries() / "pgbench"
