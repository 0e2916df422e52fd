"""`daybook audit`: what can be shown about the history."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
import msgspec

from cli.audit_reads import reads
from cli.auditing.as_of import as_of
from cli.auditing.diff import diff
from cli.auditing.history import show_history
from cli.auditing.what_if import what_if
from cli.checking.auditing import Audited, audit_rules
from cli.environment import data_dir_option, read_settings, servers
from cli.proving.commands import export_log, show_checkpoint, verify_export
from commands.redeciding import Report, redecide
from daybook.garbage import look_less_often
from daybook.settings import Settings
from events.postgres import open_log
from events.sealed import NoKeys, SealedLog

FOUND_A_FAULT = 1


@click.group()
def audit() -> None:
    """Show that the history is what it says."""


audit.add_command(reads)
audit.add_command(export_log)
audit.add_command(verify_export)
audit.add_command(show_checkpoint)
audit.add_command(show_history)
audit.add_command(as_of)
audit.add_command(diff)
audit.add_command(what_if)


@audit.command("redecide")
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


@audit.command("invariants")
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="Report as one JSON document.")
@click.pass_context
def check_invariants(context: click.Context, data_dir: Path | None, *, as_json: bool) -> None:
    """Check every rule over the whole log with an independent checker; exits with 1 at the first breach."""
    look_less_often()
    with servers(read_settings(data_dir=data_dir), with_valkey=False) as settings:
        audited = asyncio.run(audit_rules(str(settings.database_url)))
    click.echo(_as_json(audited) if as_json else _audited(audited))
    if audited.breach:
        context.exit(FOUND_A_FAULT)


def _as_json(audited: Audited) -> str:
    report = {
        "events": audited.events,
        "folded_per_second": round(audited.folded_per_second),
        "read_per_second": round(audited.read_per_second),
        "breach": audited.breach and audited.breach._asdict(),
    }
    return msgspec.json.encode(report).decode()


def _audited(audited: Audited) -> str:
    return "\n".join(
        (
            f"{audited.events:,} events checked against every rule, from position 0",
            f"folded at {audited.folded_per_second:,.0f} events/s on one core, read at {audited.read_per_second:,.0f}",
            str(audited.breach) if audited.breach else "no rule is broken",
        )
    )
