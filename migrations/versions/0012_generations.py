"""Generations of the read models."""

from __future__ import annotations

from migrations.scripts import run_folder

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Let it be told that rows of read models have changed without an event."""
    run_folder("generations")
