"""The dashboard and the alerts speak of measurements that there are, and leave none out."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from prometheus_client import Counter, Gauge, Histogram

import cli.projecting
import workers.broker
from daybook.metrics import Metrics

DOCS: Final = Path(__file__).parents[2] / "docs"
DASHBOARD: Final[dict[str, Any]] = json.loads((DOCS / "monitoring" / "daybook-dashboard.json").read_text())
RULES: Final[dict[str, Any]] = yaml.safe_load((DOCS / "monitoring" / "alerts.yaml").read_text())
ALERTS: Final = [rule for group in RULES["groups"] for rule in group["rules"]]
OF_THE_SCRAPER: Final = {"__name__", "instance", "le"}
SUFFIXES: Final[dict[Any, tuple[str, ...]]] = {
    Counter: ("_total",),
    Gauge: ("",),
    Histogram: ("_bucket", "_sum", "_count"),
}


def panels() -> list[dict[str, Any]]:
    """List the panels that show something."""
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def queries() -> list[str]:
    """List every PromQL expression."""
    shown = [target["expr"] for panel in panels() for target in panel["targets"]]
    variables = [each["definition"] for each in DASHBOARD["templating"]["list"] if each["type"] == "query"]
    return [*shown, *variables, *(rule["expr"] for rule in ALERTS)]


def measured() -> dict[str, set[str]]:
    """Name the time series that are exposed, by the metric they belong to."""
    metrics = Metrics()
    own = (getattr(metrics, name) for name in metrics.__struct_fields__ if name != "registry")
    named = ((next(iter(metric.describe())).name, type(metric)) for metric in own)
    return {name: {name + suffix for suffix in SUFFIXES[kind]} for name, kind in named}


def labels() -> set[str]:
    """Name the labels that the page of metrics explains."""
    rows = re.findall(r"^\| `daybook_\w+` \| ([\w, ]*) \|", (DOCS / "telemetry.md").read_text(), re.MULTILINE)
    return {label for row in rows for label in row.split(", ") if label}


def used_labels(query: str) -> Iterator[str]:
    """Name the labels that a query groups by or selects."""
    for names in re.findall(r"\bby \(([^)]*)\)", query):
        yield from names.split(", ")
    yield from re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", query)


def test_only_what_is_measured_is_asked_for() -> None:
    """A metric that was renamed would leave an empty panel, or an alert that never fires."""
    exposed = {name for names in measured().values() for name in names}

    asked = {name for query in queries() for name in re.findall(r"\bdaybook_\w+", query)}

    assert asked <= exposed


def test_everything_that_is_measured_is_shown_or_alerted_on() -> None:
    """What nobody looks at need not be measured."""
    asked = {name for query in queries() for name in re.findall(r"\bdaybook_\w+", query)}

    assert not {name for name, exposed in measured().items() if not asked & exposed}


@pytest.mark.parametrize("shown", [cli.projecting.SHOWN, workers.broker.SHOWN])
def test_what_is_missing_without_an_api_is_shown_by_no_other_process(shown: Sequence[str]) -> None:
    """An alert that looks for it would be silent for ever."""
    metrics = Metrics()

    names = {sample.name for name in shown for family in getattr(metrics, name).collect() for sample in family.samples}

    looked_for = {name for query in queries() for name in re.findall(r"absent\((\w+)\)", query)}
    assert looked_for
    assert not names & looked_for


def test_queries_group_and_select_by_labels_that_there_are() -> None:
    """A label that is not there groups all into one, and selects nothing."""
    assert {label for query in queries() for label in used_labels(query)} <= labels() | OF_THE_SCRAPER


def test_every_alert_says_what_is_wrong_and_what_to_look_at_first() -> None:
    """Who is woken by it has not read the code."""
    names = [rule["alert"] for rule in ALERTS]

    assert len(set(names)) == len(names)
    for rule in ALERTS:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"].keys() == {"summary", "description", "runbook"}
        assert all(rule["annotations"].values())


@pytest.mark.parametrize("panel", panels(), ids=lambda panel: panel["title"])
def test_panel_says_what_it_shows_and_asks_the_chosen_source(panel: dict[str, Any]) -> None:
    """The dashboard can be taken into any Grafana."""
    assert panel["description"]
    assert panel["targets"]
    assert {each["datasource"]["uid"] for each in (panel, *panel["targets"])} == {"${datasource}"}


def test_panels_have_places_of_their_own() -> None:
    """None lies over another."""
    places = [
        (panel["gridPos"]["y"] + y, panel["gridPos"]["x"] + x)
        for panel in DASHBOARD["panels"]
        for y in range(panel["gridPos"]["h"])
        for x in range(panel["gridPos"]["w"])
    ]

    assert len(set(places)) == len(places)
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    assert max(column for _, column in places) < 24
