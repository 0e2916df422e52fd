"""How the library is told where its database is."""

from __future__ import annotations

from typing import Final

from bench.cluster import address
from bench.peers.threads import THREADS

MODULE: Final = "eventsourcing.postgres"
DCB_MODULE: Final = "eventsourcing.dcb.postgres_tt"


def environment(url: str, module: str) -> dict[str, str]:
    """Give the settings of an application of the library: its defaults, but for a connection per thread."""
    place = address(url)
    return {
        "PERSISTENCE_MODULE": module,
        "POSTGRES_DBNAME": place["dbname"],
        "POSTGRES_HOST": place["host"],
        "POSTGRES_PORT": place["port"],
        "POSTGRES_USER": place["user"],
        "POSTGRES_PASSWORD": "not asked for",
        "POSTGRES_POOL_SIZE": str(THREADS),
    }
