"""Access: bearer tokens and what each may do."""

from __future__ import annotations

from migrations.scripts import run_folder

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tokens. They are no facts about bookings, so they stand beside the log and may be revoked."""
    run_folder("access")
