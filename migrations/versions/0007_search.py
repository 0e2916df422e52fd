"""Search: trigrams, where the server has them."""

from __future__ import annotations

from migrations.scripts import run_folder

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make trigrams known."""
    run_folder("search")
