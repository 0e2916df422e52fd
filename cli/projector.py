"""`daybook projector`."""

from __future__ import annotations

import click
import uvloop

from cli.environment import Failed
from cli.projecting import run_projector
from cli.role import read_settings_of_role
from daybook.exposing import CannotListen


@click.command()
def projector() -> None:
    """Keep the read models up to date (needs DATABASE_URL)."""
    try:
        uvloop.run(run_projector(read_settings_of_role()))
    except CannotListen as error:
        raise Failed(str(error)) from error
