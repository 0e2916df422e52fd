"""The log with the tools that others have: the library `eventsourcing`, SQL for auditors, and who read what."""

from __future__ import annotations

from migrations.scripts import run_folder

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Keep track of what followers processed, show the log as views to a role of its own, and record reads."""
    run_folder("eventsourcing")
    run_folder("audit_views")
    run_folder("audit_reads")
    run_folder("auditors")
