"""End a series: no more slots by its rule, and those ahead are withdrawn where nobody has a seat."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.fields import Reason, WrittenTime
from commands.moments import read_moment
from commands.refusals import Forbidden, UnknownSeries
from commands.withdrawing import standing_slots, withdraw
from events import tags
from events.entity import Absent
from events.local_time import LocalStart
from events.series import SERIES, EndedSeries, SeriesEnded


class EndSeries(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Body of `end-series`; `from` is a wall time of the series or an RFC 3339 instant, by default now."""

    series_id: UUID
    reason: Reason
    from_: WrittenTime | None = None


def decide(command: EndSeries, view: View, context: Context) -> Decision:
    """Slots before `from` stay, and so do those in which somebody has a seat. Again is accepted, with nothing to do."""
    (series,) = view.of(SERIES.at(tags.series(command.series_id)))
    ids = {"series_id": command.series_id}
    if isinstance(series, Absent):
        return UnknownSeries(command.series_id)
    if not context.actor.may_act_for(series.plan.recruiter_id):
        return Forbidden("a series of another recruiter")
    if isinstance(series, EndedSeries):
        return Accepted((), ids)
    since = context.now
    if command.from_ is not None:
        settled = read_moment(command.from_, series.plan.zone, "from")
        if not isinstance(settled, LocalStart):
            return settled
        since = settled.starts_at
    slots = standing_slots(series, since, view, context.now)
    gone = withdraw(command.series_id, slots, command.reason, view, context.now)
    ended = SeriesEnded(command.series_id, command.reason)
    return Accepted((*gone.events, ended), ids, {"withdrawn": len(gone.withdrawn), "kept": gone.kept})
