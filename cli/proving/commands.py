"""The commands themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click

from cli import verify_daybook
from cli.environment import data_dir_option, read_settings, servers
from cli.exporting.sink import Sink, replacing
from cli.proving.bundle import SECONDS, Exported, export_bundle
from daybook.database import connect

_position = click.IntRange(min=1)


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--from", "first", type=_position, help="The append that wrote this position, and all behind it.")
@click.option("--to", "last", type=_position, help="Up to the append that wrote this position.")
@data_dir_option
def export_log(file: Path, first: int | None, last: int | None, data_dir: Path | None) -> None:
    """Write the log to FILE, compressed, so that it can be verified without Daybook."""
    with servers(read_settings(data_dir=data_dir), with_valkey=False) as settings, replacing(file) as sink:
        done = asyncio.run(_export(str(settings.database_url), sink, first, last))
    click.echo(f"positions {done.first} to {done.last} of the log {done.log}", err=True)


async def _export(url: str, sink: Sink, first: int | None, last: int | None) -> Exported:
    connection = await connect(url, "daybook export", SECONDS)
    try:
        # As wherever the log is read: a plan made while a table was empty would scan it.
        await connection.execute("set enable_seqscan = off")
        return await export_bundle(connection, sink, first, last)
    finally:
        await connection.close()


@click.command("verify", add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def verify_export(context: click.Context, arguments: Sequence[str]) -> None:
    """Verify what was exported, or a proof; needs nothing that runs. It is `verify_daybook.py`, which runs alone."""
    context.exit(verify_daybook.main(arguments))
