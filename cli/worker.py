"""`daybook worker`."""

from __future__ import annotations

import click
import uvloop

from cli.role import read_settings_of_role
from workers.broker import run


@click.command()
def worker() -> None:
    """Do what happens by itself, the patrol of the log (needs DATABASE_URL)."""
    uvloop.run(run(read_settings_of_role()))
