"""Histories made anew by SQL, whole in themselves, and ends that are cut off: only checkpoints contradict that.

Each says of which position the verifier must speak.
"""

from typing import Final

from tests.support.bits import flipped
from tests.support.tampering import Forger, Register
from tests.support.tampering_chain import date
from tests.support.tampering_events import HASHED

ANEW: Final = Register()
ENDS: Final = Register()

_GOES_ON: Final = """
    insert into daybook.event
    select n, type, version, tags, data, $3, decided_at, gen_random_uuid(), actor, gen_random_uuid(), causation_id,
        trace, content_hash
    from generate_series($1::bigint, $2) n join daybook.event on position = 1 + n % ($1 - 1)"""


@ANEW.kind(*HASHED, "content_hash", "block.hash")
async def an_event_changed_and_the_chain_made_anew(forger: Forger) -> int:
    """At the first position of the checkpoint."""
    return await rewrite(forger, forger.position())


async def rewrite(forger: Forger, position: int) -> int:
    """Change an event with all that was hashed of it."""
    column = forger.random.choice(("actor", "type", "tags"))
    value = flipped((await forger.row(position))[column], forger.random)
    await forger.set_event(position, **{column: value})
    await forger.hash_again(position)
    place = forger.scene.block_of(position)
    await forger.link_again(place, forger.spans(place))
    return forger.contradicted(min(position, forger.scene.sealed), forger.spans(0))


@ANEW.kind("recorded_at", "block.recorded_at", "block.hash")
async def a_block_dated_otherwise_and_the_chain_made_anew(forger: Forger) -> int:
    """At the first position of the checkpoint: the time is one between those of the blocks beside it."""
    place = forger.block()
    before, block = forger.scene.blocks[place - 1 : place + 1]
    moment = before.recorded_at + (block.recorded_at - before.recorded_at) / 2
    await date(forger, block.first, block.last, moment)
    spans = forger.spans(place)
    await forger.link_again(place, spans)
    return forger.contradicted(block.first, spans)


@ANEW.kind("recorded_at", "block.last_position", "block.first_position", "block.recorded_at", "block.hash")
async def two_blocks_joined_and_the_chain_made_anew(forger: Forger) -> int:
    """At the first position of the checkpoint; of the block, where the checkpoint ended between the two."""
    place = forger.block()
    one, two = forger.scene.blocks[place - 1 : place + 1]
    await date(forger, two.first, two.last, one.recorded_at)
    spans = [(one.first, two.last), *forger.spans(place + 1)]
    await forger.link_again(place - 1, spans)
    return forger.contradicted(one.first, spans)


@ANEW.kind("block.last_position", "block.first_position", "block.hash")
async def a_block_cut_in_two_and_the_chain_made_anew(forger: Forger) -> int:
    """At the first position of the checkpoint."""
    place = forger.block(lambda place: forger.size(place) > 1)
    block = forger.scene.blocks[place]
    cut = forger.random.randrange(block.first, block.last)
    spans = [(block.first, cut), (cut + 1, block.last), *forger.spans(place + 1)]
    await forger.link_again(place, spans)
    return forger.contradicted(block.first, spans)


@ANEW.kind("position", "block.last_position", "block.first_position", "block.hash", late=True)
async def an_event_inserted_and_the_chain_made_anew(forger: Forger) -> int:
    """Where a block does not end with the checkpoint any more; at the checkpoint, if one happens to."""
    position = forger.position()
    moment = (await forger.row(position))["recorded_at"]
    await forger.move_behind(position, 1)
    await forger.put_copy(position + 1, position, recorded_at=moment)
    place = forger.scene.block_of(position)
    (first, last), *later = forger.spans(place)
    spans = [(first, last + 1), *((begin + 1, end + 1) for begin, end in later)]
    await forger.link_again(place, spans)
    return forger.contradicted(position, forger.spans(0)[:place] + spans)


@ANEW.kind("position", "block.last_position", "block.first_position", "block.hash", late=True)
async def an_event_deleted_and_the_chain_made_anew(forger: Forger) -> int:
    """Where a block does not end with the checkpoint any more; at the checkpoint, if one happens to."""
    position = forger.position()
    await forger.run("delete from daybook.event where position = $1", position)
    await forger.move_behind(position + 1, -1)
    place = forger.scene.block_of(position)
    (first, last), *later = forger.spans(place)
    spans = [(first, last - 1)] * (last > first) + [(begin - 1, end - 1) for begin, end in later]
    await forger.link_again(place, spans)
    return forger.contradicted(position, forger.spans(0)[:place] + spans)


# Ends that are cut off, and states of old


async def _cut(forger: Forger, last: int) -> None:
    await forger.run("delete from daybook.event where position > $1", last)
    await forger.run("delete from daybook.block where last_position > $1", last)


@ENDS.kind("position", "block.last_position", whole=True)
async def an_end_is_cut_off(forger: Forger) -> int:
    """At the first event that is missing; at its block, where a part of that is left."""
    last = forger.position() - 1
    await _cut(forger, last)
    block = forger.holding(last) if last else None
    return last + 1 if block is None or block.last == last else block.first


@ENDS.kind("position", whole=True)
async def an_end_is_cut_off_and_the_blocks_are_left(forger: Forger) -> int:
    """At the first event that is missing."""
    position = forger.position()
    await forger.run("delete from daybook.event where position >= $1", position)
    return position


@ENDS.kind("position", "block.last_position", whole=True)
async def an_older_state_is_brought_back(forger: Forger) -> int:
    """At the first event that is missing: all was well then, and later checkpoints tell of more."""
    block = forger.scene.blocks[forger.block() - 1]
    await _cut(forger, block.last)
    await forger.connection.execute("delete from audit.checkpoint where last_position > $1", block.last)
    return block.last + 1


@ENDS.kind("position", "block.last_position", "block.first_position", "block.hash", late=True, whole=True)
async def an_older_state_is_brought_back_and_goes_on(forger: Forger) -> int:
    """At the first checkpoint after it, or the block that this one ends within."""
    scene = forger.scene
    place = forger.block()
    moment, first = scene.blocks[place].recorded_at, scene.blocks[place].first
    spans, last = list[tuple[int, int]](), first - 1
    while last < scene.head:
        spans.append((last + 1, last + forger.random.randint(1, 9)))
        last = spans[-1][1]
    await _cut(forger, first - 1)
    await forger.run(_GOES_ON, first, last, moment)
    await forger.hash_again(first, last)
    await forger.link_again(place, spans)
    return forger.contradicted(first, spans)


@ENDS.kind("position", "block.last_position", whole=True)
async def a_beginning_is_cut_off(forger: Forger) -> int:
    """At the beginning."""
    last = forger.position()
    await forger.run("delete from daybook.event where position <= $1", last)
    await forger.run("delete from daybook.block where last_position between 1 and $1", forger.holding(last).last)
    return 1


@ENDS.kind("position", "block.last_position", whole=True)
async def all_is_wiped_out(forger: Forger) -> int:
    """At the beginning."""
    tables = forger.random.choice(("daybook.event", "daybook.block", "daybook.event, daybook.block"))
    await forger.connection.execute(f"truncate {tables}")
    return 1
