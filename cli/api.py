"""`daybook api`."""

from __future__ import annotations

import click

from api.server import run
from cli.role import read_settings_of_role


@click.command()
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65_535), help="The port to listen on.")
def api(host: str | None, port: int | None) -> None:
    """Answer commands and queries over HTTP (needs DATABASE_URL)."""
    run(read_settings_of_role(host=host, port=port))
