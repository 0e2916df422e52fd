"""What the routes of one process work with, made once by the composition root."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import msgspec
from litestar.types import Scope
from sqlalchemy.ext.asyncio import AsyncEngine

from api.tokens import Tokens
from commands.handling import Writer
from daybook.metrics import Metrics
from daybook.settings import Settings
from events.log import Log
from projections.positions import Positions


class Services(msgspec.Struct, frozen=True, eq=False):
    """Open for as long as the application runs."""

    settings: Settings
    log: Log
    writer: Writer
    engine: AsyncEngine
    positions: Positions
    tokens: Tokens
    metrics: Metrics
    schema_revision: str
    openapi: Callable[[], bytes]


def services_of(scope: Scope) -> Services:
    """Return what the composition root made."""
    return cast("Services", scope["litestar_app"].state.services)
