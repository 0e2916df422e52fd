"""Calendar keys: tokens that open one feed."""

from __future__ import annotations

from migrations.scripts import run_folder

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Let a token be a calendar key."""
    run_folder("calendar")
