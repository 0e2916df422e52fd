"""Given these events, a read model has these rows: no log, no database."""

from operator import attrgetter
from typing import Any

from events.catalogue import CODEC
from events.log import Recorded
from projections.projection import Projection
from projections.rows import Rows
from tests.support.deciding import COMMAND_ID, NOW


def recorded(event: Any, position: int) -> Recorded:
    """Give an event its place in a log."""
    fact = CODEC.encode(event)
    return Recorded(
        position=position,
        type=fact.type,
        version=fact.version,
        tags=fact.tags,
        data=fact.data,
        recorded_at=NOW,
        decided_at=NOW,
        command_id=COMMAND_ID,
        actor="admin:root",
        correlation_id=COMMAND_ID,
        causation_id=None,
        trace=None,
        content_hash=b"",
    )


def rows_after(projection: Projection, *events: Any) -> Rows:
    """Project events at the positions 1, 2, 3, ...; the projection knows no row that it did not name beforehand."""
    rows = Rows(projection.layouts, bound=0)
    kept: dict[Any, Any] = {}
    key_of = {each.row: attrgetter(*each.primary_key) for each in projection.layouts}
    for position, event in enumerate(events, 1):
        for about in projection.keys(event):
            for kind, keys in rows.unread(projection.reads(event, about)).items():
                rows.learn(kind, keys, [kept[kind, key] for key in keys if (kind, key) in kept])
            projection.project(event, about, recorded(event, position), rows)
        kept |= {(kind, key_of[kind](row)): row for kind, changed in rows.changed.items() for row in changed.values()}
        rows.settle()
    for kind, key in kept:
        rows.learn(kind, [key], [kept[kind, key]])
    return rows
