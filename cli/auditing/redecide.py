"""`daybook audit redecide`: every recorded command decided once more, by the rules of today."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import click
import msgspec

from cli.environment import data_dir_option, read_settings, servers
from commands.redeciding import Report, redecide
from daybook.settings import Settings
from events.postgres import open_log
from events.sealed import NoKeys, SealedLog

FOUND_A_FAULT: Final = 1


@click.command("redecide")
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="Report as one JSON document.")
@click.pass_context
def redecide_history(context: click.Context, data_dir: Path | None, *, as_json: bool) -> None:
    """Decide the whole history anew from the stored commands; exits with 1 where anything comes out otherwise."""
    with servers(read_settings(data_dir=data_dir), with_valkey=False) as settings:
        report = asyncio.run(_redecide(settings))
    click.echo(msgspec.json.encode(report).decode() if as_json else _told(report))
    if report.differences:
        context.exit(FOUND_A_FAULT)


async def _redecide(settings: Settings) -> Report:
    async with open_log(str(settings.database_url)) as log:
        return await redecide(SealedLog(log, NoKeys()))


def _told(report: Report) -> str:
    lines = [
        f"{report.same} commands decided again: the same outcome and the same events",
        f"{report.conditional} refused for If-Match and {report.foreign} of other programs: not decided again",
    ]
    lines += [
        f"position {each.position}, {each.name} {each.command_id}: recorded {each.recorded}; now {each.redecided}"
        for each in report.differences
    ]
    return "\n".join(lines)
