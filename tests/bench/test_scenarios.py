"""Every scenario, in its smallest size."""

import os

import pytest

from bench.__main__ import ALL
from bench.cluster import Cluster
from bench.figures import Scale
from bench.pgbench import MISSING, Pgbench
from bench.writing import publish

TINY = Scale(repetitions=1, part=0.001)


@pytest.fixture
def cluster(migrated_template: str) -> Cluster:
    """The PostgreSQL of the tests; the bench makes its databases from the same template."""
    assert migrated_template == "migrated"
    return Cluster(os.environ["DAYBOOK_TEST_DATABASE_URL"])


# The others run what these run, or take long to begin.
BY_DAY = {"publish", "book", "http-book", "full-house", "series"}
TRIED = [pytest.param(name, marks=[] if name in BY_DAY else [pytest.mark.nightly]) for name in ALL]


@pytest.mark.parametrize("name", TRIED)
def test_a_scenario_measures_something(cluster: Cluster, name: str) -> None:
    """A scenario runs to its end, with right answers only, and every figure of it has samples, its peer's too."""
    scenario = ALL[name]

    figures = scenario(cluster, TINY)

    assert figures
    for figure in figures:
        assert figure.scenario == name
        assert len(figure.ours) == TINY.repetitions
        assert figure.reached is not None or not (figure.at_least or figure.at_most or figure.above or figure.below)
        assert all(sample > 0 for sample in (*figure.ours, *figure.theirs))
        assert bool(figure.theirs) == bool(figure.peer) or figure.note == MISSING


def test_where_pgbench_is_missing_the_table_says_so(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pgbench the rest is measured, and its line says why it is empty."""
    monkeypatch.setattr(Pgbench, "exists", lambda: False)

    library, naive = publish(cluster, TINY)

    assert library.theirs
    assert (naive.theirs, naive.note, naive.reached) == ((), MISSING, None)
