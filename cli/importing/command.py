"""`daybook import FILE`: slots from a CSV or an iCalendar file, published through the HTTP API."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final

import click
import httpx
import msgspec
from rich.console import Console
from rich.progress import Progress

from cli.importing.csv_file import read_csv
from cli.importing.ics_file import Owner, read_calendar
from cli.importing.publishing import Report, connect, publish
from cli.importing.rows import RefusedRow, Row, UnreadableFile, ready_rows, refused_rows

EXIT_REFUSED: Final = 1
EXIT_WRONG_USAGE: Final = 2

Rows = Sequence[Row | RefusedRow]


class WrongUsage(click.ClickException):
    """The file or an option is of no use, so nothing was sent; shown as one line."""

    exit_code = EXIT_WRONG_USAGE


def _check_url(_context: click.Context, _option: click.Parameter, value: str) -> str:
    try:
        url = httpx.URL(value)
    except httpx.InvalidURL as error:
        raise click.BadParameter(str(error)) from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise click.BadParameter(f"{value!r} is not the address of a service, such as http://127.0.0.1:8000")
    return value


def _check_token(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is not None and not (value.isascii() and value.isprintable()):
        raise click.BadParameter("a token has no such characters")
    return value


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, callback=_check_url, help="The service.")
@click.option("--token", callback=_check_token, help="A token that may publish slots; a dry run needs none.")
@click.option("--recruiter", help="Calendars: the recruiter, where an event names none.")
@click.option("--city", help="Calendars: the city, where an event names none.")
@click.option("--stage", help="Calendars: the stage, where an event names none.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Calendars: the last day that rules are followed to.")
@click.option("--dry-run", is_flag=True, help="Read and check the file, and send nothing.")
@click.option("--json", "as_json", is_flag=True, help="Report as one JSON document.")
@click.pass_context
def import_slots(  # noqa: PLR0913 - one argument for each option
    context: click.Context,
    /,
    *,
    file: Path,
    url: str,
    token: str | None,
    recruiter: str | None,
    city: str | None,
    stage: str | None,
    until: datetime | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Publish the slots of FILE, a CSV (.csv) or a calendar (.ics).

    Sending a file twice publishes each slot once. Exits with 0 if every row is in, and with 1 if any was refused.
    """
    if token is None and not dry_run:
        raise WrongUsage("publishing needs a --token; --dry-run does without")
    rows = _read(file, Owner(recruiter=recruiter, city=city, stage=stage), until.date() if until else None)
    if token is None or dry_run:
        report = Report(ready=len(ready_rows(rows)), refused=refused_rows(rows))
    else:
        report = _publish(rows, url, token)
    if as_json:
        click.echo(msgspec.json.encode(report))
    else:
        _tell(file, report, dry_run=dry_run)
    context.exit(EXIT_REFUSED if report.refused else 0)


def _read(file: Path, owner: Owner, until: date | None) -> Rows:
    try:
        match file.suffix.lower():
            case ".csv" if owner == Owner() and until is None:
                return read_csv(file.read_bytes())
            case ".csv":
                raise WrongUsage("--recruiter, --city, --stage and --until are for calendars; a CSV file has columns")
            case ".ics":
                return read_calendar(file.read_bytes(), owner, until)
            case _:
                raise WrongUsage(f"{file}: the name of a file to import ends in .csv or .ics")
    except UnreadableFile as error:
        raise WrongUsage(f"{file}: {error}") from error


def _publish(rows: Rows, url: str, token: str) -> Report:
    # On stderr, where it is seen but never mixed into a report that goes to a file.
    console = Console(stderr=True)
    with (
        connect(url, token) as client,
        Progress(console=console, transient=True, disable=not console.is_terminal) as bar,
    ):
        task = bar.add_task("Publishing", total=len(ready_rows(rows)))
        return publish(rows, client, lambda settled: bar.advance(task, settled))


def _tell(file: Path, report: Report, *, dry_run: bool) -> None:
    for row in report.refused:
        click.echo(f"{file}: {row.place}: {row.code}: {row.reason}")
    sent = f"published {report.published}, already there {report.already_there}"
    click.echo(f"{f'ready {report.ready}' if dry_run else sent}, refused {len(report.refused)}")
