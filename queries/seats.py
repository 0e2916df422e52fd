"""Seats as they are at the moment of asking: a hold ends by the clock, without an event.

Every select that uses these takes the parameter `now`, which is aware.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, DateTime, and_, bindparam, case, cast, func, literal_column, select

from projections.slots import SLOT

_hold = func.jsonb_each_text(SLOT.c.holds).table_valued("key", "value").render_derived()
_live = (
    select(func.count())
    .select_from(_hold)
    .where(cast(_hold.c.value, DateTime(timezone=True)) > bindparam("now", type_=DateTime(timezone=True)))
    .scalar_subquery()
    .correlate(SLOT)
)

# Few slots have holds, and the first branch costs nothing.
held: Final[ColumnElement[int]] = case((SLOT.c.holds == literal_column("'{}'::jsonb"), 0), else_=_live)
seats_left: Final[ColumnElement[int]] = SLOT.c.capacity - SLOT.c.booked - held

# Written out, so that the planner sees that the index of open slots will do.
is_open: Final[ColumnElement[bool]] = and_(SLOT.c.status == literal_column("'open'"), seats_left > 0)
status_now: Final[ColumnElement[str]] = case(
    (and_(SLOT.c.status == literal_column("'open'"), seats_left <= 0), literal_column("'full'")), else_=SLOT.c.status
)
seats: Final = (held.label("held"), seats_left.label("seats_left"), status_now.label("status_now"))
