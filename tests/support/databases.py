"""Databases for tests: made from templates, each of which is made once for all workers of a run."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psycopg
from filelock import FileLock
from psycopg.sql import SQL, Composed, Identifier

FOLDER: Final = "DAYBOOK_TEST_FOLDER"
DATABASE_URL: Final = "DAYBOOK_TEST_DATABASE_URL"

_IN_MEMORY: Final = "/dev/shm"  # noqa: S108  who makes folders in it makes them with names of their own
_ENOUGH: Final = 8 << 30


def in_memory() -> str | None:
    """Where files are kept in memory, and a database is made ten times as soon; None if there is no room, or a wish."""
    if "TMPDIR" in os.environ:
        return None
    return _IN_MEMORY if Path(_IN_MEMORY).is_dir() and shutil.disk_usage(_IN_MEMORY).free >= _ENOUGH else None


def template(name: str, start: str, make: Callable[[str], Any]) -> str:
    """Make a database from another one by what `make` does to its URL, unless a worker did so before; its name."""
    made = Path(os.environ[FOLDER]) / f"{name}-made"
    with FileLock(made.with_suffix(".lock")):
        if not made.exists():
            _execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(name)))
            _copy(start, name)
            make(_url_of(name))
            # What a first connection works out of the catalogue is a file, and copied with the others.
            with psycopg.connect(_url_of(name)):
                made.touch()
    return name


def fresh_database(start: str) -> Iterator[str]:
    """Give the URL of a database made from a template, and drop it afterwards."""
    name = f"test_{uuid4().hex}"
    _copy(start, name)
    yield _url_of(name)
    _execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def _copy(start: str, name: str) -> None:
    # File by file: page by page, by way of the write-ahead log, takes twice the time.
    create = "CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy"
    _execute(SQL(create).format(Identifier(name), Identifier(start)))


def _url_of(database: str) -> str:
    return os.environ[DATABASE_URL].replace("/daybook?", f"/{database}?")


def _execute(statement: Composed) -> None:
    with psycopg.connect(os.environ[DATABASE_URL], autocommit=True) as connection:
        connection.execute(statement)
