"""`daybook audit`: what can be shown about the history."""

from __future__ import annotations

from typing import Final

import click

from cli.loading import Loading

COMMANDS: Final = {
    "as-of": "cli.auditing.as_of:as_of",
    "checkpoint": "cli.proving.commands:show_checkpoint",
    "diff": "cli.auditing.diff:diff",
    "export": "cli.proving.commands:export_log",
    "history": "cli.auditing.history:show_history",
    "invariants": "cli.checking.command:check_invariants",
    "reads": "cli.audit_reads:reads",
    "redecide": "cli.auditing.redecide:redecide_history",
    "verify": "cli.proving.commands:verify_export",
    "what-if": "cli.auditing.what_if:what_if",
}


@click.group(cls=Loading, places=COMMANDS)
def audit() -> None:
    """Show that the history is what it says."""
