"""Seats as they are at the moment of asking: a hold ends by the clock, without an event.

Every select that uses these takes the parameter `now`, which is aware.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, DateTime, and_, bindparam, case, cast, func, literal_column, select

from projections.slots import SLOT

_hold = func.jsonb_each_text(SLOT.c.holds).table_valued("key", "value").render_derived()
_expires_at = cast(_hold.c.value, DateTime(timezone=True))
_is_live = _expires_at > bindparam("now", type_=DateTime(timezone=True))
_live = select(func.count()).select_from(_hold).where(_is_live).scalar_subquery().correlate(SLOT)

# Few slots have holds, and the first branch costs nothing.
has_holds: Final[ColumnElement[bool]] = SLOT.c.holds != literal_column("'{}'::jsonb")
held: Final[ColumnElement[int]] = case((~has_holds, 0), else_=_live)
seats_left: Final[ColumnElement[int]] = SLOT.c.capacity - SLOT.c.booked - held

# Written out, so that the planner sees that the index of open slots will do.
is_open: Final[ColumnElement[bool]] = and_(SLOT.c.status == literal_column("'open'"), seats_left > 0)
status_now: Final[ColumnElement[str]] = case(
    (and_(SLOT.c.status == literal_column("'open'"), seats_left <= 0), literal_column("'full'")), else_=SLOT.c.status
)
seats: Final = (held.label("held"), seats_left.label("seats_left"), status_now.label("status_now"))

# When the first of the holds that are live expires, and with it the seats that were shown.
first_expiry: Final[ColumnElement[datetime]] = (
    select(func.min(_expires_at)).select_from(_hold).where(_is_live).scalar_subquery().correlate(SLOT)
)
