"""Workers: how far each reactor has come."""

from __future__ import annotations

from migrations.scripts import run_folder

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the patrol's checkpoint."""
    run_folder("workers")
