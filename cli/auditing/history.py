"""`daybook audit history TAG`: what happened under a tag, with who and why."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

import click
import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.auditing.moments import MOMENT, Moment
from cli.environment import Failed, data_dir_option, read_settings, servers
from events.postgres import open_log
from queries.history import HistoryEvent, Told, history

HEADINGS: Final = ("position", "recorded at", "event", "who", "command", "why", "brought about by")


@click.command("history")
@click.argument("tag")
@click.option("--as-of", "until", type=MOMENT, help="As it stood at a position of the log or a time; else: now.")
@click.option("--json", "as_json", is_flag=True, help="Print what GET /v1/history answers.")
@data_dir_option
def show_history(tag: str, until: Moment | None, data_dir: Path | None, *, as_json: bool) -> None:
    """Tell what happened under TAG (slot:ID, candidate:ID, ...), who did it, by which command, and why."""
    with servers(read_settings(data_dir=data_dir), with_valkey=False) as settings:
        told = asyncio.run(_read(str(settings.database_url), tag, until))
    if told is None:
        raise Failed("nothing stands under this tag, or nothing stood then")
    if as_json:
        click.echo(msgspec.json.encode(told.history).decode())
        return
    lines = [_line(each) for each in told.history.events]
    if sys.stdout.isatty():
        Console().print(_table(lines))
    else:
        click.echo("\n".join("\t".join(each) for each in lines))
    click.echo(f"{told.history.state['status']} as of position {told.history.position}", err=True)


async def _read(url: str, tag: str, until: Moment | None) -> Told | None:
    async with open_log(url) as log:
        return await history(log, tag, until)


def _line(event: HistoryEvent) -> tuple[str, ...]:
    cause = event.cause
    return (
        str(event.position),
        f"{event.recorded_at:%Y-%m-%d %H:%M:%S}Z",
        event.type,
        event.actor,
        event.command.name if event.command else "lost",
        event.reason or "",
        f"{cause.name} by {cause.actor}, position {cause.position}" if cause else str(event.causation_id or ""),
    )


def _table(lines: list[tuple[str, ...]]) -> Table:
    """Lay out what is there: a column in which nothing stands is left out."""
    wanted = [number for number, _ in enumerate(HEADINGS) if any(line[number] for line in lines)]
    table = Table(*(HEADINGS[number] for number in wanted))
    for line in lines:
        table.add_row(*(escape(line[number]) for number in wanted))
    return table
