"""What a process notices of PostgreSQL: statements that take long, and how long one waits for a connection.

A slow statement is told with the route that it was run for, and how many rows it gave; never with its values, which may
be a person's.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter
from types import MappingProxyType
from typing import Any, Final, TypeVar

import asyncpg
import structlog

from daybook.metrics import Metrics

# The ASGI scope of the HTTP request under way; which route it takes is in it once that is known.
REQUEST: Final[ContextVar[Mapping[str, Any]]] = ContextVar("request", default=MappingProxyType({}))

_LONGEST_NAME: Final = 120

_log = structlog.get_logger(__name__)

S = TypeVar("S", bound=Sized)


class DatabaseWatch:
    """One per process. Without a limit no statement is slow."""

    def __init__(self, metrics: Metrics, slow_seconds: float = math.inf) -> None:
        """A statement is slow from `slow_seconds` on."""
        self._metrics = metrics
        self._slow_seconds = slow_seconds

    def took(self, where: str, statement: str, seconds: float, rows: int | None) -> None:
        """Note how long a statement took. `where` says whose it is, in one word; no `rows` where they are not known."""
        if seconds < self._slow_seconds:
            return
        self._metrics.slow_statements.labels(where).inc()
        _log.warning(
            "slow statement",
            where=where,
            route=REQUEST.get().get("path_template", ""),
            statement=statement.strip().partition("\n")[0][:_LONGEST_NAME],
            seconds=round(seconds, 6),
            rows=rows,
        )

    async def timed(self, where: str, statement: str, running: Awaitable[S]) -> S:
        """Note how long it takes to fetch the rows of a statement, also if it fails."""
        started, rows = perf_counter(), None
        try:
            found = await running
            rows = len(found)
            return found
        finally:
            self.took(where, statement, perf_counter() - started, rows)

    def listen(self, where: str, connection: asyncpg.Connection) -> None:
        """Note how long each statement on a connection takes; the driver does not tell how many rows it gave."""
        connection.add_query_logger(lambda query: self.took(where, query.query, query.elapsed, None))

    @contextmanager
    def waiting(self, pool: str) -> Iterator[None]:
        """Surround the wait for a connection of a pool."""
        with (
            self._metrics.pool_waiting.labels(pool).track_inprogress(),
            self._metrics.pool_wait_seconds.labels(pool).time(),
        ):
            yield

    def pool(self, name: str, size: Callable[[], int], in_use: Callable[[], int]) -> None:
        """Ask a pool for the connections it may have and those in use whenever the metrics are read."""
        self._metrics.pool_size.labels(name).set_function(size)
        self._metrics.pool_in_use.labels(name).set_function(in_use)
