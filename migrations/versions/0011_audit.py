"""Audit: signed checkpoints of the log."""

from __future__ import annotations

from migrations.scripts import run_folder

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Give the log a name, keep its checkpoints, and show events as they were hashed."""
    run_folder("audit")
