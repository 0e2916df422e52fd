"""`daybook audit diff`: what differs in the read models between two moments."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import Any

import click
import msgspec

from cli.auditing.moments import MOMENT, Moment, position_of
from cli.environment import Failed, data_dir_option, read_settings, servers
from cli.filling import MOST_EVENTS
from daybook.settings import Settings
from events.log import Log
from events.postgres import open_keys, open_log
from events.sealed import Keyring, NoKeys, SealedLog
from projections.catalogue import PROJECTIONS
from projections.differing import Changed, differing
from projections.folding import Part, Unfoldable
from projections.projection import Projection

_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


@click.command()
@click.argument("from_", type=MOMENT, metavar="FROM")
@click.argument("to", type=MOMENT)
@click.option("--model", type=click.Choice([each.name for each in PROJECTIONS]), help="This read model alone.")
@click.option("--key", metavar="ID", help="Only what is of this slot, booking, candidate, city, ...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on each line, as they are found.")
@data_dir_option
def diff(  # noqa: PLR0913  what the command takes
    *, from_: Moment, to: Moment, model: str | None, key: str | None, as_json: bool, data_dir: Path | None
) -> None:
    """Tell which rows of the read models differ between two times or positions, and how; personal values are not shown.

    Each is FROM or TO: a position of the log, or a time with its zone.
    """
    models = [each for each in PROJECTIONS if model in {None, each.name}]
    with servers(read_settings(data_dir=data_dir), with_valkey=False) as settings:
        try:
            counted = asyncio.run(_print(settings, models, from_, to, key, as_json=as_json))
        except Unfoldable as error:
            raise Failed(f"a read model cannot be built: {error}") from None
    told = ", ".join(f"{counted[kind]} {kind}" for kind in _SIGNS)
    click.echo(f"{told} rows", err=True)


async def _print(  # noqa: PLR0913  what the command takes
    settings: Settings, models: list[Projection], from_: Moment, to: Moment, key: str | None, *, as_json: bool
) -> Counter[str]:
    counted = Counter[str]()
    async with open_log(str(settings.database_url)) as log, _keys(settings) as keys:
        positions = await position_of(log, from_), await position_of(log, to)
        async for each in _found(SealedLog(log, keys), models, positions, key):
            counted[each.kind] += 1
            click.echo(msgspec.json.encode(each).decode() if as_json else _line(each))
    return counted


def _keys(settings: Settings) -> AbstractAsyncContextManager[Keyring]:
    """Without a master key all that is personal is read as redacted, and so it never differs."""
    return nullcontext(NoKeys()) if settings.master_key is None else open_keys(settings)


async def _found(
    log: Log, models: list[Projection], positions: tuple[int, int], key: str | None
) -> AsyncIterator[Changed]:
    """Of a log whose rows do not fit into memory the keys are taken part by part."""
    until, from_, to = max(positions), *positions
    parts = 1 if key is not None else max(-(-until // MOST_EVENTS), 1)
    with click.progressbar(length=until * parts, label="folding the log", file=sys.stderr) as bar:
        for number in range(parts):

            def passed(position: int, done: int = number) -> None:
                bar.update(done * until + position - bar.pos)

            async for each in differing(log, models, from_, to, key=key, part=Part(number, parts), passed=passed):
                yield each


def _line(row: Changed) -> str:
    key = ", ".join(f"{name} {value}" for name, value in row.key.items())
    return "\t".join((_SIGNS[row.kind], f"{row.model}.{row.table}", key, _columns(row)))


def _columns(row: Changed) -> str:
    names = [name for name in (row.now or row.was) if name not in row.key]
    if row.kind == "changed":
        return ", ".join(f"{name} {_told(row.was[name])} -> {_told(row.now[name])}" for name in names)
    return ", ".join(f"{name} {_told((row.now or row.was)[name])}" for name in names)


def _told(value: Any) -> str:  # noqa: ANN401  whatever a row holds
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
