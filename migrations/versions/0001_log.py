"""The log: events, tags, commands with their replies, the chain, and the append."""

from __future__ import annotations

from migrations.scripts import run_folder

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the log. There is no way down: a log is not undone."""
    run_folder("log")
