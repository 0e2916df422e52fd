"""Verify what a Daybook exported, without Daybook: `python verify_daybook.py --help`.

Needs Python 3.11 and the package `cryptography`, nothing else. What is verified (bytes joined, numbers as 8 bytes big
endian, moments in microseconds since 1970, hashes and keys written in hex):

1. An event hashes to its content hash: SHA-256(envelope, line feed, data).
2. Positions are dense. A block of events is linked to the one before: SHA-256(previous hash, first position, last
   position, when it was recorded, content hashes). Before the first block stands SHA-256("daybook").
3. A checkpoint names the hash of the block it ends with, and the SHA-256 of the checkpoint before it. It is signed
   (Ed25519) with the key of that one, or with the key that that one handed over to.
4. A checkpoint names the root of the tree (RFC 9162) over its events. Leaves are SHA-256(0x00, position, when it was
   recorded, content hash), inner nodes SHA-256(0x01, left, right).
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
import zlib
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import chain
from pathlib import Path
from struct import Struct, pack
from typing import IO, Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HEADER = re.compile(
    rb'\{"format":"daybook-bundle-1","log":"([0-9a-f-]{36})","first":(\d{1,18}),"last":(\d{1,19})'
    rb',"previous":"([0-9a-f]{64})"\}'
)
BLOCK = re.compile(rb'\{"block":\[(\d{1,18}),(\d{1,18})\],"recorded":(\d{1,17}),"hash":"([0-9a-f]{64})"\}')
EVENT = re.compile(rb'\{"at":(\d{1,18}),"recorded":(-?\d{1,18}),("stored":"[0-9a-f]{64}",)?"envelope":.*\}')
CHECKPOINT = re.compile(
    rb'(?P<signed>(?P<proved>\{"format":"daybook-checkpoint-1","log":"(?P<log>[0-9a-f-]{36})"'
    rb',"number":(?P<number>\d{1,18}),"first":(?P<first>\d{1,18}),"last":(?P<last>\d{1,18})'
    rb',"chain":"(?P<chain>[0-9a-f]{64})","root":"(?P<root>[0-9a-f]{64})","previous":"(?P<previous>[0-9a-f]{64})"'
    rb',"signed_at":"(?P<signed_at>[0-9T:.-]{19,26}Z)","key":"(?P<key>[0-9a-f]{64})"'
    rb'(?:,"next":"(?P<next>[0-9a-f]{64})")?)(?:,"proof":"(?P<proof>[0-9a-f]{128})")?)'
    rb',"signature":"(?P<signature>[0-9a-f]{128})"\}'
)
LEAF = Struct(">xqq").pack  # a leaf of the tree is the hash of the byte 0, position, moment and content hash
BEGINNING = sha256(b"daybook").hexdigest()
NOTHING_BEFORE = "0" * 64
LONGEST_LINE = 1 << 26
DAMAGED = b"the file breaks off or is damaged here"


class Fault(Exception):
    """What is wrong, and the first position at which it is."""


def fault(position: int, what: str) -> Fault:
    """Say both in one line."""
    return Fault(f"position {position}: {what}")


class Block(NamedTuple):
    """Events that were written at once; `hash` links them to all before them."""

    first: int
    last: int
    recorded: int
    hash: bytes
    contents: list[bytes]


class Checkpoint(NamedTuple):
    """What was signed about the events `first` to `last`."""

    number: int
    first: int
    last: int
    log: str
    chain: str
    root: str
    previous: str
    signed_at: str
    key: str
    next: str


def read_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file, compressed by gzip or not, without line feeds; where it breaks off, DAMAGED."""
    with path.open("rb") as raw:
        compressed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        file: IO[bytes] | gzip.GzipFile = gzip.GzipFile(fileobj=raw) if compressed else raw
        rest = b""
        try:
            # A piece is so large that a processor's cache holds it.
            while len(rest) < LONGEST_LINE and (chunk := file.read(1 << 17)):
                *whole, rest = (rest + chunk).split(b"\n")
                yield from whole
        except (EOFError, gzip.BadGzipFile, zlib.error):
            rest = DAMAGED
    if rest:  # a line without its line feed was cut off
        yield DAMAGED


# Blocks and their events


def read_header(line: bytes, *, part: bool) -> tuple[str, int, int, bytes]:
    """Read of which log the bundle is, its first and last position, and the hash that its first block follows from."""
    found = HEADER.fullmatch(line)
    if found is None:
        raise fault(1, "the bundle has no header")
    first = int(found[2])
    if first != 1 and not part:
        raise fault(1, f"the bundle begins at {first}; if it is a part by intention, say --part")
    if first == 1 and found[4].decode() != BEGINNING:
        raise fault(1, "the chain does not begin as that of every log")
    return found[1].decode(), first, int(found[3]), bytes.fromhex(found[4].decode())


def read_blocks(lines: Iterator[bytes], position: int, link: bytes) -> Iterator[Block]:
    """Yield the blocks after a position, each verified; `link` is the hash of the block that ends there."""
    latest = 0
    for line in lines:
        found = BLOCK.fullmatch(line)
        if found is None:
            raise fault(position + 1, DAMAGED.decode() if line is DAMAGED else "no block begins here")
        first, last, recorded = int(found[1]), int(found[2]), int(found[3])
        if first != position + 1 or last < first:
            raise fault(position + 1, f"no block begins here, but one that says {first} to {last}")
        if recorded < latest:
            raise fault(first, "the block was recorded earlier than the one before it")
        moment = b',"recorded":%d,"envelope":' % recorded
        contents = [read_content(next(lines, b""), each, recorded, moment) for each in range(first, last + 1)]
        link = sha256(link + pack(">qqq", first, last, recorded) + b"".join(contents)).digest()
        if link.hex() != found[4].decode():
            raise fault(first, f"the block that begins here and ends at {last} does not follow from the chain")
        position, latest = last, recorded
        yield Block(first, last, recorded, link, contents)


def read_content(line: bytes, position: int, recorded: int, moment: bytes) -> bytes:
    """Return the content hash of the event that stands on a line; `moment` is how the line goes on after `position`."""
    start = b'{"at":%d' % position + moment
    if line.startswith(start) and line.endswith(b"}"):
        return sha256(line[len(start) : -1].replace(b',"data":', b"\n", 1)).digest()
    found = EVENT.fullmatch(line)
    if found is None or int(found[1]) != position:
        raise fault(position, DAMAGED.decode() if line is DAMAGED else "the event is missing")
    if int(found[2]) != recorded:
        raise fault(position, "the event was not recorded when its block was")
    raise fault(position, "the event does not say what the hash kept with it was made of")


def root_of(level: list[bytes]) -> bytes:
    """Hash a tree from its leaves: neighbours are joined, the last one of an odd number goes up as it is."""
    if not level:
        return sha256().digest()
    while len(level) > 1:
        pairs = zip(level[0::2], level[1::2], strict=False)
        level = [sha256(b"\x01" + left + right).digest() for left, right in pairs] + level[len(level) & ~1 :]
    return level[0]


def climb(node: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Hash the way from a leaf up to the root of a tree of that size. IndexError if the path is too short."""
    while size > 1:
        if index ^ 1 < size:
            sibling = path.pop(0)
            node = sha256(b"\x01" + (sibling + node if index & 1 else node + sibling)).digest()
        index, size = index // 2, (size + 1) // 2
    return node


# Checkpoints


def read_checkpoint(line: bytes) -> Checkpoint | None:
    """Take a checkpoint apart; None if it is none, or its signatures do not hold."""
    found = CHECKPOINT.fullmatch(line)
    if found is None or not is_signed(found["signed"], found["signature"], found["key"]):
        return None
    if found["next"] is not None and not is_signed(found["proved"], found["proof"] or b"", found["next"]):
        return None
    words = [(found[name] or b"").decode() for name in Checkpoint._fields[3:]]
    return Checkpoint(int(found["number"]), int(found["first"]), int(found["last"]), *words)


def is_signed(message: bytes, signature: bytes, key: bytes) -> bool:
    """Tell whether a signature was made over a message; signature and key are in hex."""
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.decode()))
        public.verify(bytes.fromhex(signature.decode()), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def follow(path: Path, keys: Sequence[str], log: str, *, part: bool = False) -> Iterator[tuple[Checkpoint, bytes]]:
    """Yield the checkpoints of a file with their lines, each following from the one before it."""
    number, first, link, key = 1, 1, NOTHING_BEFORE, ""
    unseen = set(keys)
    for line in read_lines(path):
        found = read_checkpoint(line)
        if found is None:
            raise fault(first, f"checkpoint {number} should stand in line, and what stands there does not hold")
        if part and not key:  # what the first one follows from is not here
            number, first, link = found.number, found.first, found.previous
        if found.number != number:
            raise fault(first, f"checkpoint {number} is missing; number {found.number} stands in its place")
        if found.log != log:
            raise fault(first, f"checkpoint {number} is of another log, {found.log}")
        if found.previous != link:
            raise fault(first, f"checkpoint {number} does not follow from the one before it")
        if key and found.key != key:
            raise fault(first, f"checkpoint {number} is signed with a key that nobody handed over to")
        if found.first != first or found.last < first - 1:
            raise fault(first, f"checkpoint {number} says {found.first} to {found.last}")
        unseen -= {found.key, found.next}
        yield found, line
        number, first, link, key = number + 1, found.last + 1, sha256(line).hexdigest(), found.next or found.key
    if unseen:
        raise fault(1, f"no checkpoint is signed with the key {min(unseen)}")


def check_sealed(checkpoint: Checkpoint, block: Block, begin: int, leaves: list[bytes]) -> None:
    """Check that a checkpoint was signed over the log that ends with a block; it is known from `begin` on."""
    number, first = checkpoint.number, max(checkpoint.first, begin)
    if checkpoint.last != block.last:
        raise fault(block.first, f"checkpoint {number} ends at {checkpoint.last}, within the block")
    if checkpoint.chain != block.hash.hex():
        raise fault(first, f"what stands from here to {block.last} is not what checkpoint {number} was signed over")
    if first == checkpoint.first and checkpoint.root != root_of(leaves).hex():
        raise fault(first, f"checkpoint {number} names another root than that of its events")


# What is asked for


def verify_bundle(path: Path, checkpoints: Path | None, keys: Sequence[str], *, part: bool) -> list[str]:
    """Verify a bundle, with checkpoints if there are any, and say what that shows. Raises Fault, OSError."""
    lines = read_lines(path)
    log, begin, end, link = read_header(next(lines, b""), part=part)
    following = follow(checkpoints, keys, log, part=part) if checkpoints else iter(())
    ahead = (each for each, _ in following if each.last >= begin - 1)
    awaited, sealed, leaves = next(ahead, None), None, list[bytes]()
    block = Block(0, begin - 1, 0, link, [])  # what the bundle follows from
    for block in chain([block], read_blocks(lines, begin - 1, link)):  # noqa: B020  it is where we are
        if awaited:
            moment, contents = block.recorded, enumerate(block.contents, block.first)
            leaves += [sha256(LEAF(position, moment) + content).digest() for position, content in contents]
            while awaited and awaited.last <= block.last:
                check_sealed(awaited, block, begin, leaves)
                awaited, sealed, leaves = next(ahead, None), awaited, []
    if block.last != end:
        raise fault(block.last + 1, f"the event is missing; the bundle says that it reaches {end}")
    if awaited and not part:
        raise fault(block.last + 1, f"the event is missing; checkpoint {awaited.number} reaches {awaited.last}")
    list(ahead)  # the rest must hold as well
    report = [f"positions {begin} to {end} of the log {log}: each follows from the one before, none is missing"]
    if sealed and sealed.last >= begin:
        report += [f"verified: positions {begin} to {sealed.last}", vouched(sealed)]
    if (reached := sealed.last if sealed else begin - 1) < end:
        report.append(
            f"NOT shown: that positions {reached + 1} to {end} are what was written: no checkpoint covers them"
        )
    return [*report, "NOT shown: that what was written is true; which commands were refused; what came later"]


def verify_proof(path: Path, checkpoints: Path | None, keys: Sequence[str]) -> list[str]:
    """Verify the proof of an event, or a receipt, and say what that shows. Raises Fault, OSError."""
    try:
        proof = json.loads(path.read_bytes())
        if proof["checkpoint"] is None or not proof["events"]:
            raise Fault("it proves nothing: there is no event, or no checkpoint covers it yet")
        line = proof["checkpoint"].encode()
        checkpoint = read_checkpoint(line)
        if checkpoint is None:
            raise Fault("its checkpoint does not hold")
        report = [verify_event(event, checkpoint) for event in proof["events"]]
    except (AttributeError, LookupError, OverflowError, RecursionError, TypeError, ValueError) as error:
        raise Fault("it is not of the form of a proof") from error
    if checkpoints is None and checkpoint.key not in keys:
        raise Fault(f"its checkpoint is signed with another key, {checkpoint.key}")
    if checkpoints and line not in [each for _, each in follow(checkpoints, keys, checkpoint.log)]:
        raise Fault(f"its checkpoint {checkpoint.number} is not the one in the file")
    return [*report, vouched(checkpoint), "NOT shown: that what was written is true; what else was written"]


def verify_event(event: dict[str, Any], checkpoint: Checkpoint) -> str:
    """Verify one event of a proof, and say which."""
    position, recorded, content = int(event["position"]), int(event["recorded"]), bytes.fromhex(event["content"])
    index, size = position - checkpoint.first, checkpoint.last - checkpoint.first + 1
    path = [bytes.fromhex(each) for each in event["path"]]
    if not (0 <= index < size and 0 <= recorded < 1 << 62):
        raise fault(position, f"checkpoint {checkpoint.number} does not cover it")
    if climb(sha256(LEAF(position, recorded) + content).digest(), index, size, path).hex() != checkpoint.root or path:
        raise fault(position, f"it does not lead to the root of checkpoint {checkpoint.number}")
    said = f"verified: position {position}, recorded {recorded} us after 1970, content hash {content.hex()}"
    if "envelope" not in event:
        return said
    if sha256(f"{event['envelope']}\n{event['data']}".encode()).digest() != content:
        raise fault(position, "it does not say what its hash was made of")
    return f"{said}\n  {event['envelope']!a}\n  {event['data']!a}"


def vouched(checkpoint: Checkpoint) -> str:
    """Say what vouches for it."""
    number, first, last, log, *_, signed_at, key, _ = checkpoint
    return f"by checkpoint {number} ({first} to {last}) of the log {log}, signed {signed_at} with the key {key}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify and report; 0 nothing is wrong, 1 something is, 2 wrong usage."""
    parser = argparse.ArgumentParser("verify_daybook.py", description="Verify what a Daybook exported.")
    option = parser.add_argument
    option("bundle", nargs="?", type=Path, help="events, as `daybook audit export` wrote them")
    option("--proof", type=Path, help="instead: a proof or a receipt, as the API gave it")
    option("--checkpoints", type=Path, help="their lines, from where those who run the log cannot reach")
    option(
        "--public-key", type=bytes.fromhex, action="append", default=[], help="in hex; each one given must have signed"
    )
    option("--part", action="store_true", help="the bundle is meant to begin later or to end earlier")
    given = parser.parse_args(arguments)
    if (given.bundle is None) == (given.proof is None):
        parser.error("name a bundle, or a --proof")
    if bool(given.public_key) != bool(given.checkpoints or given.proof):
        parser.error("--checkpoints and --proof need a --public-key, and a key needs one of them")
    keys = [key.hex() for key in given.public_key]
    try:
        if given.proof:
            report = verify_proof(given.proof, given.checkpoints, keys)
        else:
            report = verify_bundle(given.bundle, given.checkpoints, keys, part=given.part)
    except Fault as found:
        sys.stdout.write(f"FAULT: {found}\n")
        return 1
    except OSError as error:
        parser.error(str(error))
    sys.stdout.write("\n".join(report) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
