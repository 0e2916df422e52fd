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
        upgrade(owner_url(settings))


def owner_url(settings: Settings) -> str:
    """Return the address at which the schema's owner logs in."""
    url = settings.owner_url or settings.database_url
    if url is None:
        raise Failed("DATABASE_URL is not set")
    return url
