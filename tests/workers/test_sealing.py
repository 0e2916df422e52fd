"""What is signed: what follows from the checkpoint before; and what is not, because it does not follow."""

from datetime import timedelta
from uuid import UUID

import pytest
from msgspec import structs

from events.log import BEGINNING, Block
from events.proofs.checkpoint import Checkpoint, Sealed, sign
from events.proofs.keys import public_name
from tests.support.sealing import KEY, LOG, MONDAY, OTHER_KEY, SIGNED_AT, hashed, linked, recorded
from workers.chain import Fault
from workers.sealing import Stretch, draw_up, follows

EVENTS = [recorded(position, MONDAY) for position in (1, 2, 3)]
ONE = linked(BEGINNING.hash, EVENTS[:1])
TWO = linked(ONE.hash, EVENTS[1:])
FIRST = Stretch([ONE], hashed(EVENTS[:1]))
SECOND = Stretch([TWO], hashed(EVENTS[1:]))


def drawn(before: Sealed | None, stretch: Stretch) -> Checkpoint | Fault:
    """Draw up a checkpoint."""
    return draw_up(before, stretch, log=LOG, key=public_name(KEY), signed_at=SIGNED_AT)


def sealed(before: Sealed | None, stretch: Stretch, *, hand_over: bool = False) -> Sealed:
    """Draw it up and sign it."""
    checkpoint = drawn(before, stretch)
    assert isinstance(checkpoint, Checkpoint)
    return sign(checkpoint, KEY, OTHER_KEY if hand_over else None)


def test_checkpoints_follow_each_other() -> None:
    """Each begins where the one before it ended, and names it."""
    first = sealed(None, FIRST)
    second = sealed(first, SECOND)

    told = [(each.checkpoint.number, each.checkpoint.first, each.checkpoint.last) for each in (first, second)]
    assert told == [(1, 1, 1), (2, 2, 3)]
    assert second.checkpoint.previous == first.hash
    assert second.checkpoint.chain == TWO.hash.hex()
    assert follows(None, first)
    assert follows(first, second)


def test_one_may_stand_for_no_event() -> None:
    """When a key hands over and nothing was written."""
    first = sealed(None, FIRST, hand_over=True)
    second = sealed(first, Stretch([], []))

    assert (second.checkpoint.first, second.checkpoint.last, second.checkpoint.chain) == (2, 1, ONE.hash.hex())


@pytest.mark.parametrize(
    "stretch",
    [
        SECOND._replace(events=SECOND.events[:1]),
        SECOND._replace(events=[]),
        SECOND._replace(events=[SECOND.events[1], SECOND.events[0]]),
        SECOND._replace(events=[SECOND.events[0], SECOND.events[1]._replace(position=4)]),
        SECOND._replace(events=[SECOND.events[0], SECOND.events[1]._replace(content_hash=bytes(32))]),
        SECOND._replace(
            events=[SECOND.events[0], SECOND.events[1]._replace(recorded_at=MONDAY + timedelta(microseconds=1))]
        ),
        SECOND._replace(blocks=[TWO._replace(hash=bytes(32))]),
        SECOND._replace(blocks=[TWO._replace(first=1)]),
        SECOND._replace(blocks=[TWO._replace(last=2)]),
        SECOND._replace(blocks=[TWO._replace(last=1)]),
        SECOND._replace(blocks=[TWO._replace(last=10**15)]),
        SECOND._replace(blocks=[linked(bytes(32), EVENTS[1:])]),
    ],
)
def test_what_does_not_follow_is_not_signed(stretch: Stretch) -> None:
    """Whatever is wrong with it, the fault is where it should have begun."""
    first = sealed(None, FIRST)

    assert drawn(first, stretch) == Fault(2, "the block that begins here does not follow from what was signed before")


def test_a_block_in_the_middle_that_does_not_follow_is_named() -> None:
    """By its first position."""
    forged = Block(2, 3, MONDAY, bytes(32))

    found = drawn(None, Stretch([ONE, forged], hashed(EVENTS)))

    assert isinstance(found, Fault)
    assert found.position == 2


def test_only_the_next_one_follows() -> None:
    """Not one of another number, place, key, log or past."""
    first = sealed(None, FIRST)
    second = sealed(first, SECOND)

    def other(**members: object) -> Sealed:
        return Sealed(second.line, structs.replace(second.checkpoint, **members))

    strangers = [
        other(number=3),
        other(first=3),
        other(previous="00" * 32),
        other(key=public_name(OTHER_KEY)),
        other(log=UUID(int=1)),
    ]
    assert [follows(first, each) for each in [first, *strangers]] == [False] * 6
    assert not follows(None, second)
    assert not follows(second, first)


def test_behind_a_key_that_handed_over_its_successor_follows() -> None:
    """And nobody else."""
    first = sealed(None, FIRST, hand_over=True)
    checkpoint = drawn(first, SECOND)
    assert isinstance(checkpoint, Checkpoint)

    successor = sign(structs.replace(checkpoint, key=public_name(OTHER_KEY)), OTHER_KEY)
    same = sign(checkpoint, KEY)

    assert (follows(first, successor), follows(first, same)) == (True, False)
