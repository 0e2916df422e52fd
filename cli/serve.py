"""`daybook serve`."""

from __future__ import annotations

from pathlib import Path

import click

from cli.environment import data_dir_option, read_settings, servers
from cli.migrate import owner_url
from cli.process_tree import ROLES, ProcessTree
from daybook import logs
from events.catalogue import PERSONAL_FIELDS
from migrations.apply import upgrade


@click.command()
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65_535), help="The port to listen on.")
@data_dir_option
def serve(host: str | None, port: int | None, data_dir: Path | None) -> None:
    """Run all roles in one process tree, with embedded servers where no address is configured."""
    settings = read_settings(host=host, port=port, data_dir=data_dir)
    logs.configure(settings.log_level, "serve", PERSONAL_FIELDS)
    with servers(settings) as complete:
        upgrade(owner_url(complete))
        with ProcessTree(complete, ROLES) as tree:
            tree.watch()
