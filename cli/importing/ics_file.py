"""Slots from iCalendar: one VEVENT, one slot for each of its occurrences."""

import warnings
from collections import defaultdict
from contextlib import suppress
from datetime import date, timedelta
from typing import Final

import msgspec
from icalendar import Calendar, Event
from icalendar.error import GloballyUniqueTZIDGuessed

from cli.importing.recurrence import EndlessRule, MalformedEvent, Moment, occurrences, properties, read_moment, single
from cli.importing.rows import Place, RefusedRow, Row, UnreadableFile, read_row
from events.local_time import MalformedTime, NoSuchLocalTime, resolve

_MINUTE: Final = timedelta(minutes=1)


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Whose slots they are, where an event does not say so itself."""

    recruiter: str | None = None
    city: str | None = None
    stage: str | None = None


def read_calendar(content: bytes, owner: Owner, until: date | None) -> list[Row | RefusedRow]:
    """Read every occurrence of every event of an iCalendar file in UTF-8; events that were cancelled are passed over.

    Rules are cut after the day `until`. A start in a zone becomes the instant it means; a floating start stays a wall
    time, which the service reads in the city's zone. Raises UnreadableFile where this is no calendar, or where a rule
    has no end and no `until` cuts it.
    """
    events = _events(_decode(content))
    replaced = _replacements(events)
    return [row for place, event in events for row in _read_event(place, event, owner, replaced[place.uid], until)]


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(f"line {line}: not UTF-8") from error


def _events(text: str) -> list[tuple[Place, Event]]:
    """The events of all calendars in the text, in order, each with its place."""
    try:
        with warnings.catch_warnings():
            # A name such as /vendor.example/Europe/Berlin is read as the zone it ends in: nothing to warn about.
            warnings.simplefilter("ignore", GloballyUniqueTZIDGuessed)
            calendars = Calendar.from_ical(text, multiple=True)
    except ValueError as error:
        raise UnreadableFile(f"not a calendar: {error}") from error
    if not calendars:
        raise UnreadableFile("not a calendar: no BEGIN:VCALENDAR that an END:VCALENDAR closes")
    events = [event for calendar in calendars for event in calendar.walk("VEVENT") if isinstance(event, Event)]
    # The parser keeps no line numbers, and drops what is not closed without a word.
    lines = [line for line, content in enumerate(text.split("\n"), 1) if content.rstrip().upper() == "BEGIN:VEVENT"]
    if len(lines) != len(events):
        raise UnreadableFile(f"{len(lines)} events begin, but only {len(events)} are closed in their calendar")
    return [(Place(line, _uid(event)), event) for line, event in zip(lines, events, strict=True)]


def _uid(event: Event) -> str | None:
    return next(map(str, properties(event, "UID")), None)


def _replacements(events: list[tuple[Place, Event]]) -> defaultdict[str | None, list[Moment]]:
    """The occurrences that events with a RECURRENCE-ID stand in for, by UID."""
    replaced = defaultdict(list)
    for place, event in events:
        # A malformed one is refused when it is read itself.
        with suppress(MalformedEvent):
            moment = _replaced(event)
            if moment is not None:
                replaced[place.uid].append(moment)
    return replaced


def _replaced(event: Event) -> Moment | None:
    _check_errors(event)
    value = single(event, "RECURRENCE-ID")
    if value is None:
        return None
    if "RANGE" in value.params:
        raise MalformedEvent("RECURRENCE-ID with RANGE is not supported")
    return read_moment(value)


def _read_event(
    place: Place,
    event: Event,
    owner: Owner,
    replaced: list[Moment],
    until: date | None,
) -> list[Row | RefusedRow]:
    try:
        is_replacement = _replaced(event) is not None
        if _text(event, "STATUS") == "CANCELLED":
            return []
        start = _start(event)
        fields = _fields(event, start, owner)
        walls = [start.wall] if is_replacement else occurrences(event, start, replaced, until)
    except MalformedEvent as error:
        return [RefusedRow(place, "malformed-event", str(error))]
    except EndlessRule as error:
        raise UnreadableFile(f"{place}: the rule never ends; --until says where to cut it") from error
    return [_read_occurrence(place, fields, Moment(wall, start.tz)) for wall in walls]


def _start(event: Event) -> Moment:
    value = single(event, "DTSTART")
    if value is None:
        raise MalformedEvent("DTSTART is missing")
    return read_moment(value)


def _read_occurrence(place: Place, fields: dict[str, str], start: Moment) -> Row | RefusedRow:
    local_start = start.wall.isoformat()
    place = msgspec.structs.replace(place, occurrence=local_start)
    if start.tz is None:
        return read_row(place, {**fields, "starts_at": local_start})
    try:
        settled = resolve(local_start, start.tz.key)
    except MalformedTime as error:
        return RefusedRow(place, "malformed-event", str(error))
    if isinstance(settled, NoSuchLocalTime):
        before, after = settled.nearest
        reason = f"the clocks of {settled.zone} skip this time; the nearest there are: {before} and {after}"
        return RefusedRow(place, "no-such-local-time", reason, msgspec.to_builtins(settled))
    return read_row(place, {**fields, "starts_at": f"{settled.starts_at:%Y-%m-%dT%H:%M:%SZ}"})


def _fields(event: Event, start: Moment, owner: Owner) -> dict[str, str]:
    """What all occurrences of an event have in common."""
    fields = {
        "recruiter_id": _said(event, "RECRUITER", owner.recruiter),
        "city_id": _said(event, "CITY", owner.city),
        "stage_id": _said(event, "STAGE", owner.stage),
        "duration_minutes": _minutes(event, start),
        "location": _text(event, "LOCATION") or _text(event, "SUMMARY"),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _said(event: Event, what: str, otherwise: str | None) -> str:
    value = _text(event, f"X-DAYBOOK-{what}") or otherwise
    if value is None:
        raise MalformedEvent(f"no {what.lower()}: neither X-DAYBOOK-{what} nor --{what.lower()} says which")
    return value


def _minutes(event: Event, start: Moment) -> str | None:
    """The elapsed length of the event; None leaves it to the stage."""
    end, duration = single(event, "DTEND"), single(event, "DURATION")
    if end is not None:
        length = read_moment(end).instant() - start.instant()
    elif duration is not None and isinstance(duration.dt, timedelta):
        length = duration.dt
    elif duration is not None:
        raise MalformedEvent("DURATION is not a length of time")
    else:
        return None
    if length < _MINUTE or length % _MINUTE:
        raise MalformedEvent(f"a length of {length} is not a whole number of minutes")
    return str(length // _MINUTE)


def _check_errors(event: Event) -> None:
    if event.errors:
        raise MalformedEvent("; ".join(f"{name}: {error}" if name else error for name, error in event.errors))


def _text(event: Event, name: str) -> str | None:
    value = single(event, name)
    return str(value).strip() or None if value is not None else None
