"""The writer, one per process: it gathers commands, decides them in order, and appends each batch with one call.

While an append is in flight the next batch is decided, so that Python and PostgreSQL work at the same time. A command
that needs a state which the append in flight is changing waits until that has landed; no other one does. What makes
this safe:

- a batch depends on the log only through the boundaries that go with it, so a stale state costs a second decision, no
  more;
- commands of a batch that saw one another's events stand or fall together (commands/batch.py);
- a refusal goes through the append like an acceptance, and is answered only when that succeeded;
- the writer's task is its own: a request that is cancelled stops waiting, and nothing else;
- an append whose outcome is unknown is sent again with the same command ids; the log answers `duplicate`, and that is
  the reply.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from typing import Final, Self
from uuid import UUID

from commands.advising import Advice, Advise, no_advice
from commands.batch import Batch, NotNow, RenderRefusal, Undecided
from commands.decision import Known, Unread
from commands.observing import SILENT, Observer
from commands.replies import Reply, plain, with_positions
from commands.request import Request
from commands.states import States
from commands.waiting import Waiting
from events.log import Conflict, Duplicate, Log, LogUnavailable, Verdict, Written

RESEND_SECONDS: Final = 10.0
RESEND_SECONDS_CLOSING: Final = 2.0
RESEND_PAUSES: Final = (0.02, 0.05, 0.1, 0.2, 0.5)
MAX_CONFLICTS: Final = 50
SMALL_CROWD: Final = 16


class Busy(Exception):
    """The writer has all it can take on; nothing was done."""


class KeyReused(Exception):
    """The command id was used before, with another body or by another actor."""


class InFlight(NotNow):
    """The decision needs a state that the append in flight is changing."""


class Flight:
    """A batch on its way into the log."""

    def __init__(
        self,
        batch: Batch,
        members: list[Waiting],
        log: Log,
        advice: Advice,
        observer: Observer,
        patience: Callable[[], float],
    ) -> None:
        """Send it at once; `patience` says for how many seconds it may be sent again."""
        self.batch = batch
        self.members = members
        self.resent = False
        self._log = log
        self._advice = advice
        self._observer = observer
        self._patience = patience
        self.task = asyncio.create_task(self._append(), name="append")

    async def _append(self) -> Sequence[Verdict]:
        attempts = self.batch.attempts(await self._advice.told(self.batch.refused))
        clock = asyncio.get_running_loop().time
        started = clock()
        pauses = iter(RESEND_PAUSES)
        with self._observer.appending([each.request for each in self.members]):
            while True:
                try:
                    return await self._log.append(attempts, self.batch.decided_at)
                except LogUnavailable:
                    if clock() - started > self._patience():
                        raise
                    self.resent = True
                    await asyncio.sleep(next(pauses, RESEND_PAUSES[-1]))


class Writer:
    """Use as `async with Writer(log) as writer: reply = await writer.submit(request)`."""

    def __init__(
        self,
        log: Log,
        *,
        render: RenderRefusal = plain,
        advise: Advise = no_advice,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        observer: Observer = SILENT,
        max_batch: int = 256,
        queue_bound: int = 2_048,
        state_bound: int = 20_000,
    ) -> None:
        """`render` composes the body of a refusal; `clock` gives aware UTC.

        `advise` looks up alternatives to what is refused, once for each batch; it must be quick and must not raise.
        """
        self._log = log
        self._render = render
        self._advise = advise
        self._clock = clock
        self._observer = observer
        self._max_batch = max_batch
        self._queue_bound = queue_bound
        self._states = States(state_bound)
        self._open: dict[UUID, Waiting] = {}
        self._queue: deque[Waiting] = deque()
        self._postponed: list[Waiting] = []
        self._changing: frozenset[str] = frozenset()
        self._outdated: set[str] = set()
        self._news = asyncio.Event()
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start the writer's own task."""
        self._task = asyncio.create_task(self._run(), name="writer")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Settle what was taken on, then stop."""
        self._closing = True
        self._news.set()
        if self._task is not None:
            await self._task

    @property
    def load(self) -> int:
        """Count the commands taken on and not settled."""
        return len(self._open)

    async def submit(self, request: Request) -> Reply:
        """Settle one command.

        Raises Busy, KeyReused, and LogUnavailable when the log could not be reached in time: then the command may or
        may not be written, and the same id is safe to send again.
        """
        waiting = self._open.get(request.command_id)
        while waiting is not None and waiting.request.fingerprint != request.fingerprint:
            # Which of the two bodies stands is for the log to say: another process may have settled this one before.
            with suppress(Exception):
                await waiting.reply()
            waiting = self._open.get(request.command_id)
        if waiting is None:
            if len(self._open) >= self._queue_bound or self._closing:
                raise Busy
            waiting = self._open[request.command_id] = Waiting(request)
            self._queue.append(waiting)
            self._news.set()
        return await waiting.reply()

    async def _run(self) -> None:
        try:
            await self._work()
        except BaseException:
            # Nobody is left waiting for a writer that is gone, and nobody new starts to.
            self._closing = True
            for waiting in list(self._open.values()):
                self._give_up(waiting, LogUnavailable("the writer ended"))
            raise

    async def _work(self) -> None:
        lane: Flight | None = None
        while True:
            batch, members = Batch(self._state, self._render, self._clock), list[Waiting]()
            advice = Advice(self._advise)
            while True:
                self._news.clear()
                await self._fill(batch, members, self._max_batch if lane else self._first_share())
                advice.ask(batch.refused)
                if lane.task.done() if lane else members:
                    break
                if lane is None and self._closing:
                    return
                await self._news.wait()
            landed, lane = lane, self._send(batch, members, advice)
            if landed:
                self._land(landed)

    def _send(self, batch: Batch, members: list[Waiting], advice: Advice) -> Flight | None:
        self._changing = frozenset(batch.written)
        if not members:
            return None
        flight = Flight(batch, members, self._log, advice, self._observer, self._patience)
        flight.task.add_done_callback(lambda _: self._news.set())
        return flight

    def _patience(self) -> float:
        return RESEND_SECONDS_CLOSING if self._closing else RESEND_SECONDS

    def _first_share(self) -> int:
        """How many to send while nothing is in flight: half of a crowd.

        Were all of it sent at once, all of it would come back at once, and Python and PostgreSQL would take turns for
        ever, each waiting for the other.
        """
        return min(self._max_batch, max(SMALL_CROWD, len(self._open) // 2))

    async def _fill(self, batch: Batch, members: list[Waiting], limit: int) -> None:
        """Decide what waits, in the order it came; load what that needs, all at once."""
        if self._outdated:
            with suppress(LogUnavailable):  # then there is another conflict, and another try
                await self._load(set(), ahead=self._outdated)
            self._outdated.clear()
        while self._queue and len(members) < limit:
            waiting = self._queue.popleft()
            try:
                if waiting.abandoned:
                    del self._open[waiting.request.command_id]
                else:
                    batch.add(waiting.request)
                    members.append(waiting)
            except InFlight:
                self._postponed.append(waiting)
            except Unread as unread:
                try:
                    await self._load(set(unread.tags), ahead=self._also_unread(batch))
                    self._queue.appendleft(waiting)
                except Exception as error:  # noqa: BLE001  one command's bug must not stop the others
                    self._give_up(waiting, error)
            except Undecided as undecided:
                await self._reconsider(waiting, undecided, batch)

    async def _reconsider(self, waiting: Waiting, undecided: Undecided, batch: Batch) -> None:
        """Decide again on states that belong together; where those were the cause of the failure, it goes away.

        A slot that was folded a while ago may list a hold whose own state, read just now, has ended. Whatever still
        fails is a bug, and must not stop the other commands.
        """
        waiting.conflicts += 1
        try:
            is_newer = await self._read_on(undecided.tags)
        except Exception as error:  # noqa: BLE001  as above
            self._give_up(waiting, error)
            return
        if waiting.conflicts < MAX_CONFLICTS and is_newer:
            self._queue.appendleft(waiting)
        elif waiting.conflicts < MAX_CONFLICTS and not undecided.tags.isdisjoint(batch.written):
            self._postponed.append(waiting)  # what this batch writes may rest on what was read on just now
        else:
            self._give_up(waiting, undecided.__cause__ or undecided)

    async def _read_on(self, tags: frozenset[str]) -> bool:
        """Read all of these states on to one position; tell whether anything was new."""
        before = self._states.wanted(tags)
        await self._load(tags)
        return self._states.wanted(tags) != before

    def _also_unread(self, batch: Batch) -> set[str]:
        """Look ahead to what the others that wait will need."""
        tags: set[str] = set()
        for waiting in islice(self._queue, self._max_batch):
            tags.update(batch.unread(waiting.request))
        return tags

    async def _load(self, needed: AbstractSet[str], *, ahead: AbstractSet[str] = frozenset()) -> None:
        """Read states on in one round trip.

        A history among those `ahead` that cannot be folded fails the commands that need it, when their turn comes.
        """
        found = await self._log.read_tags(self._states.wanted(needed | ahead))
        self._states.fold({tag: found[tag] for tag in needed})
        for tag in ahead - needed:
            with suppress(Exception):
                self._states.fold({tag: found[tag]})

    def _state(self, tag: str) -> Known | None:
        if tag in self._changing:
            raise InFlight
        return self._states.get(tag)

    def _land(self, flight: Flight) -> None:
        self._queue.extendleft(reversed(self._postponed))
        self._postponed.clear()
        error = LogUnavailable("cancelled") if flight.task.cancelled() else flight.task.exception()
        if error is not None:
            for waiting in flight.members:
                self._give_up(waiting, error)
            return
        verdicts = flight.task.result()
        self._states.put(flight.batch.learned(verdicts))
        again = [
            waiting
            for number, (waiting, verdict) in enumerate(zip(flight.members, verdicts, strict=True))
            if not self._settle(flight, number, waiting, verdict)
        ]
        self._queue.extendleft(reversed(again))
        if again:
            self._observer.conflicted(len(again))

    def _settle(self, flight: Flight, number: int, waiting: Waiting, verdict: Verdict) -> bool:
        """Answer one command; False if it has to be decided again."""
        decided = flight.batch.decided[number]
        match verdict:
            case Written(first, position):
                self._answer(waiting, decided.outcome, position, with_positions(decided.reply, first, position))
            case Duplicate() if verdict.fingerprint != waiting.request.fingerprint:
                self._give_up(waiting, KeyReused())
            case Duplicate(_, outcome, reply, first, position):
                body = with_positions(reply, first, position)
                self._answer(waiting, outcome, position, body, replayed=not flight.resent)
            case Conflict():
                self._outdated.update(tag for tag, _ in decided.boundaries)
                waiting.conflicts += 1
                if waiting.conflicts < MAX_CONFLICTS:
                    return False
                self._give_up(waiting, Busy())
        return True

    def _answer(self, waiting: Waiting, outcome: str, position: int, body: bytes, *, replayed: bool = False) -> None:
        request = waiting.request
        del self._open[request.command_id]
        self._observer.settled(request, outcome, replayed=replayed)
        waiting.settle(Reply(request.command_id, outcome, position, body, replayed))

    def _give_up(self, waiting: Waiting, error: BaseException) -> None:
        del self._open[waiting.request.command_id]
        waiting.fail(error)
