"""Refusals: found by what they were about, and forgotten when they are old."""

from __future__ import annotations

from migrations.scripts import run_folder

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Index the refused commands, and let them be pruned, and nothing else."""
    run_folder("refusals")
