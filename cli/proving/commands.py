"""The commands themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cli import verify_daybook
from cli.environment import Failed, data_dir_option, read_settings, servers
from cli.exporting.sink import Sink, replacing
from cli.proving.bundle import SECONDS, Exported, export_bundle
from cli.proving.handing_over import hand_over
from daybook.database import connect
from daybook.settings import Settings
from events.proofs.keys import WrongKey, read_signing_key
from workers import ledger

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


@click.command("checkpoint")
@click.option(
    "--rotate-key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Hand over to the signing key in this file; no worker may be sealing meanwhile.",
)
@data_dir_option
def show_checkpoint(rotate_key: Path | None, data_dir: Path | None) -> None:
    """Print the newest checkpoint, whose `key` is the public key that it was signed with."""
    try:
        successor = None if rotate_key is None else read_signing_key(rotate_key.read_text(encoding="utf-8").strip())
        with servers(read_settings(data_dir=data_dir), with_valkey=False) as settings:
            line = asyncio.run(_newest(settings) if successor is None else _handed_over(settings, successor))
    except (WrongKey, UnicodeDecodeError) as error:
        raise Failed(str(error)) from error
    click.echo(line)


async def _newest(settings: Settings) -> str:
    connection = await connect(str(settings.database_url), "daybook checkpoint")
    try:
        kept = await ledger.newest(connection)
    finally:
        await connection.close()
    if kept is None:
        raise Failed("there is no checkpoint yet: a worker makes them")
    return kept.line.decode()


async def _handed_over(settings: Settings, successor: Ed25519PrivateKey) -> str:
    sealed = await hand_over(settings, successor)
    return sealed.line.decode()


@click.command("verify", add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def verify_export(context: click.Context, arguments: Sequence[str]) -> None:
    """Verify what was exported, or a proof; needs nothing that runs. It is `verify_daybook.py`, which runs alone."""
    context.exit(verify_daybook.main(arguments))
