"""`daybook audit invariants`: the whole log held against the rules."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import click
import msgspec

from cli.checking.auditing import Audited, audit_rules
from cli.environment import data_dir_option, read_settings, servers
from daybook.garbage import look_less_often

FOUND_A_FAULT: Final = 1


@click.command("invariants")
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
