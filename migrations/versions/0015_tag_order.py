"""Tags in the order of time."""

from __future__ import annotations

from migrations.scripts import run_folder

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Let tags of what is made at one time lie together in their index."""
    run_folder("tag_order")
