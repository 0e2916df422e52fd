"""Recruiters publish what they offer: slot by slot, and whole mornings as series."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from cli.demo.offers import Offer
from cli.demo.recurring import Mornings
from cli.demo.story import Ids, Script, Step, recruiter_step

_UNSURE = 1
"""The number of the recruiter whose client sends everything again."""

_CAREFUL = 2
"""The number of the recruiter who looks first, and publishes once more to be certain."""


def calendars(ids: Ids, offers: Iterable[Offer], series: Iterable[Mornings], now: datetime) -> tuple[Script, ...]:
    """Each recruiter publishes their own."""
    scripts: dict[int, list[Step]] = {}
    for each in series:
        scripts.setdefault(each.recruiter.number, []).extend(_publish_series(ids, each, now))
    for offer in offers:
        scripts.setdefault(offer.recruiter.number, []).append(publish(ids, offer, now))
    scripts[_UNSURE] = [msgspec.structs.replace(step, times=2) for step in scripts[_UNSURE]]
    return tuple(tuple(script) for script in scripts.values())


def publish(ids: Ids, offer: Offer, now: datetime) -> Step:
    """Publish one slot by hand."""
    about = (offer.anchor, offer.start)
    return recruiter_step(ids, offer.recruiter.recruiter_id, "publish-slot", offer.body(now), about)


def _publish_series(ids: Ids, series: Mornings, now: datetime) -> list[Step]:
    """Publish a series. A dry run writes nothing, nor does publishing what is there."""
    recruiter_id, body = series.recruiter.recruiter_id, series.body(now)
    published = recruiter_step(ids, recruiter_id, "publish-series", body, (), events=1 + series.written)
    if series.recruiter.number != _CAREFUL:
        return [published]
    looked = recruiter_step(ids, recruiter_id, "publish-series", body | {"dry_run": True}, ("look",), events=0)
    return [looked, published, recruiter_step(ids, recruiter_id, "publish-series", body, ("again",), events=0)]


def change_series(ids: Ids, series: Mornings, now: datetime) -> Step:
    """Take the dropped morning out: the plan changes, and each slot is cancelled and withdrawn."""
    days = [day for day in (series.off, series.dropped) if day is not None]
    body = {"series_id": str(series.series_id), "exdates": series.exdates(now, days)}
    events = 1 + 2 * series.count
    return recruiter_step(ids, series.recruiter.recruiter_id, "change-series", body, (), events=events)
