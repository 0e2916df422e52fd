"""`daybook serve` and the single roles."""

from __future__ import annotations

from pathlib import Path

import click
import uvloop

from api.server import run as run_api
from cli.environment import Failed, data_dir_option, read_settings, servers
from cli.migrate import owner_url
from cli.process_tree import ProcessTree
from cli.projecting import run_projector
from daybook import logs
from daybook.settings import Settings
from events.catalogue import PERSONAL_FIELDS
from migrations.apply import upgrade
from workers.broker import run as run_worker

ROLES = ("api", "projector", "worker")


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


@click.command()
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65_535), help="The port to listen on.")
def api(host: str | None, port: int | None) -> None:
    """Answer commands and queries over HTTP (needs DATABASE_URL)."""
    run_api(_with_database(read_settings(host=host, port=port)))


@click.command()
def projector() -> None:
    """Keep the read models up to date (needs DATABASE_URL)."""
    uvloop.run(run_projector(_with_database(read_settings())))


@click.command()
def worker() -> None:
    """Do what happens by itself, the patrol of the log (needs DATABASE_URL)."""
    uvloop.run(run_worker(_with_database(read_settings())))


def _with_database(settings: Settings) -> Settings:
    if settings.database_url is None:
        raise Failed("DATABASE_URL is not set; `daybook serve` runs a PostgreSQL of its own")
    return settings
