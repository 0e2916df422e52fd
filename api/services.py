"""What the routes of one process work with, made once by the composition root."""

from __future__ import annotations

from typing import cast

import msgspec
from litestar.connection import ASGIConnection
from sqlalchemy.ext.asyncio import AsyncEngine

from api.tokens import Tokens
from commands.handling import Writer
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


def services_of(connection: ASGIConnection) -> Services:
    """Return what the composition root made."""
    return cast("Services", connection.app.state.services)
