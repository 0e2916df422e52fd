"""Changes to the chain of a log by SQL, which is not made anew. Each says of which position the verifier must speak."""

from typing import Final

from tests.support.bits import flipped
from tests.support.tampering import Forger, Register

CHAIN: Final = Register()

_COPY: Final = "insert into daybook.block select * from daybook.block where last_position = $1"
_MADE_UP: Final = (
    "insert into daybook.block select $1, $2, recorded_at, hash from daybook.block where last_position = $3"
)


@CHAIN.kind("block.hash")
async def a_bit_of_the_hash_of_a_block(forger: Forger) -> int:
    """At the block."""
    block = forger.scene.blocks[forger.block()]
    await forger.set_block(block.last, hash=flipped(block.hash, forger.random))
    return block.first


@CHAIN.kind("block.recorded_at")
async def a_bit_of_the_time_of_a_block(forger: Forger) -> int:
    """At the block."""
    block = forger.scene.blocks[forger.block()]
    await forger.set_block(block.last, recorded_at=flipped(block.recorded_at, forger.random))
    return block.first


@CHAIN.kind("block.recorded_at")
async def a_block_recorded_when_no_calendar_knows(forger: Forger) -> int:
    """At the block."""
    block = forger.scene.blocks[forger.block()]
    moment = forger.random.choice(("infinity", "-infinity", "0001-01-01 BC", "20000-01-01"))
    await forger.run(f"update daybook.block set recorded_at = '{moment}' where last_position = $1", block.last)  # noqa: S608
    return block.first


@CHAIN.kind("block.recorded_at", "recorded_at")
async def a_block_and_its_events_recorded_at_another_time(forger: Forger) -> int:
    """At the block."""
    block = forger.scene.blocks[forger.block()]
    moment = flipped(block.recorded_at, forger.random)
    await forger.set_block(block.last, recorded_at=moment)
    await date(forger, block.first, block.last, moment)
    return block.first


@CHAIN.kind("block.first_position")
async def a_bit_of_the_first_position_of_a_block(forger: Forger) -> int:
    """At the block."""
    block = forger.scene.blocks[forger.block()]
    changed = block.first ^ 1 << forger.random.randrange(63)
    await forger.set_block(block.last, first_position=changed)
    return block.first


@CHAIN.kind("block.last_position")
async def a_block_that_ends_earlier(forger: Forger) -> int:
    """At the block."""
    place = forger.block(lambda place: forger.size(place) > 1)
    block = forger.scene.blocks[place]
    await forger.set_block(block.last, last_position=forger.random.randrange(block.first, block.last))
    return block.first


@CHAIN.kind("block.first_position", "block.last_position")
async def a_boundary_that_is_moved_forward(forger: Forger) -> int:
    """At the block that has lost events to the next one."""
    place = forger.block(lambda place: forger.size(place) > 1)
    block, behind = forger.scene.blocks[place : place + 2]
    last = forger.random.randrange(block.first, block.last)
    await forger.set_block(block.last, last_position=last)
    await forger.set_block(behind.last, first_position=last + 1)
    return block.first


@CHAIN.kind("block.first_position", "block.last_position")
async def a_boundary_that_is_moved_backward(forger: Forger) -> int:
    """At the first event that the block has got from the next one."""
    place = forger.block(lambda place: forger.size(place + 1) > 1)
    block, behind = forger.scene.blocks[place : place + 2]
    last = forger.random.randrange(behind.first, behind.last)
    await forger.set_block(block.last, last_position=last)
    await forger.set_block(behind.last, first_position=last + 1)
    return block.last + 1


@CHAIN.kind("block.last_position")
async def a_block_is_deleted(forger: Forger) -> int:
    """At the block."""
    block = forger.scene.blocks[forger.block()]
    await forger.run("delete from daybook.block where last_position = $1", block.last)
    return block.first


@CHAIN.kind("block.last_position", "position")
async def a_block_is_deleted_with_its_events(forger: Forger) -> int:
    """At the block."""
    block = forger.scene.blocks[forger.block()]
    await forger.run("delete from daybook.block where last_position = $1", block.last)
    await forger.run("delete from daybook.event where position between $1 and $2", block.first, block.last)
    return block.first


@CHAIN.kind("block.last_position")
async def a_block_is_there_twice(forger: Forger) -> int:
    """At the event that should stand, or the block that should begin, where it is the second time."""
    block = forger.scene.blocks[forger.block()]
    await forger.run("alter table daybook.block drop constraint block_pkey")
    await forger.run(_COPY, block.last)
    return block.last + 1


@CHAIN.kind("block.last_position", whole=True)
async def a_block_of_no_events_behind_the_end(forger: Forger) -> int:
    """Behind the last event."""
    head = forger.scene.head
    await forger.run(_MADE_UP, head + forger.random.choice((1, 2, 1_000)), head + 1, head)
    return head + 1


@CHAIN.kind("block.last_position", whole=True)
async def a_block_before_the_beginning(forger: Forger) -> int:
    """At the beginning."""
    last = forger.random.choice((-1, -1_000, -(1 << 63)))
    await forger.run(_MADE_UP, last, last, forger.scene.blocks[0].last)
    return 1


@CHAIN.kind("block.last_position", "block.first_position", "block.recorded_at", "block.hash", whole=True)
async def another_beginning(forger: Forger) -> int:
    """At the beginning."""
    change = forger.random.choice(
        (
            "first_position = -1",
            "recorded_at = '2027-01-01'",
            "recorded_at = 'infinity'",
            "hash = sha256('')",
            "last_position = -1",
        )
    )
    await forger.run(f"update daybook.block set {change} where last_position = 0")  # noqa: S608
    return 1


@CHAIN.kind("block.hash")
async def two_blocks_exchange_their_hashes(forger: Forger) -> int:
    """At the first of them."""
    place = forger.block()
    other = forger.block(lambda each: each != place) if forger.random.random() < 0.5 else place - 1
    one, two = sorted((forger.scene.blocks[place], forger.scene.blocks[other]))
    await forger.set_block(one.last, hash=two.hash)
    await forger.set_block(two.last, hash=one.hash)
    return one.first


@CHAIN.kind("position", "block.last_position", "block.first_position")
async def two_blocks_change_places_with_their_events(forger: Forger) -> int:
    """At the first of them."""
    place = forger.block()
    one, two = forger.scene.blocks[place - 1 : place + 1]
    by, back = two.last - one.last, one.last - one.first + 1
    await forger.run("delete from daybook.block where last_position = any ($1)", [one.last, two.last])
    for block, step in ((two, -back), (one, by)):
        first, last = block.first, block.last
        away = "update daybook.event set position = -(position + $3) where position between $1 and $2"
        await forger.run(away, first, last, step)
        made = (last + step, first + step, block.recorded_at, block.hash)
        await forger.run("insert into daybook.block values ($1, $2, $3, $4)", *made)
    await forger.run("update daybook.event set position = -position where position < 0")
    return one.first


@CHAIN.kind("log.id")
async def the_log_is_given_another_name(forger: Forger) -> int:
    """At the beginning."""
    await forger.run("update audit.log set id = $1", flipped(forger.scene.log, forger.random))
    return 1


async def date(forger: Forger, first: int, last: int, moment: object) -> None:
    """Say that events were recorded then."""
    await forger.run("update daybook.event set recorded_at = $3 where position between $1 and $2", first, last, moment)
