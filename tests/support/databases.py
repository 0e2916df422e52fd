"""Databases for tests: made from templates, each of which is made once for all workers of a run."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psycopg
from filelock import FileLock
from psycopg.sql import SQL, Composed, Identifier

FOLDER: Final = "DAYBOOK_TEST_FOLDER"
DATABASE_URL: Final = "DAYBOOK_TEST_DATABASE_URL"


def template(name: str, start: str, make: Callable[[str], Any]) -> str:
    """Make a database from another one by what `make` does to its URL, unless a worker did so before; its name."""
    made = Path(os.environ[FOLDER]) / f"{name}-made"
    with FileLock(made.with_suffix(".lock")):
        if not made.exists():
            _execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(name)))
            _execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(start)))
            make(_url_of(name))
            made.touch()
    return name


def fresh_database(start: str) -> Iterator[str]:
    """Give the URL of a database made from a template, and drop it afterwards."""
    name = f"test_{uuid4().hex}"
    _execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(start)))
    yield _url_of(name)
    _execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def _url_of(database: str) -> str:
    return os.environ[DATABASE_URL].replace("/daybook?", f"/{database}?")


def _execute(statement: Composed) -> None:
    with psycopg.connect(os.environ[DATABASE_URL], autocommit=True) as connection:
        connection.execute(statement)
