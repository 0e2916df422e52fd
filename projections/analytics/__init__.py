"""The tables and views for analysts: facts, what they are counted by, and the questions that are asked most.

Each part is one kind of thing with its tables; every event belongs to one part and changes rows of one thing. The
views, the calendar among them, are SQL files of their own.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Final

from events.log import Told
from projections.analytics.bookings import BOOKINGS
from projections.analytics.candidates import CANDIDATES
from projections.analytics.dimensions import DIMENSIONS
from projections.analytics.home import METADATA, NAME, VERSION, Part
from projections.analytics.slots import SLOTS
from projections.projection import Projection
from projections.rows import Key, Rows

_PARTS: Final = (DIMENSIONS, SLOTS, BOOKINGS, CANDIDATES)
_PART_OF: Final[dict[type[Any], Part]] = {event: part for part in _PARTS for event in part.events}

# In the order in which they are made: some build upon others.
VIEWS: Final = (
    "dim_date",
    "fact_test",
    "slot_use",
    "funnel_cohort",
    "no_show_rate",
    "utilisation",
    "recruiter_load",
    "time_to_interview",
    "reschedule_chain",
)
# By name: other read models, with people's names in them, may stand in the same schema (see projections.snapshots).
_READABLE: Final = (
    "grant usage on schema {schema} to daybook_analyst",
    "grant select on {} to daybook_analyst".format(
        ", ".join(f"{{schema}}.{name}" for name in (*(table.name for table in METADATA.sorted_tables), *VIEWS))
    ),
)


def keys(event: Any) -> tuple[str]:  # noqa: ANN401  one of the events of the parts
    """Name the one thing that an event is about."""
    return (_PART_OF[type(event)].key(event),)


def reads(event: Any, _: str) -> tuple[Key, ...]:  # noqa: ANN401  as above
    """Ask the part of the event."""
    return _PART_OF[type(event)].reads(event)


def project(event: Any, _: str, recorded: Told, rows: Rows) -> None:  # noqa: ANN401  as above
    """Let the part of the event do it."""
    _PART_OF[type(event)].project(event, recorded, rows)


def _view(name: str) -> str:
    return (files(__name__) / "views" / f"{name}.sql").read_text("utf-8")


ANALYTICS = Projection(
    NAME,
    VERSION,
    METADATA,
    tuple(layout for part in _PARTS for layout in part.layouts),
    tuple(_PART_OF),
    keys,
    reads,
    project,
    asked=False,
    extras=(*map(_view, VIEWS), *_READABLE),
)
