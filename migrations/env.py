"""How Alembic reaches the database: one transaction over asyncpg."""

from __future__ import annotations

import asyncio

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from daybook.database import MIGRATION_LOCK


def _migrate(connection: Connection) -> None:
    # Two hosts may start a new version at once.
    connection.execute(text(f"select pg_advisory_xact_lock({MIGRATION_LOCK})"))
    connection.execute(text("create schema if not exists daybook"))
    context.configure(connection=connection, version_table_schema="daybook")
    context.run_migrations()


async def _main() -> None:
    url = context.config.attributes["url"].replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(_migrate)
    await engine.dispose()


asyncio.run(_main())
