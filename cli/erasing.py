"""`daybook erase` and `daybook retention`: nothing is kept any more that says who somebody is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import click
import msgspec

from cli.environment import Failed, data_dir_option, read_settings, servers, with_master_key
from commands.actor import Actor
from commands.handling import Writer
from commands.refusals import UnknownCandidate
from daybook import erasure_ledger
from daybook.database import connect
from daybook.erasure_ledger import Erased, UnreadableLedger
from daybook.settings import Settings
from events.log import ACCEPTED
from events.postgres import open_keys, open_log
from events.sealed import SealedLog
from queries.retention import overdue
from workers.erasing import Erasing
from workers.retention import REASON

OPERATOR: Final = Actor("admin", "command line")
STATEMENT_SECONDS: Final = 60.0


@click.command()
@click.argument("candidate_id", type=click.UUID, required=False)
@click.option("--reason", help="Why; it is kept, so name nobody in it.")
@click.option("--replay-ledger", is_flag=True, help="Erase anew all whom the ledger names: after a restore.")
@data_dir_option
def erase(candidate_id: UUID | None, reason: str | None, data_dir: Path | None, *, replay_ledger: bool) -> None:
    """Erase a candidate for good: seats to come are given up, and the key to their personal data is destroyed."""
    if replay_ledger == (candidate_id is not None) or (candidate_id is not None and not reason):
        raise click.UsageError("give a candidate with --reason, or --replay-ledger")
    with servers(read_settings(data_dir=data_dir), with_valkey=False) as settings:
        if candidate_id is not None and reason:
            asyncio.run(_erase(settings, candidate_id, reason))
            click.echo(f"{candidate_id} erased")
        else:
            known, unknown = asyncio.run(_replay(settings))
            click.echo(f"{known} candidates erased anew; of {unknown} this log does not know, the key is destroyed")


@click.command()
@click.option("--days", type=click.IntRange(min=1), required=True, help="How long after the end of their process.")
@click.option("--dry-run", is_flag=True, help="List them, and erase nobody.")
@data_dir_option
def retention(days: int, data_dir: Path | None, *, dry_run: bool) -> None:
    """Erase the candidates who were rejected, withdrew or were hired longer ago."""
    with servers(read_settings(data_dir=data_dir), with_valkey=False) as settings:
        due = asyncio.run(_retain(settings, datetime.now(UTC) - timedelta(days=days), dry_run=dry_run))
    for candidate_id in due:
        click.echo(candidate_id)
    click.echo(f"{len(due)} candidates {'are due' if dry_run else 'erased'}", err=True)


async def _erase(settings: Settings, candidate_id: UUID, reason: str) -> None:
    async with _erasing(settings) as erasing:
        reply = await erasing.erase(candidate_id, reason, datetime.now(UTC))
    if reply.outcome != ACCEPTED:
        raise Failed(str(msgspec.json.decode(reply.body)["detail"]))
    line = Erased(candidate_id, candidate_id, datetime.now(UTC), reply.position)
    try:
        erasure_ledger.append(settings.ledger, [line])
    except OSError as error:
        raise Failed(f"{candidate_id} is erased, but the ledger cannot be written ({error}): see to it") from None


async def _replay(settings: Settings) -> tuple[int, int]:
    """Return how many candidates the log knows, and how many it does not."""
    try:
        erased = erasure_ledger.read(settings.ledger)
    except (OSError, UnreadableLedger) as error:
        raise Failed(f"the ledger cannot be read: {error}") from None
    known = 0
    async with _erasing(settings) as erasing:
        await erasing.vault.destroy([each.key_id for each in erased])
        for each in erased:
            reply = await erasing.erase(each.candidate_id, "ledger", datetime.now(UTC))
            if reply.outcome not in {ACCEPTED, UnknownCandidate.code}:
                raise Failed(f"{each.candidate_id} cannot be erased: {reply.outcome}")
            known += reply.outcome == ACCEPTED
    return known, len(erased) - known


async def _retain(settings: Settings, before: datetime, *, dry_run: bool) -> list[UUID]:
    connection = await connect(str(settings.database_url), "daybook retention", STATEMENT_SECONDS)
    try:
        due = await overdue(connection, before)
    finally:
        await connection.close()
    if not dry_run:
        async with _erasing(settings) as erasing:
            for candidate_id in due:
                await erasing.erase(candidate_id, REASON)
    return due


@asynccontextmanager
async def _erasing(settings: Settings) -> AsyncIterator[Erasing]:
    async with (
        open_log(str(settings.database_url)) as log,
        open_keys(with_master_key(settings)) as keys,
        Writer(SealedLog(log, keys)) as writer,
    ):
        yield Erasing(writer, keys, OPERATOR)
