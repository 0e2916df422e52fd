"""Bring databases to the newest schema; `daybook migrate` and the tests call this."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config

from daybook.database import KEYS_MIGRATION_LOCK
from migrations.scripts import SQL


def upgrade(url: str, revision: str = "head", keys_url: str | None = None) -> None:
    """Migrate the log's database and that of the keys, which is the same one if none is named; as their owner.

    Runs event loops of its own.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["url"] = url
    command.upgrade(config, revision)
    asyncio.run(_lay_out_keys(keys_url or url))


async def _lay_out_keys(url: str) -> None:
    """Run all files, in one transaction; see the first one for why they are no revision."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("select pg_advisory_xact_lock($1)", KEYS_MIGRATION_LOCK)
            for path in sorted((SQL / "keys").glob("*.sql")):
                await connection.execute(path.read_text())
    finally:
        await connection.close()
