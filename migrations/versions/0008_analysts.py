"""Analysts: a role that reads their tables and nothing else."""

from __future__ import annotations

from migrations.scripts import run_folder

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the role."""
    run_folder("analysts")
