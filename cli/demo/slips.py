"""Slips of the pen: what is refused to recruiters who publish."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from cli.demo.calendar import Limit
from cli.demo.offers import DAY, Offer, Recruiter, wall_time
from cli.demo.rules import SCREENING
from cli.demo.story import Ids, Script, Step, recruiter_step

_SLIPS = 12
_NOON, _LATE = 12 * 60, 22 * 60
_MINUTES = 30


def slips(
    ids: Ids, recruiters: Sequence[Recruiter], weeks: Sequence[Offer], limits: Mapping[int, Limit], now: datetime
) -> tuple[Script, ...]:
    """A time they have given, a city not theirs, another's slot, a day that is over, one more than they take."""
    scripts = []
    for recruiter, other in zip(recruiters[:_SLIPS], recruiters[-_SLIPS:], strict=True):
        own = next(offer for offer in weeks if offer.recruiter == recruiter)
        wrong = [*_wrong_bodies(own, other, now), *_wrong_days(ids, recruiter, limits.get(recruiter.number), now)]
        scripts.append(
            tuple(
                recruiter_step(
                    ids,
                    recruiter.recruiter_id,
                    "publish-slot",
                    body | {"slot_id": str(ids.of("slip slot", recruiter.number, code))},
                    (code,),
                    outcome=code,
                )
                for code, body in wrong
            )
        )
    return (*scripts, (_wrong_rule(ids, recruiters[0], now),))


def late_slot(ids: Ids, recruiter: Recruiter, limit: Limit) -> Offer:
    """Return a call on a day that is full, at an hour when every recruiter is at home."""
    slot_id = ids.of("late slot", recruiter.number)
    return Offer(slot_id, recruiter, SCREENING, limit.full_day * DAY + _LATE, _MINUTES)


def _wrong_bodies(own: Offer, other: Recruiter, now: datetime) -> Iterator[tuple[str, dict[str, object]]]:
    body = own.body(now)
    yield "recruiter-busy", body
    yield "recruiter-not-in-city", body | {"city_id": other.city.city_id}
    yield "forbidden", body | {"recruiter_id": str(other.recruiter_id)}
    if own.recruiter.number % 2:
        yield "malformed-time", body | {"starts_at": "2020-02-30T10:00"}
    else:
        yield "slot-started", body | {"starts_at": "2020-02-28T10:00"}


def _wrong_days(
    ids: Ids, recruiter: Recruiter, limit: Limit | None, now: datetime
) -> Iterator[tuple[str, dict[str, object]]]:
    if limit is not None:
        yield "recruiter-limit", late_slot(ids, recruiter, limit).body(now)
    if recruiter.away is not None:
        slot_id = ids.of("slot away", recruiter.number)
        yield "recruiter-absent", Offer(slot_id, recruiter, SCREENING, recruiter.away * DAY + _NOON, _MINUTES).body(now)


def _wrong_rule(ids: Ids, recruiter: Recruiter, now: datetime) -> Step:
    body = {
        "recruiter_id": str(recruiter.recruiter_id),
        "city_id": recruiter.city.city_id,
        "stage_id": SCREENING,
        "starts_at": wall_time(now, _NOON).isoformat(),
        "rrule": "FREQ=WEEKLY;BYDAY=MO;UNTIL=SOMETIME",
    }
    return recruiter_step(
        ids, recruiter.recruiter_id, "publish-series", body, ("wrong rule",), outcome="malformed-rule"
    )
