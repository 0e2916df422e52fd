"""Read models: how far each has come, and the right to lay out their tables."""

from __future__ import annotations

from migrations.scripts import run_folder

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the checkpoints. The projector lays out the tables of the read models itself, a schema per version."""
    run_folder("projections")
