"""Changes to checkpoints, in a file or in the database. Each says of which position the verifier must speak."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import structs

from events.proofs.checkpoint import NOTHING_BEFORE, sign
from events.proofs.keys import public_name
from tests.support.bits import flipped
from tests.support.sealed_scene import joined
from tests.support.tampering import Forger, Register

CHECKPOINTS: Final = Register()
STRANGER: Final = Ed25519PrivateKey.from_private_bytes(sha256(b"of a stranger").digest())
_LINE: Final = "update audit.checkpoint set line = $2 where number = $1"


@CHECKPOINTS.kind(file=True)
async def a_bit_of_the_file(forger: Forger) -> int:
    """At the checkpoint on whose line it is, the line feed among it."""
    place = forger.checkpoint()
    lines = list(forger.scene.lines)
    lines[place] = flipped(lines[place] + b"\n", forger.random)
    forger.published = joined(lines[:place]) + lines[place] + joined(lines[place + 1 :])
    return forger.scene.checkpoints[place].first


@CHECKPOINTS.kind(file=True)
async def a_line_is_removed(forger: Forger) -> int:
    """At its checkpoint. The last one is not removed here: see the test of what is not shown."""
    place = forger.random.randrange(len(forger.scene.lines) - 1)
    _publish(forger, [*forger.scene.lines[:place], *forger.scene.lines[place + 1 :]])
    return forger.scene.checkpoints[place].first


@CHECKPOINTS.kind(file=True)
async def two_lines_are_swapped(forger: Forger) -> int:
    """At the first of them."""
    lines = list(forger.scene.lines)
    one, two = sorted(forger.random.sample(range(len(lines)), 2))
    lines[one], lines[two] = lines[two], lines[one]
    _publish(forger, lines)
    return forger.scene.checkpoints[one].first


@CHECKPOINTS.kind(file=True)
async def a_line_is_there_twice(forger: Forger) -> int:
    """Where the next checkpoint should begin."""
    place = forger.checkpoint()
    lines = list(forger.scene.lines)
    _publish(forger, [*lines[: place + 1], lines[place], *lines[place + 1 :]])
    return forger.scene.checkpoints[place].last + 1


@CHECKPOINTS.kind(file=True)
async def an_older_checkpoint_in_the_place_of_another(forger: Forger) -> int:
    """At the one that is missing; in half of all cases that is the last one."""
    last = len(forger.scene.lines) - 1
    place = forger.random.choice((last, forger.checkpoint(1)))
    lines = list(forger.scene.lines)
    lines[place] = lines[forger.random.randrange(place)]
    _publish(forger, lines)
    return forger.scene.checkpoints[place].first


@CHECKPOINTS.kind(file=True)
async def an_older_checkpoint_behind_the_last(forger: Forger) -> int:
    """Behind the last one."""
    _publish(forger, [*forger.scene.lines, forger.random.choice(forger.scene.lines[:-1])])
    return forger.scene.sealed + 1


@CHECKPOINTS.kind(file=True)
async def a_file_that_breaks_off(forger: Forger) -> int:
    """At the checkpoint on whose line it does."""
    place = forger.checkpoint()
    lines = forger.scene.lines
    forger.published = joined(lines[:place]) + lines[place][: forger.random.randint(1, len(lines[place]))]
    return forger.scene.checkpoints[place].first


@CHECKPOINTS.kind(file=True)
async def a_file_that_is_emptied(forger: Forger) -> int:
    """At the beginning."""
    forger.published = b""
    return 1


@CHECKPOINTS.kind(file=True)
async def a_line_that_is_emptied(forger: Forger) -> int:
    """At its checkpoint."""
    place = forger.checkpoint()
    lines = list(forger.scene.lines)
    lines[place] = b""
    _publish(forger, lines)
    return forger.scene.checkpoints[place].first


@CHECKPOINTS.kind(file=True)
async def a_key_is_swapped_in_the_text(forger: Forger) -> int:
    """At the checkpoint: its signature is not of that key."""
    place = forger.checkpoint()
    lines = list(forger.scene.lines)
    key = forger.scene.checkpoints[place].key.encode()
    lines[place] = lines[place].replace(key, public_name(STRANGER).encode(), 1)
    _publish(forger, lines)
    return forger.scene.checkpoints[place].first


@CHECKPOINTS.kind(file=True)
async def a_checkpoint_is_dated_otherwise(forger: Forger) -> int:
    """At the checkpoint: its signature is not of that."""
    place = forger.checkpoint()
    lines = list(forger.scene.lines)
    date = lines[place].partition(b'"signed_at":"')[2][:10]
    lines[place] = lines[place].replace(date, b"1999-12-31")
    _publish(forger, lines)
    return forger.scene.checkpoints[place].first


@CHECKPOINTS.kind(file=True)
async def a_checkpoint_signed_by_a_stranger(forger: Forger) -> int:
    """At the checkpoint; at the next one, if it is the first, which may be signed by any key."""
    place = forger.checkpoint()
    _publish(forger, _signed(forger, place, [STRANGER]))
    return forger.scene.checkpoints[place or 1].first


@CHECKPOINTS.kind(file=True)
async def all_checkpoints_from_one_on_signed_by_a_stranger(forger: Forger) -> int:
    """At the first of them, or at the beginning if they all are: that is not the key that was noted down."""
    place = forger.random.choice((0, forger.checkpoint()))
    _publish(forger, _signed(forger, place, [STRANGER] * (len(forger.scene.lines) - place)))
    return forger.scene.checkpoints[place].first


@CHECKPOINTS.kind(file=True)
async def a_key_that_has_handed_over_signs_again(forger: Forger) -> int:
    """At the checkpoint."""
    names = [public_name(key) for key in forger.scene.keys]
    later = [place for place, each in enumerate(forger.scene.checkpoints) if each.key != names[0]]
    place = forger.random.choice(later)
    _publish(forger, _signed(forger, place, [forger.scene.keys[0]]))
    return forger.scene.checkpoints[place].first


@CHECKPOINTS.kind(file=True)
async def a_key_hands_over_to_a_stranger(forger: Forger) -> int:
    """At the checkpoint: who does not have the key cannot sign this."""
    checkpoints, lines = forger.scene.checkpoints, list(forger.scene.lines)
    place = forger.random.choice([place for place, each in enumerate(checkpoints) if each.next])
    handed = (checkpoints[place].next or "").encode()
    lines[place] = lines[place].replace(handed, public_name(STRANGER).encode())
    _publish(forger, lines)
    return checkpoints[place].first


@CHECKPOINTS.kind(file=True)
async def whoever_has_the_key_signs_another_root(forger: Forger) -> int:
    """At the checkpoint: its events have not this root."""
    return _signed_by_its_key(forger, root=forger.random.randbytes(32).hex())


@CHECKPOINTS.kind(file=True)
async def whoever_has_the_key_signs_another_chain(forger: Forger) -> int:
    """At the checkpoint: the log does not hold it."""
    return _signed_by_its_key(forger, chain=forger.random.randbytes(32).hex())


def _signed_by_its_key(forger: Forger, **members: str) -> int:
    checkpoints = forger.scene.checkpoints
    place = forger.random.choice([place for place, each in enumerate(checkpoints) if each.last >= each.first])
    key = next(key for key in forger.scene.keys if public_name(key) == checkpoints[place].key)
    _publish(forger, _signed(forger, place, [key], **members))
    return checkpoints[place].first


def _signed(forger: Forger, place: int, keys: Sequence[Ed25519PrivateKey], **members: str) -> list[bytes]:
    """Sign checkpoints from one on with other keys; those behind them are left as they are."""
    lines = list(forger.scene.lines)
    for number, key in enumerate(keys, place):
        honest = forger.scene.checkpoints[number]
        previous = sha256(lines[number - 1]).hexdigest() if number else NOTHING_BEFORE
        blank = {"next": None, "proof": None, "signature": None, "key": public_name(key), "previous": previous}
        successor = next((each for each in forger.scene.keys if public_name(each) == honest.next), None)
        lines[number] = sign(structs.replace(honest, **blank, **members), key, successor if members else None).line
    return lines


def _publish(forger: Forger, lines: Sequence[bytes]) -> None:
    forger.published = joined(lines)


# In the database, as somebody gets them who has no copy of his own


@CHECKPOINTS.kind("checkpoint.line", file=True, table=True)
async def a_bit_of_a_line_in_the_table(forger: Forger) -> int:
    """At its checkpoint."""
    place = forger.checkpoint()
    line = flipped(forger.scene.lines[place].decode(), forger.random)
    await forger.run(_LINE, place + 1, line)
    return forger.scene.checkpoints[place].first


@CHECKPOINTS.kind("checkpoint.number", file=True, table=True)
async def a_row_is_deleted_from_the_table(forger: Forger) -> int:
    """At its checkpoint."""
    place = forger.random.randrange(len(forger.scene.lines) - 1)
    await forger.run("delete from audit.checkpoint where number = $1", place + 1)
    return forger.scene.checkpoints[place].first


@CHECKPOINTS.kind("checkpoint.number", file=True, table=True)
async def a_row_of_the_table_gets_another_number(forger: Forger) -> int:
    """At its checkpoint."""
    place = forger.random.randrange(len(forger.scene.lines) - 1)
    await forger.run("update audit.checkpoint set number = number + 1000000 where number = $1", place + 1)
    return forger.scene.checkpoints[place].first


@CHECKPOINTS.kind("checkpoint.line", file=True, table=True)
async def two_lines_of_the_table_are_swapped(forger: Forger) -> int:
    """At the first of them."""
    lines = forger.scene.lines
    one, two = sorted(forger.random.sample(range(len(lines)), 2))
    await forger.run(_LINE, one + 1, lines[two].decode())
    await forger.run(_LINE, two + 1, lines[one].decode())
    return forger.scene.checkpoints[one].first
