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
from bench.memory import memory
from bench.reading import catch_up, visible
from bench.report import markdown, table, to_json
from bench.serving import full_house, hot_slot, http_book, series
from bench.writing import book, publish
from daybook.garbage import look_less_often

SCENARIOS: Final[dict[str, Callable[[Cluster, Scale], Sequence[Figure]]]] = {
    "publish": publish,
    "book": book,
    "http-book": http_book,
    "hot-slot": hot_slot,
    "full-house": full_house,
    "series": series,
    "catch-up": catch_up,
    "visible": visible,
    "memory": memory,
}


@click.command()
@click.option("--quick", is_flag=True, help="Tiny loads, once each: tries the bench, measures nothing.")
@click.option("--only", type=click.Choice(list(SCENARIOS)), multiple=True, help="These scenarios alone.")
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
    console = Console()
    figures: list[Figure] = []
    with cluster() as server:
        for name in only or SCENARIOS:
            started = perf_counter()
            with console.status(f"measuring {name}"):
                figures += SCENARIOS[name](server, QUICK if quick else FULL)
            console.print(f"{name}: measured in {perf_counter() - started:.0f} s")
    if as_markdown:
        click.echo(markdown(figures))
    else:
        console.print(table(figures))
    file.write_bytes(to_json(figures))
    console.print(f"written to {file}")


if __name__ == "__main__":
    main()
