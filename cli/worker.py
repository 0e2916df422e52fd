"""`daybook worker`."""

from __future__ import annotations

import click
import uvloop

from cli.environment import Failed
from cli.role import read_settings_of_role
from daybook.exposing import CannotListen
from events.proofs.keys import WrongKey
from workers.broker import run


@click.command()
def worker() -> None:
    """Do what happens by itself: patrol the log, seal it, erase for good (needs DATABASE_URL)."""
    try:
        uvloop.run(run(read_settings_of_role()))
    except (WrongKey, CannotListen) as error:
        raise Failed(str(error)) from error
