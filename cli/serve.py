"""`daybook serve`."""

from __future__ import annotations

from pathlib import Path

import click

from cli.environment import data_dir_option, read_settings, servers, with_master_key
from cli.master_key import try_master_key
from cli.migrate import migrate_all
from cli.process_tree import ROLES, ProcessTree
from daybook import logs
from events.catalogue import PERSONAL_FIELDS


@click.command()
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65_535), help="The port to listen on.")
@data_dir_option
def serve(host: str | None, port: int | None, data_dir: Path | None) -> None:
    """Run all roles in one process tree, with embedded servers where no address is configured."""
    settings = read_settings(host=host, port=port, data_dir=data_dir)
    logs.configure(settings.log_level, "serve", PERSONAL_FIELDS)
    with servers(settings) as complete:
        with_master_key(complete)
        migrate_all(complete)
        try_master_key(complete)
        with ProcessTree(complete, ROLES) as tree:
            tree.watch()
