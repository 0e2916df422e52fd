"""The eraser's checkpoint."""

from __future__ import annotations

from migrations.scripts import run_folder

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Let a worker follow the log and erase for good who was erased there."""
    run_folder("erasure")
