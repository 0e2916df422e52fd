"""`python -m bench`: run the scenarios, print a table, write the figures as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Final

import click
from rich.console import Console

from bench.cluster import Cluster, cluster
from bench.figures import FULL, QUICK, Figure, Scale
from bench.growth import growth
from bench.listing import slots_list
from bench.memory import memory
from bench.past import as_of, history
from bench.proving import export, verify
from bench.reading import catch_up, visible
from bench.rebuilding import rebuild
from bench.redis_faults import redis_faults
from bench.report import markdown, table, to_json
from bench.sealing import unsealed
from bench.serving import full_house, hot_slot, http_book, series
from bench.showing import visible_in_list
from bench.writing import book, publish
from daybook import logs
from daybook.garbage import look_less_often
from events.catalogue import PERSONAL_FIELDS

Scenario = Callable[[Cluster, Scale], Sequence[Figure]]

SCENARIOS: Final[dict[str, Scenario]] = {
    "publish": publish,
    "book": book,
    "http-book": http_book,
    "hot-slot": hot_slot,
    "full-house": full_house,
    "series": series,
    "slots-list": slots_list,
    "catch-up": catch_up,
    "visible": visible,
    "visible-in-list": visible_in_list,
    "rebuild": rebuild,
    "redis-faults": redis_faults,
    "history": history,
    "as-of": as_of,
    "export": export,
    "verify": verify,
    "unsealed": unsealed,
    "memory": memory,
}
# Takes a quarter of an hour, and 30 GB of disk.
BY_NAME_ALONE: Final[dict[str, Scenario]] = {"growth": growth}
ALL: Final = SCENARIOS | BY_NAME_ALONE


@click.command()
@click.option("--quick", is_flag=True, help="Tiny loads, once each: tries the bench, measures nothing.")
@click.option("--only", type=click.Choice(list(ALL)), multiple=True, help="These scenarios alone.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the table as Markdown.")
@click.option(
    "--json",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("bench-results.json"),
    show_default=True,
    help="Where the figures are written.",
)
def main(*, quick: bool, only: Sequence[str], as_markdown: bool, file: Path) -> None:
    """Measure Daybook beside its peers, on this machine, in one run."""
    # As the service does: else the collector looks again and again at what was only made to be measured with.
    look_less_often()
    logs.configure("error", "bench", PERSONAL_FIELDS)
    console = Console()
    figures: list[Figure] = []
    with cluster() as server:
        for name in only or SCENARIOS:
            started = perf_counter()
            with console.status(f"measuring {name}"):
                figures += ALL[name](server, QUICK if quick else FULL)
            console.print(f"{name}: measured in {perf_counter() - started:.0f} s")
    if as_markdown:
        click.echo(markdown(figures))
    else:
        console.print(table(figures))
    file.write_bytes(to_json(figures))
    console.print(f"written to {file}")


if __name__ == "__main__":
    main()
