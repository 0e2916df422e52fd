"""What an auditor has: a bundle, checkpoints, keys, perhaps a proof; honest, and to be tampered with."""

from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import structs

from cli import verify_daybook
from events.log import BEGINNING, Block, Recorded
from events.proofs.bundle import block_line, event_line, header_line
from events.proofs.checkpoint import Checkpoint, Sealed, read, sign
from events.proofs.keys import public_name
from events.proofs.merkle import leaf_hash, path_to
from tests.support.sealing import KEY, LOG, MONDAY, OTHER_KEY, SIGNED_AT, hashed, kept, linked, recorded
from workers.sealing import Stretch, draw_up

BLOCKS = ((1, 1), (2, 3), (4, 5), (6, 6), (7, 8))
Verifier = Callable[[Sequence[str]], int]


class Written(NamedTuple):
    """Some events that were written at once, and their block."""

    block: Block
    events: list[Recorded]


class Told(NamedTuple):
    """What a verifier said: its exit code, and all its lines."""

    code: int
    said: str


class Evidence:
    """Lines of a bundle and of checkpoints, and what a verifier is told beside them."""

    def __init__(self) -> None:
        """Be honest: eight events in five blocks; three checkpoints, after the second of which another key signs."""
        self.log = LOG
        self.first, self.last, self.previous = 1, 8, BEGINNING.hash
        self.history = _history()
        self.keys = [public_name(KEY)]
        self.options: list[str] = []
        one = self._sealed(None, 1, 3, KEY)
        two = self._sealed(one, 4, 6, KEY, OTHER_KEY)
        self.published = True
        self.checkpoints = [one.line, two.line, self._sealed(two, 7, 8, OTHER_KEY).line]
        self.proof: dict[str, Any] | None = None
        self.lines = self.written()

    def written(self) -> list[bytes]:
        """Write the history as a bundle."""
        lines = [header_line(self.log, self.first, self.last, self.previous)]
        for block, events in self.history:
            lines.append(block_line(block))
            lines += [event_line(*kept(each)) for each in events]
        return [line[:-1] for line in lines]

    def rewrite(self, place: int, change: Callable[[Recorded], Recorded]) -> None:
        """Change events of one block and make the chain anew from there, as whoever owns the database can."""
        self.history[place] = Written(self.history[place].block, [change(each) for each in self.history[place].events])
        link = self.previous
        for number, (_, events) in enumerate(self.history):
            block = linked(link, events)
            self.history[number], link = Written(block, events), block.hash
        self.lines = self.written()

    def part(self, first: int, last: int) -> None:
        """Be a part of the log only, said to be one."""
        self.previous = {each.block.last: each.block.hash for each in self.history}.get(first - 1, BEGINNING.hash)
        self.history = [each for each in self.history if first <= each.block.first and each.block.last <= last]
        self.first, self.last = first, last
        self.lines = self.written()
        self.options = ["--part"]

    def resign(self, number: int, key: Ed25519PrivateKey | None = None, **members: object) -> None:
        """Sign a checkpoint anew with other members, by its own key if no other is given, and link those behind it."""
        old = [read(line).checkpoint for line in self.checkpoints]
        for place in range(number - 1, len(old)):
            unsigned = structs.replace(old[place], next=None, proof=None, signature=None)
            if place == number - 1:
                unsigned = structs.replace(unsigned, **members)
            else:
                unsigned = structs.replace(unsigned, previous=read(self.checkpoints[place - 1]).hash)
            signing = key if key and place == number - 1 else _owner(old[place].key)
            successor = _owner(handed) if (handed := old[place].next) else None
            self.checkpoints[place] = sign(structs.replace(unsigned, key=public_name(signing)), signing, successor).line

    def prove(self, position: int, *, receipt: bool = False) -> None:
        """Ask for the proof of an event instead."""
        checkpoint = next(each for each in map(read, self.checkpoints) if each.checkpoint.last >= position)
        covered = self._events(checkpoint.checkpoint.first, checkpoint.checkpoint.last)
        index = position - checkpoint.checkpoint.first
        event = covered[index]
        shown = kept(event)
        proved = {
            "position": position,
            "recorded": int(block_line(self._block(position)).split(b'"recorded":')[1].split(b",")[0]),
            "content": event.content_hash.hex(),
            "path": [each.hex() for each in path_to([leaf_hash(each) for each in hashed(covered)], index)],
        }
        if not receipt:
            proved |= {"envelope": shown.envelope.decode(), "data": shown.data.decode()}
        self.proof = {"format": "daybook-proof-1", "checkpoint": checkpoint.line.decode(), "events": [proved]}
        self.keys = [checkpoint.checkpoint.key]

    def verify(self, folder: Path) -> Told:
        """Hand all of it to the verifier."""
        return run(verify_daybook.main, self.write(folder))

    def write(self, folder: Path) -> list[str]:
        """Write it to files; return what a verifier is to be told."""
        (folder / "bundle").write_bytes(b"".join(line + b"\n" for line in self.lines))
        (folder / "checkpoints").write_bytes(b"".join(line + b"\n" for line in self.checkpoints))
        (folder / "proof").write_bytes(msgspec.json.encode(self.proof))
        what = ["--proof", str(folder / "proof")] if self.proof is not None else [str(folder / "bundle")]
        sealed = ["--checkpoints", str(folder / "checkpoints")] if self.published else []
        keys = [word for key in self.keys for word in ("--public-key", key)]
        return [*what, *sealed, *keys, *self.options]

    def _sealed(
        self, before: Sealed | None, first: int, last: int, key: Ed25519PrivateKey, to: Ed25519PrivateKey | None = None
    ) -> Sealed:
        blocks = [each.block for each in self.history if first <= each.block.first and each.block.last <= last]
        stretch = Stretch(blocks, hashed(self._events(first, last)))
        drawn = draw_up(before, stretch, log=LOG, key=public_name(key), signed_at=SIGNED_AT)
        assert isinstance(drawn, Checkpoint)
        return sign(drawn, key, to)

    def _events(self, first: int, last: int) -> list[Recorded]:
        return [event for each in self.history for event in each.events if first <= event.position <= last]

    def _block(self, position: int) -> Block:
        return next(each.block for each in self.history if each.block.last >= position)


def run(verifier: Verifier, arguments: Sequence[str]) -> Told:
    """Run a verifier as a program is run."""
    said = StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        try:
            code = verifier(arguments)
        except SystemExit as ended:
            code = int(str(ended.code))
    return Told(code, said.getvalue())


def _history() -> list[Written]:
    history, link = list[Written](), BEGINNING.hash
    for number, (first, last) in enumerate(BLOCKS):
        moment = MONDAY + timedelta(seconds=number)
        events = [recorded(each, moment, data=b'{"n":%d}' % each) for each in range(first, last + 1)]
        block = linked(link, events)
        history.append(Written(block, events))
        link = block.hash
    return history


def _owner(name: str) -> Ed25519PrivateKey:
    return KEY if name == public_name(KEY) else OTHER_KEY
