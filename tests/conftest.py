"""One embedded PostgreSQL and one Valkey for a whole run of the tests; a database of its own for every test.

The process that controls the run starts the servers and tells its workers by environment variables. Tests that break
a server start their own (`daybook.embedded`).
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import redis
from filelock import FileLock
from psycopg.sql import SQL, Identifier

from daybook import embedded
from daybook.database import connect
from migrations import apply
from projections.catalogue import PROJECTIONS
from projections.schema import create_missing

_FOLDER = "DAYBOOK_TEST_FOLDER"
_DATABASE_URL = "DAYBOOK_TEST_DATABASE_URL"
_VALKEY_URL = "DAYBOOK_TEST_VALKEY_URL"
_DURABLE = "DAYBOOK_TEST_DURABLE"

_servers = pytest.StashKey[ExitStack]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers, in the controlling process only."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    with ExitStack() as starting:
        folder = Path(tempfile.mkdtemp(prefix="daybook-test-"))
        starting.callback(shutil.rmtree, folder)
        durable = "on" if os.environ.get(_DURABLE) == "1" else "off"
        options = {"max_connections": "200", "fsync": durable, "full_page_writes": durable}
        postgres = starting.enter_context(embedded.postgres(folder, options=options))
        valkey = starting.enter_context(embedded.valkey(folder))
        os.environ.update({_FOLDER: str(folder), _DATABASE_URL: postgres.url, _VALKEY_URL: valkey.url})
        config.stash[_servers] = starting.pop_all()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers and remove their folder."""
    if _servers in config.stash:
        config.stash[_servers].close()


@pytest.fixture(scope="session")
def migrated_template() -> str:
    """The name of a database with the newest schema, made once for all workers."""
    return _template("migrated", "template0", apply.upgrade)


@pytest.fixture(scope="session")
def laid_out_template(migrated_template: str) -> str:
    """The name of a database with the newest schema and the empty tables of all read models, made once as well."""
    return _template("laid_out", migrated_template, lambda url: asyncio.run(_lay_out(url)))


@pytest.fixture
def database_url(migrated_template: str) -> Iterator[str]:
    """The URL of a fresh database with the newest schema."""
    yield from _fresh_database(migrated_template)


@pytest.fixture
def laid_out_database_url(laid_out_template: str) -> Iterator[str]:
    """The URL of a fresh database with the newest schema and empty read models."""
    yield from _fresh_database(laid_out_template)


@pytest.fixture
def empty_database_url() -> Iterator[str]:
    """The URL of a fresh database with nothing in it."""
    yield from _fresh_database("template0")


@pytest.fixture
def valkey_url(worker_id: str) -> str:
    """The URL of an empty Valkey database that no other worker uses."""
    number = 0 if worker_id == "master" else int(worker_id.removeprefix("gw"))
    url = f"{os.environ[_VALKEY_URL]}?db={number}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


def _template(name: str, start: str, make: Callable[[str], None]) -> str:
    """Make a database from another one by what `make` does to its URL, unless a worker did so before."""
    made = Path(os.environ[_FOLDER]) / f"{name}-made"
    with FileLock(made.with_suffix(".lock")):
        if not made.exists():
            _execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(name)))
            _execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(start)))
            make(_url_of(name))
            made.touch()
    return name


async def _lay_out(url: str) -> None:
    connection = await connect(url, "daybook test", 60.0)
    try:
        await create_missing(connection, PROJECTIONS)
    finally:
        await connection.close()


def _fresh_database(template: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    _execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))
    yield _url_of(name)
    _execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def _url_of(database: str) -> str:
    return os.environ[_DATABASE_URL].replace("/daybook?", f"/{database}?")


def _execute(statement: psycopg.sql.Composed) -> None:
    with psycopg.connect(os.environ[_DATABASE_URL], autocommit=True) as connection:
        connection.execute(statement)
