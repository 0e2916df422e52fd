"""The PostgreSQL that everything is measured on: embedded, durable, in a folder of its own, a database per scenario."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from daybook import embedded
from migrations.apply import upgrade

_TEMPLATE = "migrated"


class Cluster(msgspec.Struct, frozen=True):
    """A running server, reached at `url`."""

    url: str

    @contextmanager
    def database(self, name: str, template: str = _TEMPLATE) -> Iterator[str]:
        """Give the URL of a fresh database: with the newest schema, or with all that another one holds."""
        _execute(self.url, "create database {} template {}", name, template)
        try:
            yield _renamed(self.url, name)
        finally:
            _execute(self.url, "drop database {} with (force)", name)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Run a server whose commits are durable, with the settings Daybook gives its own."""
    with tempfile.TemporaryDirectory(prefix="daybook-bench-") as folder, embedded.postgres(Path(folder)) as server:
        _execute(server.url, "create database {}", _TEMPLATE)
        upgrade(_renamed(server.url, _TEMPLATE))
        yield Cluster(server.url)


def address(url: str) -> dict[str, str]:
    """Take a URL apart into what libpq calls dbname, host, port and user."""
    return {name: str(value) for name, value in conninfo_to_dict(url).items()}


def _renamed(url: str, database: str) -> str:
    return url.replace("/daybook?", f"/{database}?")


def _execute(url: str, statement: str, *names: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SQL(statement).format(*map(Identifier, names)))
