"""`daybook audit as-of`: the read models as they stood then, in a schema of their own, for SQL."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

import click
import msgspec

from cli.auditing.moments import MOMENT, Moment, position_of
from cli.environment import Failed, data_dir_option, read_settings, servers, with_master_key
from cli.filling import filling
from daybook.settings import Settings
from events.postgres import open_log
from projections import snapshots
from projections.building import BuildFailed
from projections.folding import Unfoldable
from projections.snapshots import PREFIX, BeingLaidOut, Snapshot

_NAME: Final = re.compile(rf"{PREFIX}[a-z0-9_]{{1,40}}(?<!_next)(?<!_old)")

T = TypeVar("T")


def _schema(_: click.Context, __: click.Parameter, name: str | None) -> str | None:
    if name is not None and not _NAME.fullmatch(name):
        raise click.BadParameter(f"a name begins with {PREFIX}; small letters, digits and underscores may follow")
    return name


@click.command("as-of")
@click.argument("moment", type=MOMENT, required=False)
@click.option("--schema", callback=_schema, help="The schema's name; left out, as_of_<position>.")
@click.option("--processes", type=click.IntRange(min=1), default=os.cpu_count() or 1, help="How many at once.")
@click.option("--drop", "unwanted", is_flag=True, help="Take the schema away.")
@click.option("--list", "listing", is_flag=True, help="List what is laid out.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@data_dir_option
def as_of(  # noqa: PLR0913  what the command takes
    *,
    moment: Moment | None,
    schema: str | None,
    processes: int,
    unwanted: bool,
    listing: bool,
    as_json: bool,
    data_dir: Path | None,
) -> None:
    """Lay all read models out as they stood at a TIME or POSITION, in a schema of their own, and print its name.

    Nothing keeps it up to date. It holds people's data as it was: take it away when it has served (--drop).
    """
    if listing:
        _tell(_run(data_dir, lambda settings: snapshots.listed(str(settings.database_url))), as_json=as_json)
    elif unwanted:
        name = _run(data_dir, lambda settings: _drop(settings, moment, schema))
        click.echo(f"{name} is gone")
    else:
        _tell([_run(data_dir, lambda settings: _lay_out(settings, moment, schema, processes))], as_json=as_json)


async def _lay_out(settings: Settings, moment: Moment | None, schema: str | None, processes: int) -> Snapshot:
    if moment is None:
        raise click.UsageError("say as of when: a position of the log, or a time")
    url = str(settings.database_url)
    async with open_log(url) as log:
        position = await position_of(log, moment)
        with click.progressbar(length=100, label="folding the log", file=sys.stderr) as bar:
            fill = filling(with_master_key(settings), processes, lambda part: bar.update(int(part * 100) - bar.pos))
            try:
                return await snapshots.lay_out(log, url, schema or snapshots.named(position), position, fill)
            except BeingLaidOut as error:
                raise Failed(f"another process is laying out {error}") from None
            except (BuildFailed, Unfoldable) as error:
                raise Failed(f"a read model cannot be built: {error}") from None


async def _drop(settings: Settings, moment: Moment | None, schema: str | None) -> str:
    url = str(settings.database_url)
    if schema is None:
        if moment is None:
            raise click.UsageError("say which: by its position or time, or by --schema")
        async with open_log(url) as log:
            schema = snapshots.named(await position_of(log, moment))
    if not await snapshots.drop(url, schema):
        raise Failed(f"there is no {schema}")
    return schema


def _run(data_dir: Path | None, work: Callable[[Settings], Awaitable[T]]) -> T:
    async def worked(settings: Settings) -> T:
        return await work(settings)

    with servers(read_settings(data_dir=data_dir), with_valkey=False) as settings:
        return asyncio.run(worked(settings))


def _tell(found: Sequence[Snapshot], *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode([each._asdict() for each in found]).decode())
        return
    for each in found:
        recorded = f"{each.recorded_at:%Y-%m-%d %H:%M:%S}Z" if each.recorded_at else "before the first event"
        click.echo(f"{each.schema}\tposition {each.position}\t{recorded}")
