"""`daybook keys`: the keys that personal data is sealed under."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import click

from cli.environment import Failed, data_dir_option, read_settings, servers, with_master_key
from cli.migrate import keys_owner_url
from daybook.master_keys import CannotUnwrap, MasterKeys
from events.postgres.keys import rotate as rewrap


@click.group()
def keys() -> None:
    """Look after the keys that personal data is sealed under."""


@keys.command()
@data_dir_option
def rotate(data_dir: Path | None) -> None:
    """Wrap every key anew in the first master key; what is sealed stays as it is. May be done again at any time.

    Before, all processes have to be given the new master key with the old one behind it; after it the old one may go.
    """
    with servers(read_settings(data_dir=data_dir), with_valkey=False) as settings:
        masters = MasterKeys.parse(str(with_master_key(settings).master_key))
        try:
            rotated = asyncio.run(_rotate(keys_owner_url(settings), masters))
        except CannotUnwrap as error:
            raise Failed(f"not all keys were wrapped anew: {error}") from None
    click.echo(f"{rotated} keys wrapped anew, in the master key {masters.first}")


async def _rotate(url: str, masters: MasterKeys) -> int:
    connection = await asyncpg.connect(url)
    try:
        return await rewrap(connection, masters)
    finally:
        await connection.close()
