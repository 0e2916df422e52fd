"""`daybook person`: what is held about somebody."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import click
import msgspec

from cli.environment import Failed, data_dir_option, read_settings, servers, with_master_key
from daybook.database import connect
from daybook.settings import Settings
from events.postgres import open_keys, open_log
from events.sealed import SealedLog
from queries.person import HeldData, held_data
from queries.person_page import person_page

STATEMENT_SECONDS: Final = 60.0


@click.group()
def person() -> None:
    """Tell what is held about a candidate."""


@person.command("export")
@click.argument("candidate_id", type=click.UUID)
@click.option("--format", "form", type=click.Choice(["json", "html"]), default="json", show_default=True)
@data_dir_option
def export_person(candidate_id: UUID, form: str, data_dir: Path | None) -> None:
    """Write out all events, commands and rows about a candidate, personal fields opened."""
    with servers(read_settings(data_dir=data_dir), with_valkey=False) as settings:
        held = asyncio.run(_held(settings, candidate_id))
    if held is None:
        raise Failed("there is no such candidate")
    written = person_page(held) if form == "html" else msgspec.json.format(msgspec.json.encode(held)) + b"\n"
    sys.stdout.buffer.write(written)


async def _held(settings: Settings, candidate_id: UUID) -> HeldData | None:
    url = str(settings.database_url)
    connection = await connect(url, "daybook person", STATEMENT_SECONDS)
    try:
        async with open_log(url) as log, open_keys(with_master_key(settings)) as keys:
            return await held_data(SealedLog(log, keys), connection, candidate_id, datetime.now(UTC))
    finally:
        await connection.close()
