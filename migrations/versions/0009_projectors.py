"""Projectors: leases, builds beside each other, and events that wait."""

from __future__ import annotations

from migrations.scripts import run_folder

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Let any number of projectors share the read models, and a read model be built beside the one that is read."""
    run_folder("projectors")
