"""`daybook audit reads`: who read the log."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click
import msgspec

from cli.environment import data_dir_option, read_settings, servers
from daybook.engine import open_engine
from daybook.metrics import Metrics
from daybook.settings import Settings
from daybook.watching import DatabaseWatch
from queries.audit_reads import AuditRead, ReadFilters, audit_reads
from queries.page import DEFAULT_LIMIT, MAX_LIMIT, Paging


@click.command("reads")
@click.option("--token", help="Only those by the token of this name.")
@click.option(
    "--limit", type=click.IntRange(1, MAX_LIMIT), default=DEFAULT_LIMIT, show_default=True, help="How many, at most."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@data_dir_option
def reads(token: str | None, limit: int, data_dir: Path | None, *, as_json: bool) -> None:
    """List who read the log over HTTP and what they were shown, newest first."""
    with servers(read_settings(data_dir=data_dir), with_valkey=False) as settings:
        found = asyncio.run(_find(settings, ReadFilters(token), limit))
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    for each in found:
        click.echo("\t".join(_told(each)))


async def _find(settings: Settings, asked: ReadFilters, limit: int) -> list[AuditRead]:
    async with (
        open_engine(str(settings.database_url), 1, DatabaseWatch(Metrics())) as engine,
        engine.connect() as connection,
    ):
        return (await audit_reads(connection, asked, Paging(limit))).items


def _told(read: AuditRead) -> tuple[str, ...]:
    said: dict[str, Any] = msgspec.json.decode(read.parameters)
    parameters = " ".join(f"{name}={value or '...'}" for name, values in sorted(said.items()) for value in values)
    shown = f"{read.first_position or ''}-{read.last_position or ''}"
    return (f"{read.read_at:%Y-%m-%dT%H:%M:%SZ}", f"{read.role}:{read.token}", read.kind, read.route, parameters, shown)
