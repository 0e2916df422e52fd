"""Slow statements are told without their values; connections that are waited for are measured."""

import asyncio
from typing import Any

import pytest
import structlog
from asyncpg import DivisionByZeroError
from sqlalchemy import text

from daybook.database import Session
from daybook.engine import Engine, open_engine
from daybook.metrics import Metrics
from daybook.watching import REQUEST, DatabaseWatch
from tests.events.postgres.looking import until

ALL = 1e-9
SECRET = "Grace"


def told(lines: list[Any]) -> list[tuple[object, ...]]:
    """Return what slow statements are told by."""
    return [(line["where"], line["route"], line["statement"], line["rows"]) for line in lines]


def test_statement_is_slow_from_the_limit_on() -> None:
    """It is counted, and told with the first line of what it says and the route it was run for."""
    metrics = Metrics()
    watch = DatabaseWatch(metrics, 0.1)
    under_way = REQUEST.set({"path_template": "/v1/slots"})

    with structlog.testing.capture_logs() as lines:
        watch.took("read", "\n  select position\n  from event", 0.1, 3)
        watch.took("read", "select 1", 0.0999, 1)
    REQUEST.reset(under_way)

    assert told(lines) == [("read", "/v1/slots", "select position", 3)]
    assert (lines[0]["log_level"], lines[0]["seconds"]) == ("warning", 0.1)
    assert metrics.registry.get_sample_value("daybook_slow_statements_total", {"where": "read"}) == 1


async def test_statement_that_fails_or_is_given_up_is_told_as_well() -> None:
    """Those are the slowest."""
    watch = DatabaseWatch(Metrics(), ALL)

    async def fail() -> list[int]:
        raise TimeoutError

    with structlog.testing.capture_logs() as lines, pytest.raises(TimeoutError):
        await watch.timed("append", "select", fail())

    assert told(lines) == [("append", "", "select", None)]


async def test_statements_of_a_session_are_told_without_their_values(database_url: str) -> None:
    """The driver does not say how many rows there were."""
    session = Session(database_url, "daybook projector", watch=DatabaseWatch(Metrics(), ALL))

    with structlog.testing.capture_logs() as lines:
        async with session.use() as connection:
            assert await connection.fetchval("select $1::text", SECRET) == SECRET
        await asyncio.sleep(0)  # the driver tells in the next turn of the loop
    await session.close()

    assert told(lines) == [("projector", "", "select $1::text", None)]
    assert SECRET not in str(lines)


async def test_queries_are_told_without_their_values_also_when_they_fail(database_url: str) -> None:
    """With how many rows they gave."""
    watch = DatabaseWatch(Metrics(), ALL)

    with structlog.testing.capture_logs() as lines:
        async with open_engine(database_url, 1, watch) as engine, engine.connect() as connection:
            await connection.fetch(text("select :name from generate_series(1, 3)"), {"name": SECRET})
            with pytest.raises(DivisionByZeroError):
                await connection.fetch(text("select 1 / length(:name)"), {"name": ""})

    assert [(where, rows) for where, _, _, rows in told(lines)] == [("query", 3), ("query", None)]
    assert SECRET not in str(lines)


async def test_wait_for_a_connection_is_measured(database_url: str) -> None:
    """Of a pool with one connection a second one who asks waits until it is given back."""
    metrics = Metrics()

    def measured(name: str) -> float | None:
        return metrics.registry.get_sample_value(f"daybook_postgres_pool_{name}", {"pool": "query"})

    async def ask(engine: Engine) -> None:
        async with engine.connect() as connection:
            await connection.fetch(text("select 1"))

    async def is_waiting() -> bool:
        return measured("waiting") == 1

    async with open_engine(database_url, 1, DatabaseWatch(metrics)) as engine:
        async with engine.connect() as connection:
            await connection.fetch(text("select 1"))
            waiting = asyncio.create_task(ask(engine))
            await until(is_waiting)
            in_use, waited = measured("in_use"), measured("wait_seconds_count")
        await waiting

    assert (measured("size"), in_use, waited, measured("wait_seconds_count"), measured("waiting")) == (1, 1, 1, 2, 0)
