"""`daybook prune`: forget what nobody needs any more. Facts are never among it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import asyncpg
import click

from cli.environment import data_dir_option, read_settings, servers
from cli.migrate import owner_url

_PRUNE: Final = "select daybook.prune_refusals($1)"


@click.group()
def prune() -> None:
    """Forget what nobody needs any more."""


@prune.command()
@click.option(
    "--older-than",
    "days",
    type=click.IntRange(min=1),
    required=True,
    metavar="DAYS",
    help="Keep those younger than this.",
)
@data_dir_option
def refusals(days: int, data_dir: Path | None) -> None:
    """Forget commands that were refused that long ago; a key of theirs that is sent again is decided anew."""
    before = datetime.now(UTC) - timedelta(days=days)
    with servers(read_settings(data_dir=data_dir), with_valkey=False) as settings:
        pruned = asyncio.run(prune_refusals(owner_url(settings), before))
    click.echo(f"{pruned} refusals forgotten")


async def prune_refusals(url: str, before: datetime) -> int:
    """Forget refusals decided before a moment, as the database's owner; return how many there were."""
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(_PRUNE, before))
    finally:
        await connection.close()
