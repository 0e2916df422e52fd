"""`daybook migrate`."""

from __future__ import annotations

from pathlib import Path

import click

from cli.environment import Failed, data_dir_option, read_settings, servers
from daybook.settings import Settings
from migrations.apply import upgrade


@click.command()
@data_dir_option
def migrate(data_dir: Path | None) -> None:
    """Bring the database to the newest schema."""
    with servers(read_settings(data_dir=data_dir), with_valkey=False) as settings:
        migrate_all(settings)


def migrate_all(settings: Settings) -> None:
    """Migrate the database of the log and that of the keys."""
    upgrade(owner_url(settings), keys_url=keys_owner_url(settings))


def owner_url(settings: Settings) -> str:
    """Return the address at which the schema's owner logs in."""
    url = settings.owner_url or settings.database_url
    if url is None:
        raise Failed("DATABASE_URL is not set")
    return url


def keys_owner_url(settings: Settings) -> str:
    """Return the address at which the owner of the keys' schema logs in."""
    return settings.keys_owner_url or settings.keys_url or owner_url(settings)
