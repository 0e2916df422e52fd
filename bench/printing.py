"""The log's rows of a life, printed again and again with other names and dates, in PostgreSQL's binary COPY format.

All that differs from one print to the next has a fixed length: ids, the city's slug, dates. So whatever was written
down once is a form with gaps, and to print it is to fill the gaps. Dates move by whole weeks, which changes nothing
else as long as the zone never changes its clocks.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter
from struct import Struct
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from bench.keys import Sealer
from bench.life import CITY_ID
from bench.recording import Settled
from daybook.ids import time_ordered
from events.catalogue import PERSONAL
from events.log import Fact

HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER: Final = b"\xff\xff"

_GAP: Final = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\d|%b" % CITY_ID.encode())
_ID_LENGTH: Final = 36
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_UNIX_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MILLISECOND: Final = timedelta(milliseconds=1)
_TEXT: Final = 25  # its number among PostgreSQL's types
_short, _int, _long = Struct("!h").pack, Struct("!i").pack, Struct("!q").pack
_NULL: Final = _int(-1)
_encode = msgspec.json.Encoder().encode

Values = Sequence[bytes]


class Form(NamedTuple):
    """Bytes with gaps, and which of the values fill them."""

    text: bytes
    choose: Callable[[Values], Any]

    def filled(self, values: Values) -> bytes:
        """Fill the gaps."""
        filled: bytes = self.text % self.choose(values)
        return filled


class EventForm(NamedTuple):
    """An event: its envelope, as it is hashed; of the row type, version and tags; the data; the actor.

    `sealed` is the fact that was written down, where it holds personal data.
    """

    envelope: Form
    row: Form
    data: Form
    actor: Form
    sealed: Fact | None


class CommandForm(NamedTuple):
    """A command: when it was decided, its id, its row, its events. `said` is what its fingerprint is made of."""

    decided_at: datetime
    command_id: Callable[[Values], bytes]
    name: bytes
    body: Form
    said: Form
    actor: Form
    outcome: bytes
    reply: Form
    events: tuple[EventForm, ...]


class Page(NamedTuple):
    """What one step adds to the log: rows of both tables, and the content hashes of the events."""

    events: list[bytes]
    commands: list[bytes]
    contents: list[bytes]


class Sheet(NamedTuple):
    """What was written down, ready to be printed; `gaps` are the values that stood there, and when they first did."""

    gaps: tuple[tuple[bytes, datetime], ...]
    commands: tuple[CommandForm, ...]

    @classmethod
    def of(cls, every: Iterable[Settled]) -> Sheet:
        """Find the gaps."""
        gaps: dict[bytes, int] = {}
        since, commands = list[datetime](), list[CommandForm]()
        for settled in every:
            commands.append(_command_form(settled, gaps))
            since += [settled.decided_at] * (len(gaps) - len(since))
        return cls(tuple(zip(gaps, since, strict=True)), tuple(commands))

    def values(self, lasting: Mapping[bytes, bytes], weeks: int) -> list[bytes]:
        """Give what one print fills the gaps with: what lasts, dates so many weeks later, and ids of its own."""
        later = timedelta(weeks=weeks)
        return [
            lasting.get(gap) or (_fresh_id(since + later) if len(gap) == _ID_LENGTH else _shifted(gap, later))
            for gap, since in self.gaps
        ]


class Press(NamedTuple):
    """What is not on the sheets: what fingerprints are made with, and how personal data is sealed."""

    secret: bytes
    sealer: Sealer


def page(  # noqa: PLR0913, PLR0917  all that one step of a round is made of
    press: Press, command: CommandForm, prints: Iterable[Values], weeks: int, head: int, recorded_at: datetime
) -> Page:
    """Print one command with the values of each print, as the batch that is appended after position `head`."""
    printed = Page([], [], [])
    recorded = _moment(recorded_at)
    decided = _moment(command.decided_at + timedelta(weeks=weeks))
    for ordinal, values in enumerate(prints, 1):
        first, command_id = head + 1, _id(command.command_id(values))
        for event in command.events:
            head += 1
            data = _data(press.sealer, event, values, command_id)
            row, content = _event(event, data, values, head, recorded + decided + command_id, command_id)
            printed.events.append(row)
            printed.contents.append(content)
        place = (_field(_long(first)) if command.events else _NULL) + _field(_long(head)) + _field(_int(ordinal))
        printed.commands.append(_command(press.secret, command, values, command_id, decided, place))
    return printed


def _data(sealer: Sealer, event: EventForm, values: Values, command_id: bytes) -> bytes:
    data = event.data.filled(values)
    if event.sealed is None:
        return data
    return sealer.seal(event.sealed._replace(data=data), UUID(bytes=command_id[-16:]))


def _event(  # noqa: PLR0913, PLR0917  the columns of a row
    event: EventForm, data: bytes, values: Values, position: int, when: bytes, command_id: bytes
) -> tuple[bytes, bytes]:
    """Return a row and its content hash. What begins with its command is correlated by that one's id."""
    content = hashlib.sha256(event.envelope.filled(values) + data).digest()
    row = b"\x00\x0d\x00\x00\x00\x08%b%b%b%b%b%b\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x20%b" % (
        _long(position),
        event.row.filled(values),
        _field(data),
        when,
        event.actor.filled(values),
        command_id,
        content,
    )
    return row, content


def _command(  # noqa: PLR0913, PLR0917  as above
    secret: bytes, command: CommandForm, values: Values, command_id: bytes, decided: bytes, place: bytes
) -> bytes:
    return b"\x00\x0b%b%b%b%b%b%b%b%b%b" % (
        command_id,
        command.name,
        command.body.filled(values),
        _field(hmac.digest(secret, command.said.filled(values), "sha256")),
        command.actor.filled(values),
        decided,
        command.outcome,
        command.reply.filled(values),
        place,
    )


def _command_form(settled: Settled, gaps: dict[bytes, int]) -> CommandForm:
    (command_id,) = _places(str(settled.command_id).encode(), gaps)
    actor = settled.actor.encode()
    return CommandForm(
        settled.decided_at,
        itemgetter(command_id),
        _field(settled.name.encode()),
        _form(_field(settled.body), gaps),
        _form(b"\x00".join((settled.name.encode(), actor, settled.body)), gaps),
        _form(_field(actor), gaps),
        _field(settled.outcome.encode()),
        _form(_field(settled.reply), gaps),
        tuple(_event_form(fact, settled, gaps) for fact in settled.facts),
    )


def _event_form(fact: Fact, settled: Settled, gaps: dict[bytes, int]) -> EventForm:
    """As `events.log.content_hash` has it."""
    by = (settled.decided_at, settled.command_id, settled.actor, settled.command_id, None, None)
    row = (_field(fact.type.encode()), _field(_short(fact.version)), _array(fact.tags))
    return EventForm(
        _form(_encode((fact.type, fact.version, fact.tags, *by)) + b"\n", gaps),
        _form(b"".join(row), gaps),
        _form(fact.data, gaps),
        _form(_field(settled.actor.encode()), gaps),
        fact if fact.type in PERSONAL else None,
    )


def _form(text: bytes, gaps: dict[bytes, int]) -> Form:
    places = _places(text, gaps)
    text = _GAP.sub(b"%b", text.replace(b"%", b"%%"))
    return Form(text, itemgetter(*places) if places else _nothing)


def _places(text: bytes, gaps: dict[bytes, int]) -> list[int]:
    return [gaps.setdefault(found, len(gaps)) for found in _GAP.findall(text)]


def _nothing(_: Values) -> tuple[()]:
    return ()


def _fresh_id(made: datetime) -> bytes:
    return str(time_ordered((made - _UNIX_EPOCH) // _MILLISECOND, os.urandom(16))).encode()


def _shifted(gap: bytes, later: timedelta) -> bytes:
    return (date.fromisoformat(gap.decode()) + later).isoformat().encode()


def _field(value: bytes) -> bytes:
    return _int(len(value)) + value


def _array(texts: Sequence[str]) -> bytes:
    """One dimension, no nulls, counted from 1."""
    head = b"".join(map(_int, (1, 0, _TEXT, len(texts), 1)))
    return _field(head + b"".join(_field(text.encode()) for text in texts))


def _id(text: bytes) -> bytes:
    return _field(bytes.fromhex(text.replace(b"-", b"").decode()))


def _moment(moment: datetime) -> bytes:
    return _field(_long((moment - _EPOCH) // _MICROSECOND))
