"""Moments as they are said on the command line: a position of the log, or a time with its zone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import click

from cli.environment import Failed
from events.log import Log
from events.moments import parse_moment, position_at

Moment = int | datetime


class _MomentType(click.ParamType[Moment]):
    name = "TIME|POSITION"

    def convert(self, value: str | Moment, param: click.Parameter | None, ctx: click.Context | None) -> Moment:
        if not isinstance(value, str):
            return value
        try:
            return parse_moment(value)
        except ValueError:
            self.fail(f"{value!r} is no position and no RFC 3339 time with its zone", param, ctx)


MOMENT: Final = _MomentType()


async def position_of(log: Log, moment: Moment) -> int:
    """Return the position that is meant. Failed if the log has not come so far yet."""
    head = await log.head()
    if isinstance(moment, int):
        if moment > head:
            raise Failed(f"the log has not reached position {moment} yet: it is at {head}")
        return moment
    if moment > datetime.now(UTC):
        raise Failed("that time is still to come")
    return await position_at(log, head, moment)
