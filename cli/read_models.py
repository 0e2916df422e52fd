"""`daybook projections`: how the read models are, building them anew, and events they could not take in."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

import asyncpg
import click
import msgspec

from cli.environment import Failed, data_dir_option, read_settings, servers, with_master_key
from cli.filling import filling
from cli.keeping import compare_pages
from daybook.database import connect
from daybook.engine import Connection
from daybook.metrics import Metrics
from daybook.settings import Settings
from daybook.valkey import Away
from daybook.watching import DatabaseWatch
from events.postgres import open_keys, open_log
from events.sealed import SealedLog
from projections import building, parking
from projections.building import BuildFailed, Built
from projections.catalogue import PROJECTIONS
from projections.folding import Unfoldable
from projections.parking import Listed, WishKind
from projections.projection import Projection
from projections.slots import SLOTS
from queries.projection_status import ProjectionStatus, projection_status
from queries.verifying_pages import Verified

FOUND_A_DIFFERENCE: Final = 1
MOST_LISTED: Final = 1_000
GRANT_SECONDS: Final = 15.0
LOOK_SECONDS: Final = 0.1

T = TypeVar("T")

_NAMES: Final = [each.name for each in PROJECTIONS]
_name = click.argument("name", type=click.Choice(_NAMES))
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_key = click.option("--key", help="Only what waits under this key, as `parked` shows it.")


@click.group()
def projections() -> None:
    """Look after the read models."""


@projections.command()
@_json
@data_dir_option
def status(data_dir: Path | None, *, as_json: bool) -> None:
    """Tell how far each read model is behind the log, and what it has set aside."""
    found = _run(data_dir, _status)
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    for each in found:
        click.echo(
            f"{each.name}\tv{each.version}\t{each.home}\tposition {each.position}\t"
            f"{each.lag_events} events and {each.lag_seconds:.1f} s behind\t{each.parked} parked"
            + (f"\tstands still: {each.error}" if each.error else "")
        )


@projections.command()
@click.argument("names", nargs=-1, type=click.Choice(_NAMES))
@click.option("--all", "everything", is_flag=True, help="All read models, in one go.")
@click.option("--processes", type=click.IntRange(min=1), default=os.cpu_count() or 1, help="How many at once.")
@data_dir_option
def rebuild(names: Sequence[str], processes: int, data_dir: Path | None, *, everything: bool) -> None:
    """Build read models anew beside the live ones, and let them take over; readers and writers wait for nothing."""
    wanted = _wanted(names, everything=everything)
    built = _build(data_dir, wanted, processes, building.rebuild)
    for each in built:
        click.echo(_told(each, "rebuilt"))


@projections.command()
@click.argument("names", nargs=-1, type=click.Choice(_NAMES))
@click.option("--processes", type=click.IntRange(min=1), default=os.cpu_count() or 1, help="How many at once.")
@data_dir_option
@click.pass_context
def verify(context: click.Context, names: Sequence[str], processes: int, data_dir: Path | None) -> None:
    """Compare read models with a rebuild at the same position; exits with 1 and the first row that differs.

    Where there is a Redis, its pages are compared with the slots.
    """
    wanted = _wanted(names, everything=not names)
    built = _build(data_dir, wanted, processes, building.verify)
    for each in built:
        click.echo(_told(each, "verified"))
    pages = _compare_pages(data_dir) if SLOTS in wanted else None
    if pages is not None:
        lines = [f"pages in Redis: {pages.compared} compared", *(f"  {each}" for each in pages.differences)]
        click.echo("\n".join(lines))
    if any(each.differences for each in built) or (pages is not None and pages.differences):
        context.exit(FOUND_A_DIFFERENCE)


@projections.command("return")
@_name
@data_dir_option
def bring_back(name: str, data_dir: Path | None) -> None:
    """Go back to the build that the last rebuild took the place of, caught up with the log first."""
    (projection,) = _wanted([name], everything=False)

    async def work(settings: Settings) -> int:
        async with open_log(str(settings.database_url)) as log, open_keys(with_master_key(settings)) as keys:
            return await building.bring_back(SealedLog(log, keys), str(settings.database_url), projection)

    try:
        position = _run(data_dir, work)
    except building.NoOldBuild as error:
        raise Failed(f"{name} has no earlier build that is whole") from error
    click.echo(f"{name}: the earlier build is live again, at position {position}")


@projections.command()
@click.argument("name", required=False, type=click.Choice(_NAMES))
@_json
@data_dir_option
def parked(name: str | None, data_dir: Path | None, *, as_json: bool) -> None:
    """List the events that a read model could not take in, and those of the same key behind them."""
    found = _run(data_dir, lambda settings: _parked(settings, name))
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    for each in found:
        why = each.error or "waits for those before it"
        click.echo(f"{each.name}\tv{each.version}\t{each.key}\tposition {each.position}\t{each.type}\t{why}")
    click.echo(f"{len(found)} parked", err=True)


@projections.command()
@_name
@_key
@data_dir_option
@click.pass_context
def retry(context: click.Context, name: str, key: str | None, data_dir: Path | None) -> None:
    """Have what is parked tried again by the projector; exits with 1 if anything is parked still."""
    left = _run(data_dir, lambda settings: _wish(settings, name, key, "retry"))
    click.echo(f"{left} parked")
    if left:
        context.exit(FOUND_A_DIFFERENCE)


@projections.command()
@_name
@_key
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_dir_option
def drop(name: str, key: str | None, data_dir: Path | None, *, yes: bool) -> None:
    """Give up what is parked: the read model goes on without these events, and differs from a rebuild."""
    if not yes:
        click.confirm(f"Shall {name} go on without what is parked?", abort=True)
    click.echo(f"{_run(data_dir, lambda settings: _wish(settings, name, key, 'drop'))} parked")


def _run(data_dir: Path | None, work: Callable[[Settings], Awaitable[T]]) -> T:
    async def worked(settings: Settings) -> T:
        return await work(settings)

    with servers(read_settings(data_dir=data_dir), with_valkey=False) as settings:
        return asyncio.run(worked(settings))


def _wanted(names: Sequence[str], *, everything: bool) -> list[Projection]:
    if everything == bool(names):
        raise click.UsageError("name read models, or give --all")
    return [each for each in PROJECTIONS if everything or each.name in names]


_Build = Callable[..., Awaitable[list[Built]]]


def _build(data_dir: Path | None, wanted: Sequence[Projection], processes: int, build: _Build) -> list[Built]:
    async def work(settings: Settings) -> list[Built]:
        url = str(settings.database_url)
        with click.progressbar(length=100, label="folding the log", file=sys.stderr) as bar:

            def passed(part: float) -> None:
                bar.update(int(part * 100) - bar.pos)

            async with open_log(url) as log, open_keys(with_master_key(settings)) as keys:
                return await build(SealedLog(log, keys), url, wanted, filling(settings, processes, passed))

    try:
        return _run(data_dir, work)
    except building.NothingToCompare:
        raise Failed("a read model is not there yet: a projector has to build it first") from None
    except (BuildFailed, Unfoldable) as error:
        raise Failed(f"a read model cannot be built: {error}") from None


def _compare_pages(data_dir: Path | None) -> Verified | None:
    settings = read_settings(data_dir=data_dir)
    if settings.redis_url is None and settings.database_url is not None:
        return None
    with servers(settings) as running:
        try:
            return asyncio.run(compare_pages(str(running.redis_url), str(running.database_url)))
        except Away:
            raise Failed("Redis cannot be reached: its pages were not compared") from None


def _told(built: Built, done: str) -> str:
    head = f"{built.projection.name}: {done} at position {built.position}"
    if built.differences is None:
        return f"{head}; there was no live one, or it was too far behind to be compared"
    if not built.differences:
        return f"{head}; the live one has the same rows"
    lines = [f"{head}; the live one differs"]
    lines += [f"  {each.table}, first at {each.key}: {each.what}" for each in built.differences]
    return "\n".join(lines)


async def _status(settings: Settings) -> list[ProjectionStatus]:
    try:
        async with _connection(settings) as driver:
            connection = Connection(driver, DatabaseWatch(Metrics()))
            return (await projection_status(connection, datetime.now(UTC))).items
    except asyncpg.PostgresError:
        raise Failed("the database cannot be used: is it a Daybook's, and migrated?") from None


async def _parked(settings: Settings, name: str | None) -> list[Listed]:
    async with _connection(settings) as connection:
        return await parking.listed(connection, name, MOST_LISTED)


async def _wish(settings: Settings, name: str, key: str | None, kind: WishKind) -> int:
    """Leave a wish, wait until a projector has granted it, and return how many events are parked then."""
    (projection,) = _wanted([name], everything=False)
    async with _connection(settings) as connection:
        if not await parking.ask(connection, projection, key, kind):
            await _refuse_what_is_not_ours(connection, projection, key)
        try:
            async with asyncio.timeout(GRANT_SECONDS):
                while await parking.ungranted(connection, projection):  # noqa: ASYNC110  it is another process
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            raise Failed("no projector has done it yet: it will when one runs") from None
        return await parking.count(connection, projection, key)


async def _refuse_what_is_not_ours(connection: asyncpg.Connection, projection: Projection, key: str | None) -> None:
    """Say so, rather than wait, if nothing is parked but in versions that are not kept here. Raises Failed."""
    if others := await parking.other_versions(connection, projection, key):
        told = ", ".join(f"{projection.name} v{each}" for each in others)
        raise Failed(f"what is parked is of {told}; only a projector of a program that keeps that version can do it")
    if key is not None:
        raise Failed("nothing is parked under this key")


@asynccontextmanager
async def _connection(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(str(settings.database_url), "daybook projections")
    try:
        yield connection
    finally:
        await connection.close()
