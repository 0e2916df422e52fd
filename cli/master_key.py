"""Whether the master key that is given is the one that the keys in the database are wrapped in."""

from __future__ import annotations

import asyncio

import asyncpg

from cli.environment import Failed
from commands.request import FINGERPRINTS
from daybook.master_keys import CannotUnwrap
from daybook.settings import Settings
from events.log import LogUnavailable
from events.postgres import open_keys


def try_master_key(settings: Settings) -> None:
    """Raise Failed if it is another one.

    A database that is away, or not migrated yet, is waited for by who needs it.
    """
    try:
        asyncio.run(_unwrap(settings))
    except LogUnavailable as error:
        if isinstance(error.__cause__, CannotUnwrap):
            raise Failed(f"DAYBOOK_MASTER_KEY does not fit the keys in the database: {error}") from None
    except asyncpg.PostgresError:
        pass


async def _unwrap(settings: Settings) -> None:
    async with open_keys(settings) as keys:
        await keys.secret(FINGERPRINTS)
