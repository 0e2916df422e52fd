"""The log with the tools that others have: what the library `eventsourcing` needs, and views for SQL."""

from __future__ import annotations

from migrations.scripts import run_folder

revision = "0013"
down_revision = "0009"


def upgrade() -> None:
    """Keep track of what followers have processed, and show the log as views."""
    run_folder("eventsourcing")
    run_folder("audit_views")
