"""`daybook projector`."""

from __future__ import annotations

import click
import uvloop

from cli.projecting import run_projector
from cli.role import read_settings_of_role


@click.command()
def projector() -> None:
    """Keep the read models up to date (needs DATABASE_URL)."""
    uvloop.run(run_projector(read_settings_of_role()))
