"""The log with the tools that others have: what applications of the library `eventsourcing` need."""

from __future__ import annotations

from migrations.scripts import run_folder

revision = "0013"
down_revision = "0009"


def upgrade() -> None:
    """Keep track of what such applications have processed."""
    run_folder("eventsourcing")
