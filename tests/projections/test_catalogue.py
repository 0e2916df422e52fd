"""What holds for every read model."""

import re

import pytest

from events.catalogue import EVENT_TYPES
from events.slot import AgendaFreed
from projections.analytics import ANALYTICS
from projections.catalogue import PROJECTIONS
from projections.projection import Projection
from projections.rows import Layout
from tests.events.examples import FULL

LAYOUTS = [layout for projection in PROJECTIONS for layout in projection.layouts]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.row.__name__)
def test_row_has_the_columns_of_its_table(layout: Layout) -> None:
    """Rows go to their table and back by the names of their fields."""
    columns = [column.name for column in layout.table.columns]

    assert columns == list(layout.row.__struct_fields__)


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
def test_tables_live_in_the_schema_of_their_version(projection: Projection) -> None:
    """Two versions can stand side by side; analysts are not told of versions."""
    assert {table.schema for table in projection.metadata.sorted_tables} == {projection.schema}
    assert re.fullmatch(rf"{projection.name}_v[1-9]\d*", projection.schema) or projection is ANALYTICS


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
def test_tables_are_documented(projection: Projection) -> None:
    """Analysts read them by SQL."""
    assert all(table.comment for table in projection.metadata.sorted_tables)


def test_every_event_shows_in_some_read_model() -> None:
    """An event that nobody projects would be invisible; a day that is freed shows as the slot that moves away."""
    wanted = {struct for projection in PROJECTIONS for struct in projection.events}

    assert wanted | {AgendaFreed} == {each.struct for each in EVENT_TYPES}


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
def test_projection_takes_every_event_it_wants(projection: Projection) -> None:
    """What it reads can be named for every event, with rows of its own tables."""
    examples = [event for event in FULL if type(event) in projection.events]

    keys = [key for event in examples for about in projection.keys(event) for key in projection.reads(event, about)]

    assert {type(event) for event in examples} == set(projection.events)
    assert {key.row for key in keys} <= {layout.row for layout in projection.layouts}
