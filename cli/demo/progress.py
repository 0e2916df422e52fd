"""How the story is shown while it runs: one bar on a terminal, one line an act everywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.demo.performing import Advance, Announce
from cli.demo.story import Act


@contextmanager
def shown(total: int, console: Console) -> Iterator[Announce]:
    """Show acts as they are announced; `total` counts the steps of all of them."""
    if console.is_terminal:
        with Progress(
            TextColumn("{task.description:<24}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        ) as bar:
            task = bar.add_task("", total=total)

            def announce_bar(act: Act) -> Advance:
                bar.update(task, description=act.title)
                return lambda steps: bar.advance(task, steps)

            yield announce_bar
    else:
        yield _announce_line


def _announce_line(act: Act) -> Advance:
    started, done = perf_counter(), 0

    def advance(steps: int) -> None:
        nonlocal done
        done += steps
        if done == act.size:
            click.echo(f"{act.title}: {done:,} commands in {perf_counter() - started:.1f} s", err=True)

    return advance
