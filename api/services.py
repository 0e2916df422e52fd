"""What the routes of one process work with, made once by the composition root."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

import msgspec
from litestar.types import Scope

from api.kept import Kept, KeptAnswers
from api.listening import Listeners
from api.reads import Reads
from api.streams import Streams
from api.tail import Tail
from api.tokens import Tokens
from commands.handling import Writer
from daybook.engine import Engine
from daybook.flights import Flights
from daybook.metrics import Metrics
from daybook.settings import Settings
from events.log import Log
from events.sealed import Vault
from projections.changes import Changes
from projections.past import Past
from projections.positions import Positions
from queries.pages import Pages

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Read the clock; aware, in UTC."""
    return datetime.now(UTC)


class Services(msgspec.Struct, frozen=True, eq=False):
    """Open for as long as the application runs. `clock` is what rules go by.

    `log` is what is stored, personal data sealed; `opened` is the same with the keys of the `vault`.
    """

    settings: Settings
    log: Log
    opened: Log
    vault: Vault
    writer: Writer
    engine: Engine
    positions: Positions
    changes: Changes
    past: Past
    kept: KeptAnswers
    flights: Flights[Kept | None]
    listeners: Listeners
    tail: Tail
    cloud_tail: Tail
    streams: Streams
    reads: Reads
    pages: Pages | None
    tokens: Tokens
    metrics: Metrics
    schema_revision: str
    clock: Clock
    openapi: Callable[[], bytes]


def services_of(scope: Scope) -> Services:
    """Return what the composition root made."""
    return cast("Services", scope["litestar_app"].state.services)
