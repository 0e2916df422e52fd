"""One embedded PostgreSQL and one Valkey for a whole run of the tests; a database of its own for every test.

The process that controls the run starts the servers and tells its workers by environment variables. Tests that break
a server start their own (`daybook.embedded`).
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis

from daybook import embedded
from daybook.database import connect
from migrations import apply
from projections.catalogue import PROJECTIONS
from projections.schema import create_missing
from tests.support.databases import DATABASE_URL, FOLDER, fresh_database, in_memory, template
from tests.support.keys import MASTER_KEY
from tests.support.measuring import import_all, unmeasured

_VALKEY_URL = "DAYBOOK_TEST_VALKEY_URL"
_DURABLE = "DAYBOOK_TEST_DURABLE"

OF_PROCESSES = {"faults", "bench", "house", "migrations"}

_servers = pytest.StashKey[ExitStack]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers, in the controlling process only."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    with ExitStack() as starting:
        durable = "on" if os.environ.get(_DURABLE) == "1" else "off"
        if durable == "off" and (place := in_memory()):
            os.environ["TMPDIR"] = tempfile.tempdir = place
        folder = Path(tempfile.mkdtemp(prefix="daybook-test-"))
        starting.callback(shutil.rmtree, folder)
        options = {"max_connections": "200", "fsync": durable, "full_page_writes": durable}
        postgres = starting.enter_context(embedded.postgres(folder, options=options))
        valkey = starting.enter_context(embedded.valkey(folder))
        os.environ.update({FOLDER: str(folder), DATABASE_URL: postgres.url, _VALKEY_URL: valkey.url})
        os.environ["DAYBOOK_MASTER_KEY"] = MASTER_KEY
        config.stash[_servers] = starting.pop_all()


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Collect without measuring coverage: what runs when our modules are imported was measured before."""
    if not hasattr(session.config, "workerinput"):
        import_all()
    with unmeasured():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure no coverage where the work is done in processes of their own, or where other tests go the same ways."""
    if item.path.parent.name in OF_PROCESSES or item.get_closest_marker("unmeasured"):
        with unmeasured():
            return (yield)
    return (yield)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers and remove their folder."""
    if _servers in config.stash:
        config.stash[_servers].close()


@pytest.fixture(scope="session")
def migrated_template() -> str:
    """The name of a database with the newest schema, made once for all workers."""
    return template("migrated", "template0", apply.upgrade)


@pytest.fixture(scope="session")
def laid_out_template(migrated_template: str) -> str:
    """The name of a database with the newest schema and the empty tables of all read models, made once as well."""
    return template("laid_out", migrated_template, lambda url: asyncio.run(_lay_out(url)))


@pytest.fixture
def database_url(migrated_template: str) -> Iterator[str]:
    """The URL of a fresh database with the newest schema."""
    yield from fresh_database(migrated_template)


@pytest.fixture
def empty_database_url() -> Iterator[str]:
    """The URL of a fresh database with nothing in it."""
    yield from fresh_database("template0")


@pytest.fixture
def valkey_url(worker_id: str) -> str:
    """The URL of an empty Valkey database that no other worker uses."""
    number = 0 if worker_id == "master" else int(worker_id.removeprefix("gw"))
    url = f"{os.environ[_VALKEY_URL]}?db={number}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


async def _lay_out(url: str) -> None:
    connection = await connect(url, "daybook test", 60.0)
    try:
        await create_missing(connection, PROJECTIONS)
    finally:
        await connection.close()
