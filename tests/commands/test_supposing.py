"""What would have been answered under another policy, command by command, on the history as it was recorded."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from commands.actor import Actor
from commands.book_slot import BookSlot
from commands.cancel_booking import CancelBooking
from commands.catalogue import BY_STRUCT
from commands.expire_hold import ExpireHold
from commands.handling import Writer
from commands.hold_slot import HoldSlot
from commands.reschedule_booking import RescheduleBooking
from commands.supposing import (
    SUPPOSABLE,
    Judged,
    NotSupposable,
    OtherWorld,
    judge,
    suppose,
    supposition,
)
from events.hold import HoldExpired
from events.log import Recorded, StoredCommand
from events.memory import MemoryLog
from events.stage import Policy
from tests.projections.folding import recorded
from tests.support.deciding import (
    ADMIN,
    BOOKING,
    BOT,
    CANDIDATE,
    HOLD,
    NOW,
    OTHER_SLOT,
    SLOT,
    booked,
    candidate,
    city,
    held,
    recruiter,
    slot,
    some_id,
    stage,
)
from tests.support.writing import World, field, submit

MINUTE = timedelta(minutes=1)
RIVAL = some_id("rival")
SCENE = [city(), recruiter(), stage(), candidate(), candidate(RIVAL)]
SOON = slot(starts_in=timedelta(hours=3))


def outcome(
    history: list[Any],
    command: msgspec.Struct,
    actor: Actor = BOT,
    now: datetime = NOW,
    stage_id: str | None = None,
    **changes: Any,
) -> Judged:
    """Judge one command that was accepted, after a history whose events were all decided at `NOW` unless they say."""

    async def events() -> AsyncIterator[Recorded]:
        for position, each in enumerate(history, 1):
            event, at = each if isinstance(each, tuple) else (each, NOW)
            yield msgspec.structs.replace(recorded(event, position), decided_at=at)

    async def judged() -> Any:
        world = OtherWorld(events(), supposition(changes, stage_id))
        body, name = msgspec.json.encode(command), BY_STRUCT[type(command)].name
        stored = StoredCommand(uuid4(), name, body, str(actor), now, "accepted", None, len(history))
        await world.before(stored)
        return judge(stored, world)

    found = asyncio.run(judged())
    assert isinstance(found, Judged)
    return found


@pytest.mark.parametrize(
    ("changes", "supposed"),
    [
        ({"min_notice_minutes": 60}, "accepted"),
        ({"min_notice_minutes": 180}, "accepted"),
        ({"min_notice_minutes": 181}, "too-soon"),
        ({"cooldown": {"missed": 1, "days": 1}}, "accepted"),
    ],
)
def test_a_booking_is_judged_by_the_notice_supposed(changes: dict[str, Any], supposed: str) -> None:
    """It was made three hours before; the stage it was up to is named."""
    judged = outcome([*SCENE, SOON], BookSlot(SLOT, CANDIDATE), **changes)

    assert (judged.supposed, judged.stage_id, judged.is_other) == (supposed, "screening", supposed != "accepted")


def test_the_horizon_and_the_number_of_bookings_are_supposed() -> None:
    """A slot in ten days is too far within nine, and a second booking one too many of one."""
    far = slot(OTHER_SLOT, timedelta(days=10))
    other_stage = slot(OTHER_SLOT, timedelta(days=10), stage_id="offer")
    once_booked = [*SCENE, stage("offer"), candidate(stage_id="offer"), SOON, other_stage, booked(SOON)]

    too_far = outcome([*SCENE, far], BookSlot(OTHER_SLOT, CANDIDATE), horizon_days=9)
    too_many = outcome(once_booked, BookSlot(OTHER_SLOT, CANDIDATE), max_active=1)
    as_many = outcome(once_booked, BookSlot(OTHER_SLOT, CANDIDATE), max_active=2)

    assert [each.supposed for each in (too_far, too_many, as_many)] == ["too-far", "too-many-active", "accepted"]


def test_cut_offs_are_those_supposed_in_every_version_of_the_policy() -> None:
    """Also for a booking under a version that is no longer the newest."""
    history = [*SCENE, SOON, slot(OTHER_SLOT, timedelta(days=2)), booked(SOON), stage(version=2)]

    cancelled = outcome(history, CancelBooking(BOOKING), cancel_cutoff_minutes=181)
    moved = outcome(history, RescheduleBooking(BOOKING, OTHER_SLOT), reschedule_cutoff_minutes=181)
    never = outcome(history, RescheduleBooking(BOOKING, OTHER_SLOT), reschedule_cutoff_minutes=0, max_reschedules=0)

    assert [each.supposed for each in (cancelled, moved, never)] == [
        "too-late-to-cancel",
        "too-late-to-reschedule",
        "too-many-reschedules",
    ]


def test_another_stage_keeps_its_policy() -> None:
    """What is supposed of one stage is supposed of that one."""
    judged = outcome([*SCENE, SOON], BookSlot(SLOT, CANDIDATE), stage_id="offer", min_notice_minutes=10_000)

    assert judged.supposed == "accepted"


HELD = (held(SOON), NOW)
EXPIRED = (HoldExpired(HOLD, CANDIDATE, SLOT, NOW + 10 * MINUTE), NOW + 11 * MINUTE)


@pytest.mark.parametrize(
    ("history", "minute", "hold_minutes", "supposed"),
    [
        ([HELD], 9, 10, "slot-full"),
        ([HELD], 9, 5, "accepted"),
        ([HELD], 15, 20, "slot-full"),
        ([HELD, EXPIRED], 15, 10, "accepted"),
        ([HELD, EXPIRED], 15, 20, "slot-full"),
        ([HELD, EXPIRED], 20, 20, "accepted"),
        ([HELD, EXPIRED, (held(SOON, some_id("again")), NOW + 12 * MINUTE)], 15, 20, "slot-full"),
        ([HELD, EXPIRED, (held(slot(OTHER_SLOT), some_id("on another")), NOW + 12 * MINUTE)], 15, 20, "accepted"),
    ],
)
def test_holds_last_as_long_as_supposed(history: list[Any], minute: int, hold_minutes: int, supposed: str) -> None:
    """A rival finds the seat taken until then; but what is recorded next of slot or holder rests on the hold's end."""
    scene = [*SCENE, SOON, slot(OTHER_SLOT), *history]

    judged = outcome(scene, BookSlot(SLOT, RIVAL), now=NOW + minute * MINUTE, hold_minutes=hold_minutes)

    assert judged.supposed == supposed


def test_one_difference_does_not_lead_to_another() -> None:
    """Who would have got no seat has it all the same for the next one: it is recorded so."""
    history = [*SCENE, SOON, booked(SOON)]

    cancelled = outcome(history, CancelBooking(BOOKING), min_notice_minutes=10_000)
    rival = outcome(history, BookSlot(SLOT, RIVAL), min_notice_minutes=0)

    assert (cancelled.supposed, rival.supposed) == ("accepted", "slot-full")


@pytest.mark.parametrize("name", ["approval", "offer_minutes", "colour"])
def test_what_changes_no_answer_cannot_be_supposed(name: str) -> None:
    """It says so, and what can."""
    with pytest.raises(NotSupposable, match="min_notice_minutes"):
        supposition({name: 1})


def test_what_is_supposed_is_checked() -> None:
    """As in a policy; and every field of that is known here."""
    with pytest.raises(msgspec.ValidationError):
        supposition({"max_active": 0})

    assert {*SUPPOSABLE, "approval", "offer_minutes"} == set(Policy.__struct_fields__)


async def test_all_that_was_ever_asked_is_judged() -> None:
    """Under the same policy it comes out the same; what the service did by itself, and `If-Match`, is left out."""
    log = MemoryLog()
    async with Writer(log) as writer:
        world = await World.make(writer)
        slots, people = [await world.slot(), await world.slot(2)], [await world.candidate() for _ in range(5)]
        await asyncio.gather(*(submit(writer, BookSlot(slots[0], person), BOT) for person in people[:3]))
        hold = await submit(writer, HoldSlot(slots[1], people[3]), BOT)
        await submit(writer, ExpireHold(UUID(field(hold, "hold_id"))), ADMIN)
        await submit(writer, CancelBooking(await world.booking(slots[1], people[4])), BOT, expected=1)
    sent = [command.name async for command in log.commands()]

    same = [each async for each in suppose(log, supposition({"max_active": 5}))]
    none = [each async for each in suppose(log, supposition({"min_notice_minutes": 525_600}))]

    judged = [each for each in same if isinstance(each, Judged)]
    left_out = {"expire-hold", "cancel-booking"}
    assert [each.command.name for each in judged] == [name for name in sent if name not in left_out]
    assert not any(each.is_other for each in judged)
    assert [each for each in same if not isinstance(each, Judged)] == ["by-itself", "conditional"]
    others = [each for each in none if isinstance(each, Judged) and each.is_other]
    assert {each.command.name: each.supposed for each in others} == {"book-slot": "too-soon", "hold-slot": "too-soon"}
