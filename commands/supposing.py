"""What if: recorded demand, judged by another policy.

Every command that was ever sent is kept with its outcome, and decisions are pure; so each can be decided once more
under a policy that was not in force. Each is judged on the recorded history, never on what its own or any other
changed outcome would have led to: one difference stays one difference. It replays demand and predicts nothing. Whoever
would have been refused might have asked for something else, and nobody who was never told yes or no is in the log.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

import msgspec

from commands.actor import Actor
from commands.catalogue import BY_NAME
from commands.decision import Accepted, Context, View
from commands.refusals import Changed
from commands.world import World
from events.codec import Event
from events.hold import HoldExpired, SlotHeld
from events.log import ACCEPTED, Log, Recorded, StoredCommand
from events.stage import Policy, StageDefined

SUPPOSABLE: Final = (
    "min_notice_minutes",
    "horizon_days",
    "cancel_cutoff_minutes",
    "reschedule_cutoff_minutes",
    "max_active",
    "max_reschedules",
    "max_holds",
    "hold_minutes",
    "cooldown",
)
"""What may be supposed of a policy. Whether bookings need approval, and how long offers last, changes what follows an
acceptance and never the answer itself, so there is nothing to tell of it."""

# What the service does by itself, once it is time, is nobody's demand.
_BY_ITSELF: Final = frozenset({"expire-hold", "offer-seat"})
_STAGE: Final = "stage:"

NotJudged = Literal["conditional", "foreign", "by-itself"]


class NotSupposable(ValueError):
    """No policy has this, or it cannot be supposed."""


class Supposition(msgspec.Struct, frozen=True):
    """Another policy: what differs from the one in force, in one stage or in all; in every version of it."""

    changes: Mapping[str, Any]
    stage_id: str | None = None

    def concerns(self, stage_id: str | None) -> bool:
        """Tell whether a stage is one that it is about."""
        return self.stage_id in {None, stage_id}

    def applied(self, policy: Policy) -> Policy:
        """Return a policy with the changes."""
        return msgspec.structs.replace(policy, **self.changes)


class Judged(NamedTuple):
    """A command with the outcome it had and the one it would have had; `stage_id` is that whose policy it was up to."""

    command: StoredCommand
    stage_id: str | None
    supposed: str

    @property
    def is_other(self) -> bool:
        """Tell whether it comes out otherwise."""
        return self.command.outcome != self.supposed


def supposition(changes: Mapping[str, Any], stage_id: str | None = None) -> Supposition:
    """Make a supposition from plain values; raises NotSupposable, msgspec.ValidationError."""
    for name in changes:
        if name not in SUPPOSABLE:
            raise NotSupposable(f"{name} cannot be supposed; these can: {', '.join(SUPPOSABLE)}")
    # Read as part of a whole policy, so that each value is checked by its own type.
    whole = {**msgspec.to_builtins(_ANY_POLICY), **changes}
    policy = msgspec.convert(whole, Policy)
    return Supposition({name: getattr(policy, name) for name in changes}, stage_id)


async def suppose(log: Log, supposed: Supposition) -> AsyncIterator[Judged | NotJudged]:
    """Judge every stored command again, in the order they were decided; what cannot be judged is told by why.

    Holds the folded state of every entity in memory. Raises LogUnavailable.
    """
    world = OtherWorld(log.read(), supposed)
    async for stored in log.commands():
        await world.before(stored)
        own = await world.take(stored)
        yield judge(stored, world)
        world.fold(own)


def judge(stored: StoredCommand, world: OtherWorld) -> Judged | NotJudged:
    """Decide a command in a world that stands where it was decided first."""
    kind = BY_NAME.get(stored.name)
    if kind is None:
        return "foreign"
    if stored.name in _BY_ITSELF:
        return "by-itself"
    if stored.outcome == Changed.code:
        return "conditional"
    world.let_pass(stored.decided_at)
    view = View(world.known)
    context = Context(stored.command_id, Actor.parse(stored.actor), stored.decided_at)
    decision = kind.decide(msgspec.json.decode(stored.body, type=kind.struct), view, context)
    stages = (tag.removeprefix(_STAGE) for tag in view.reads if tag.startswith(_STAGE))
    return Judged(stored, next(stages, None), ACCEPTED if isinstance(decision, Accepted) else decision.code)


class OtherWorld(World):
    """The recorded history, in which stages have always had another policy, and holds lasted as long as that says.

    That a hold expired is told at its time, if that is later than it was; but before anything else is told of its slot
    or its candidate, for what happened then rests on it.
    """

    def __init__(self, events: AsyncIterator[Recorded], supposed: Supposition) -> None:
        """Nothing is folded yet."""
        super().__init__(events)
        self._supposed = supposed
        self._minutes: int | None = supposed.changes.get("hold_minutes")
        self._lasting: dict[UUID, datetime] = {}
        self._put_off: dict[UUID, tuple[Recorded, HoldExpired]] = {}

    def let_pass(self, now: datetime) -> None:
        """Let holds end whose time is over by now."""
        for hold_id in [each for each in self._put_off if self._lasting[each] <= now]:
            self._end(hold_id)

    def _take_in(self, recorded: Recorded, event: Event) -> None:
        for hold_id in list(self._standing_in_the_way(recorded)):
            self._end(hold_id)
        match event:
            case StageDefined() if self._supposed.concerns(event.stage_id):
                policy = self._supposed.applied(event.policy)
                super()._take_in(recorded, msgspec.structs.replace(event, policy=policy))
            case SlotHeld() if "hold_minutes" in self._supposed.changes and self._supposed.concerns(
                event.slot.stage_id
            ):
                lasts = timedelta(minutes=self._supposed.changes["hold_minutes"])
                until = self._lasting[event.hold_id] = min(recorded.decided_at + lasts, event.slot.starts_at)
                super()._take_in(recorded, msgspec.structs.replace(event, expires_at=until))
            case HoldExpired() if self._lasting.get(event.hold_id, recorded.decided_at) > recorded.decided_at:
                self._put_off[event.hold_id] = (recorded, event)
            case _:
                super()._take_in(recorded, event)

    def _standing_in_the_way(self, recorded: Recorded) -> Iterator[UUID]:
        for hold_id, (ended, _) in self._put_off.items():
            if not set(ended.tags).isdisjoint(recorded.tags):
                yield hold_id

    def _end(self, hold_id: UUID) -> None:
        super()._take_in(*self._put_off.pop(hold_id))


_ANY_POLICY: Final = Policy(
    min_notice_minutes=0,
    horizon_days=1,
    cancel_cutoff_minutes=0,
    reschedule_cutoff_minutes=0,
    max_active=1,
    max_reschedules=0,
)
