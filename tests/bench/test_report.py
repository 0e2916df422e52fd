"""The figures as a table and as JSON."""

import io

import msgspec
from rich.console import Console

from bench.figures import Figure
from bench.report import markdown, table, to_json

COMPARED = Figure(
    scenario="publish", what="w", unit="commands/s", ours=(20_000.0,), peer="p", theirs=(1_000.0,), at_least=15.0
)
RISING = Figure(scenario="rebuild", what="w", unit="events/s", ours=(70_000.0,), above=60_000.0)
GROWING = Figure(scenario="growth", what="w", unit="ms", ours=(4.0,), peer="p", theirs=(2.0,), at_most=1.5)
BOUND = Figure(scenario="memory", what="w", unit="MB", ours=(250.0,), below=200.0)


def test_the_json_says_what_follows_from_the_samples() -> None:
    """A program need not work out medians, ratios and targets again."""
    figures = [COMPARED, BOUND]

    report = msgspec.json.decode(to_json(figures))

    compared, bound = report["figures"]
    assert (compared["ratio"], compared["target"], compared["reached"]) == (20.0, ">= 15 x", True)
    assert (bound["ours"], bound["target"], bound["reached"]) == (250.0, "< 200 MB", False)
    assert (bound["ratio"], bound["peer"]) == (None, None)


def test_the_table_fits_a_terminal_and_says_what_was_reached() -> None:
    """No line is wider than 80 columns; each target says whether it was reached."""
    console = Console(file=io.StringIO(), width=80)

    console.print(table([COMPARED, BOUND]))

    assert isinstance(console.file, io.StringIO)
    printed = console.file.getvalue()
    assert max(map(len, printed.splitlines())) <= 80
    assert "reached" in printed
    assert "missed" in printed
    assert "…" not in printed


def test_the_markdown_has_the_same_figures() -> None:
    """Each figure is one row, with its peer and whether its target was reached."""
    figures = [COMPARED, BOUND, RISING, GROWING]

    rows = markdown(figures).splitlines()[2:]

    assert rows == [
        "| publish | w, beside p | commands/s | 20,000 | 1,000 | 20 | >= 15 x, reached |",
        "| memory | w | MB | 250 |  |  | < 200 MB, missed |",
        "| rebuild | w | events/s | 70,000 |  |  | >= 60,000 events/s, reached |",
        "| growth | w, beside p | ms | 4 | 2 | 2 | <= 1.5 x, missed |",
    ]
