"""The figures as a table for people and as JSON for programs."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec
from rich.table import Table

from bench.figures import Figure, Samples

_REACHED: Final = {True: "\n[green]reached[/]", False: "\n[red]missed[/]", None: ""}

_REACHED_IN_WORDS: Final = {True: ", reached", False: ", missed", None: ""}


class Line(msgspec.Struct, frozen=True):
    """A figure with what follows from it."""

    scenario: str
    what: str
    unit: str
    ours: float
    peer: str | None
    theirs: float | None
    ratio: float | None
    target: str | None
    reached: bool | None
    note: str | None
    our_samples: Samples
    their_samples: Samples


class Report(msgspec.Struct, frozen=True):
    """A run: when, on what, and its figures."""

    measured_at: datetime
    machine: str
    cores: int
    python: str
    figures: list[Line]


def table(figures: Sequence[Figure]) -> Table:
    """Lay the figures out, one line each; narrow enough for a terminal."""
    laid_out = Table("scenario", "what", "unit", show_lines=True)
    for heading in ("Daybook", "peer", "ratio", "target"):
        laid_out.add_column(heading, justify="right")
    for each in figures:
        told = filter(None, (each.what, each.peer and f"beside {each.peer}", each.note))
        laid_out.add_row(
            each.scenario,
            "\n".join(told),
            each.unit,
            _number(each.value),
            _number(each.peer_value),
            _number(each.ratio),
            _target(each) + _REACHED[each.reached],
        )
    return laid_out


def markdown(figures: Sequence[Figure]) -> str:
    """Lay the same out for a page of documentation."""
    lines = ["| scenario | what | unit | Daybook | peer | ratio | target |", "|---|---|---|---:|---:|---:|---|"]
    for each in figures:
        told = ", ".join(filter(None, (each.what, each.peer and f"beside {each.peer}", each.note)))
        numbers = " | ".join(map(_number, (each.value, each.peer_value, each.ratio)))
        target = f"{_target(each)}{_REACHED_IN_WORDS[each.reached]}"
        lines.append(f"| {each.scenario} | {told} | {each.unit} | {numbers} | {target} |")
    return "\n".join(lines)


def to_json(figures: Sequence[Figure]) -> bytes:
    """Write a run down."""
    report = Report(
        datetime.now(UTC).replace(microsecond=0),
        platform.machine(),
        os.cpu_count() or 1,
        platform.python_version(),
        [_line(each) for each in figures],
    )
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def _line(figure: Figure) -> Line:
    return Line(
        figure.scenario,
        figure.what,
        figure.unit,
        figure.value,
        figure.peer or None,
        figure.peer_value,
        figure.ratio,
        _target(figure) or None,
        figure.reached,
        figure.note or None,
        figure.ours,
        figure.theirs,
    )


def _target(figure: Figure) -> str:
    if figure.at_least is not None:
        return f">= {figure.at_least:g} x"
    if figure.at_most is not None:
        return f"<= {figure.at_most:g} x"
    if figure.above is not None:
        return f">= {figure.above:,.0f} {figure.unit}"
    return "" if figure.below is None else f"< {figure.below:g} {figure.unit}"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
