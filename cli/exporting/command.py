"""`daybook export VIEW`: what a table or view for analysts says at one moment, in memory that does not grow with it."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple

import asyncpg
import click

from cli.environment import Failed, data_dir_option, read_settings, servers
from cli.exporting.sink import Sink, replacing, standard_output
from daybook.database import connect
from projections import checkpoint
from projections.analytics import ANALYTICS

SECONDS: Final = 3600.0  # more than the largest table takes; a query that never ends does end

Form = Literal["csv", "parquet"]

_VIEWS: Final = """
    select relname from pg_class
    where relnamespace = to_regnamespace($1) and relkind in ('r', 'v') order by relname"""
# Ids as text: readers of Parquet differ in what they make of a UUID.
_COLUMNS: Final = """
    select attname, quote_ident(attname) || case atttypid when 'uuid'::regtype then '::text' else '' end
    from pg_attribute
    where attrelid = format('%I.%I', $1::text, $2::text)::regclass and attnum > 0 and not attisdropped
    order by attnum"""
# The other connection, which writes, holds this one idle in its transaction.
_STAY: Final = "set local idle_in_transaction_session_timeout = 0"


class Exported(NamedTuple):
    """How many rows, and the log position that they show."""

    rows: int
    position: int


@click.command()
@click.argument("view")
@click.option("--format", "form", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file, replaced once the new one is whole; left out, standard output.",
)
@click.option("--columns", metavar="A,B,...", help="These columns alone, in this order.")
@data_dir_option
def export(view: str, form: Form, output: Path | None, columns: str | None, data_dir: Path | None) -> None:
    """Write what VIEW says now: any table or view of the schema for analysts."""
    if form == "parquet" and output is None and sys.stdout.isatty():
        raise click.UsageError("Parquet is not for a terminal: name a file with --output, or pipe it")
    wanted = columns.split(",") if columns else []
    with (
        servers(read_settings(data_dir=data_dir), with_valkey=False) as settings,
        replacing(output) if output else standard_output() as sink,
    ):
        done = asyncio.run(export_view(str(settings.database_url), view, form, wanted, sink))
    click.echo(f"{done.rows} rows of {view} as of position {done.position}", err=True)


async def export_view(url: str, view: str, form: Form, columns: Sequence[str], sink: Sink) -> Exported:
    """Write some columns, or all if none are named, in one snapshot; Failed if the view or a column does not exist."""
    connection = await connect(url, "daybook export", SECONDS)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute(_STAY)
            query = await _query(connection, view, columns)
            position = await checkpoint.lowest(connection, [ANALYTICS]) or 0
            write = _write_csv if form == "csv" else _write_parquet
            return Exported(await write(connection, url, query, sink), position)
    finally:
        await connection.close()


async def _query(connection: asyncpg.Connection, view: str, columns: Sequence[str]) -> str:
    known = [row[0] for row in await connection.fetch(_VIEWS, ANALYTICS.schema)]
    if not known:
        raise Failed("there is nothing for analysts yet: a projector lays it out")
    if view not in known:
        raise Failed(f"there is no {view!r} for analysts; there are {', '.join(known)}")
    expressions = {row[0]: row[1] for row in await connection.fetch(_COLUMNS, ANALYTICS.schema, view)}
    for column in columns:
        if column not in expressions:
            raise Failed(f"{view} has no column {column!r}; it has {', '.join(expressions)}")
    chosen = ", ".join(expressions[name] for name in columns or expressions)
    return f"select {chosen} from {ANALYTICS.schema}.{view}"  # noqa: S608  all of them names that are there


async def _write_csv(connection: asyncpg.Connection, _: str, query: str, sink: Sink) -> int:
    failures: list[Failed] = []

    # Asyncpg waits for ever if this raises once the last rows are there: what cannot be written is read all the same.
    async def take(data: bytes) -> None:
        try:
            if not failures:
                await asyncio.to_thread(sink.write, data)
        except Failed as failure:
            failures.append(failure)

    status = await connection.copy_from_query(query, output=take, format="csv", header=True)
    if failures:
        raise failures[0]
    return int(status.removeprefix("COPY "))


async def _write_parquet(connection: asyncpg.Connection, url: str, query: str, sink: Sink) -> int:
    snapshot = await connection.fetchval("select pg_export_snapshot()")
    try:
        parquet = importlib.import_module("cli.exporting.parquet")
    except ModuleNotFoundError as error:
        raise Failed(f"Parquet needs {error.name}: install daybook with the extra 'analytics'") from error
    rows: int = await asyncio.to_thread(parquet.write_parquet, url, snapshot, query, sink)
    return rows
