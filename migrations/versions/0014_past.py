"""The past: read models of then, in schemas of their own."""

from __future__ import annotations

from migrations.scripts import run_folder

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Let read models be laid out as they stood then, for those who ask by SQL."""
    run_folder("past")
