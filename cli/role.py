"""What a single role has to be told before it starts."""

from __future__ import annotations

from cli.environment import Failed, read_settings, with_master_key
from cli.master_key import try_master_key
from daybook.settings import Settings


def read_settings_of_role(**overrides: object) -> Settings:
    """Read the environment of a single role: it has to name a database, and the master key that fits it."""
    settings = read_settings(**overrides)
    if settings.database_url is None:
        raise Failed("DATABASE_URL is not set; `daybook serve` runs a PostgreSQL of its own")
    try_master_key(with_master_key(settings))
    return settings
