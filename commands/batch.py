"""One batch: commands decided one after another, each seeing the events of those before it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple, cast
from uuid import UUID

import msgspec

from commands.catalogue import BY_STRUCT
from commands.decision import Accepted, Context, Decision, Known, Refusal, Unread, View
from commands.refusals import Changed
from commands.replies import accepted
from commands.request import Request
from events.catalogue import CODEC, entity_of
from events.codec import Event
from events.log import ACCEPTED, Attempt, Fact, Verdict, Written
from events.personal import personal_fields, redact

Alternatives = Mapping[UUID, Sequence[Any]]
RenderRefusal = Callable[[Request, Refusal, Sequence[Any]], bytes]

_encode = msgspec.json.Encoder().encode


class WroteUnread(Exception):
    """A decision writes under a tag it did not read: later decisions could not be checked against it. A bug."""


class NotNow(Exception):
    """The decision needs a state that cannot be looked at now."""


class Undecided(Exception):
    """A decision failed. What it read may not belong together: states are known up to different positions.

    `tags` name what it read; the cause says what went wrong.
    """

    def __init__(self, tags: Iterable[str]) -> None:
        """Name what was read."""
        super().__init__()
        self.tags = frozenset(tags)


class Refused(NamedTuple):
    """A request and the rule that says no."""

    request: Request
    refusal: Refusal


class Decided(NamedTuple):
    """A request with its outcome, ready for the log; the reply to a refusal is composed when it goes there."""

    request: Request
    outcome: str
    reply: bytes
    boundaries: Sequence[tuple[str, int]]
    facts: Sequence[Fact]


class Batch:
    """Decides requests against what is known and what the batch itself has written so far."""

    def __init__(
        self, known: Callable[[str], Known | None], render: RenderRefusal, clock: Callable[[], datetime]
    ) -> None:
        """`known` looks a state up; it may raise NotNow to put a request off. `clock` gives aware UTC.

        It is read once, for the first request: a batch may have lain empty for long.
        """
        self._known = known
        self._render = render
        self._clock = clock
        self.decided_at = clock()
        self.decided: list[Decided] = []
        self.written: dict[str, Known] = {}
        self._refused: dict[int, Refused] = {}
        self._writers: dict[str, int] = {}
        self._groups: list[int] = []

    def add(self, request: Request) -> None:
        """Decide one more request. Raises Unread, NotNow and Undecided: then it is not part of the batch."""
        if not self.decided:
            self.decided_at = self._clock()
        view = View(self._lookup)
        try:
            self._add(request, view)
        except (Unread, NotNow):
            raise
        except Exception as error:
            raise Undecided(view.reads) from error

    def _add(self, request: Request, view: View) -> None:
        decision = self._decide(request, view)
        reads = view.reads
        boundaries = [(tag, known.position) for tag, known in reads.items()]
        if isinstance(decision, Accepted):
            facts = [CODEC.encode(event) for event in decision.events]
            written = _fold(decision.events, facts, reads)
            reply = accepted(request.command_id, decision, _public(decision.events, facts))
            decided = Decided(request, ACCEPTED, reply, boundaries, facts)
        else:
            written = {}
            self._refused[len(self.decided)] = Refused(request, decision)
            decided = Decided(request, decision.code, b"", boundaries, ())
        self._join(reads, written)
        self.decided.append(decided)

    def unread(self, request: Request) -> tuple[str, ...]:
        """Name the states that are not at hand and that this request would need next; it is not part of the batch."""
        try:
            self._decide(request, View(self._lookup))
        except Unread as unread:
            return unread.tags
        except Exception:  # noqa: BLE001  whatever it is, it comes up again when the request's turn has come
            return ()
        return ()

    @property
    def refused(self) -> Collection[Refused]:
        """What was refused."""
        return self._refused.values()

    def attempts(self, alternatives: Alternatives = MappingProxyType({})) -> list[Attempt]:
        """Hand over the batch in the form the log takes; `alternatives` to what was refused are by command id."""
        for number, (request, refusal) in self._refused.items():
            reply = self._render(request, refusal, alternatives.get(request.command_id, ()))
            self.decided[number] = self.decided[number]._replace(reply=reply)
        return [
            Attempt(
                each.request.command_id,
                each.request.name,
                each.request.body,
                each.request.fingerprint,
                str(each.request.actor),
                each.outcome,
                each.reply,
                each.request.correlation_id,
                self._root(number),
                each.boundaries,
                each.facts,
                None,
                each.request.causation_id,
                each.request.trace,
            )
            for number, each in enumerate(self.decided)
        ]

    def learned(self, verdicts: Sequence[Verdict]) -> dict[str, Known]:
        """Return the states that stand, with the position of the last event under each tag.

        The commands that wrote under one tag are of one group, so either all of them stand or none does.
        """
        known = {}
        for each, verdict in zip(self.decided, verdicts, strict=True):
            if isinstance(verdict, Written) and verdict.first is not None:
                for position, fact in enumerate(each.facts, verdict.first):
                    for tag in fact.tags:
                        known[tag] = Known(self.written[tag].state, position)
        return known

    def _decide(self, request: Request, view: View) -> Decision:
        kind = BY_STRUCT[type(request.command)]
        main = kind.main(request.command)
        if request.expected is not None and main is not None and (entity := entity_of(main)):
            view.of(entity.at(main))
            position = view.reads[main].position
            if main in self.written or position > request.expected:
                return Changed(position)
        return kind.decide(request.command, view, Context(request.command_id, request.actor, self.decided_at))

    def _lookup(self, tag: str) -> Known | None:
        return self.written.get(tag) or self._known(tag)

    def _join(self, reads: Iterable[str], written: Mapping[str, Known]) -> None:
        """A command stands only if those do whose events it saw: put it into one group with them."""
        number = len(self._groups)
        self._groups.append(number)
        for writer in {self._writers[tag] for tag in reads if tag in self._writers}:
            self._groups[self._root(writer)] = self._root(number)
        self.written.update(written)
        self._writers.update(dict.fromkeys(written, number))

    def _root(self, number: int) -> int:
        while self._groups[number] != number:
            self._groups[number] = self._groups[self._groups[number]]
            number = self._groups[number]
        return number


def _fold(events: Sequence[Event], facts: Sequence[Fact], reads: Mapping[str, Known]) -> dict[str, Known]:
    """Fold events onto what their decision read; the position stays the log's, of which the boundaries speak."""
    after: dict[str, Known] = {}
    for event, fact in zip(events, facts, strict=True):
        for tag in fact.tags:
            before = after.get(tag) or reads.get(tag)
            if before is None:
                raise WroteUnread(f"{fact.type} under {tag}")
            entity = entity_of(tag)
            after[tag] = Known(entity.evolve(before.state, event), before.position) if entity else before
    return after


def _public(events: Sequence[Event], facts: Sequence[Fact]) -> Iterable[Fact]:
    """Replies are kept for good, so they never hold personal data."""
    for event, fact in zip(events, facts, strict=True):
        if personal_fields(type(event)):
            yield fact._replace(data=_encode(redact(cast("msgspec.Struct", event))))
        else:
            yield fact
