"""The connections that queries of the read models share."""

from __future__ import annotations

from time import perf_counter
from typing import Final

from sqlalchemy import Connection, Pool, PoolProxiedConnection, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from daybook.database import CONNECT_SECONDS, server_settings
from daybook.watching import DatabaseWatch

_STARTED: Final = "daybook_started"


def open_engine(
    url: str, size: int, watch: DatabaseWatch, *, name: str = "query", statement_seconds: float = 2.0
) -> AsyncEngine:
    """Make an engine of at most `size` connections, which is watched under a name; nothing is opened yet.

    Queries are one select each: without a transaction around it, that is one round trip.
    """
    engine = create_async_engine(
        url.replace("postgresql://", "postgresql+asyncpg://", 1),
        poolclass=_pool_of(watch, name),
        pool_size=size,
        max_overflow=0,
        pool_timeout=CONNECT_SECONDS,
        isolation_level="AUTOCOMMIT",
        connect_args={
            "timeout": CONNECT_SECONDS,
            "server_settings": server_settings(f"daybook {name}", statement_seconds),
        },
    )
    pool = engine.pool
    assert isinstance(pool, AsyncAdaptedQueuePool)  # noqa: S101  made above
    watch.pool(name, pool.size, pool.checkedout)
    _watch_statements(engine, watch, name)
    return engine


def _pool_of(watch: DatabaseWatch, name: str) -> type[Pool]:
    """SQLAlchemy tells when a connection was lent, and not since when somebody has waited for it."""

    class WatchedPool(AsyncAdaptedQueuePool):
        def connect(self) -> PoolProxiedConnection:
            with watch.waiting(name):
                return super().connect()

    return WatchedPool


def _watch_statements(engine: AsyncEngine, watch: DatabaseWatch, name: str) -> None:
    def note(connection: Connection, statement: str, rows: int | None) -> None:
        watch.took(name, statement, perf_counter() - connection.info[_STARTED], rows)

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def begin(connection: Connection, *_: object) -> None:
        connection.info[_STARTED] = perf_counter()

    @event.listens_for(engine.sync_engine, "after_cursor_execute")
    def end(connection: Connection, cursor: DBAPICursor, statement: str, *_: object) -> None:
        note(connection, statement, cursor.rowcount)

    @event.listens_for(engine.sync_engine, "handle_error")
    def fail(failed: ExceptionContext) -> None:
        if failed.connection is not None and failed.statement is not None and failed.execution_context is not None:
            note(failed.connection, failed.statement, None)
