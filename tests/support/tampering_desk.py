"""A sealed log on which trials are made one after the other: change one thing, export, undo, verify offline.

Most changes are made where one checkpoint covers them, and a part of the log is exported: from the checkpoint before to
the one behind. Every kind is made over the whole log as well; those that only a whole export shows, there alone.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

import asyncpg

from tests.cli.evidence import Told
from tests.events.postgres.looking import owner
from tests.support.databases import fresh_database
from tests.support.sealed_scene import WHOLE, Auditor, Part, Scene, Shape, digest, joined, sealed_scene
from tests.support.tampering import TRIGGERS_OFF, Forger, Kind, Window
from tests.support.tampering_chain import CHAIN
from tests.support.tampering_checkpoints import CHECKPOINTS
from tests.support.tampering_events import EVENTS
from tests.support.tampering_history import ANEW, ENDS

KINDS: Final = [*EVENTS, *CHAIN, *ANEW, *ENDS, *CHECKPOINTS]
# What renumbers all that follows strikes among so many last checkpoints, so as not to write 100,000 rows each time.
LATE: Final = 5
SWEPT_EVERY: Final = 200


class Desk(NamedTuple):
    """A sealed log, a superuser's connection to it, an auditor, and what is honestly exported."""

    scene: Scene
    connection: asyncpg.Connection
    auditor: Auditor
    honest: dict[Part, bytes]
    bundle: Path


class Case(NamedTuple):
    """What the auditor has after a change, and the position that is to be named."""

    bundle: Path
    published: bytes
    part: Part
    position: int


@asynccontextmanager
async def desk_on(template: str, folder: Path, shape: Shape, seed: int) -> AsyncIterator[Desk]:
    """Seal a log in a database of its own."""
    with contextmanager(fresh_database)(template) as url:
        scene = await sealed_scene(url, folder, shape, Random(seed))
        async with owner(url) as connection:
            await connection.execute(f"{TRIGGERS_OFF}; set enable_seqscan = off; set jit = off")
            auditor = Auditor(scene, folder)
            bundle = await auditor.export(connection, WHOLE)
            kept = bundle.rename(folder / "honest.jsonl.gz")
            yield Desk(scene, connection, auditor, {WHOLE: digest(kept)}, kept)


def place(scene: Scene, kind: Kind, random: Random, *, whole: bool) -> tuple[Window, Part]:
    """Choose where to change something, and what is exported then."""
    covering = [each for each in scene.checkpoints if each.last >= each.first]
    least = len(covering) - LATE if kind.late else 0
    if whole:
        return Window(covering[least].first, scene.sealed), WHOLE
    chosen = random.randrange(max(least, 0), len(covering))
    before, behind = max(chosen - 1, 0), min(chosen + 1, len(covering) - 1)
    window = Window(covering[chosen].first, covering[chosen].last)
    return window, Part(covering[before].first if before else None, covering[behind].last)


async def tampered(desk: Desk, kind: Kind, seed: str, *, whole: bool) -> Case:
    """Change one thing, take what an auditor gets, and undo it. What he gets is not what he would have got."""
    random = Random(seed)
    window, part = place(desk.scene, kind, random, whole=whole or kind.whole or kind.file)
    if part not in desk.honest:
        desk.honest[part] = digest(await desk.auditor.export(desk.connection, part))
    async with undone(desk.connection):
        forger = Forger(desk.connection, desk.scene, random, window)
        position = await kind.change(forger)
        published = await table(desk.connection) if kind.table else forger.published
        bundle = desk.bundle if kind.file else await desk.auditor.export(desk.connection, part)
    changed = digest(bundle) != desk.honest[part] if not kind.file else published != joined(desk.scene.lines)
    assert changed, f"{kind.name}, seed {seed}: what is exported is the same"
    return Case(bundle, published, part, position)


@asynccontextmanager
async def undone(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Undo whatever is done."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


async def table(connection: asyncpg.Connection) -> bytes:
    """Take the checkpoints out of the database."""
    rows = await connection.fetch("select line from audit.checkpoint order by number")
    return joined([row[0].encode() for row in rows])


def missed(case: Case, told: Told) -> bool:
    """Tell whether a verifier fails to name the position."""
    return told.code != 1 or not told.said.startswith(f"FAULT: position {case.position}: ")


def schedule(trials: int, whole: int) -> Iterator[tuple[Kind, bool]]:
    """Every kind over the whole log, so many times, and over a part; then any."""
    random = Random(trials)
    yield from ((kind, True) for _ in range(whole) for kind in KINDS)
    in_parts = [kind for kind in KINDS if not kind.whole and not kind.file]
    yield from ((kind, False) for kind in in_parts)
    often = [*in_parts * 12, *CHECKPOINTS * 3]
    for _ in range(trials - len(KINDS) * whole - len(in_parts)):
        yield random.choice(often), False


async def unnoticed(desk: Desk, trials: int, whole: int) -> list[str]:
    """Tamper so many times; tell of each change that was not found, or not where it was made."""
    found = []
    for number, (kind, over_all) in enumerate(schedule(trials, whole)):
        case = await tampered(desk, kind, f"{trials}-{number}", whole=over_all)
        told = desk.auditor.verify(case.bundle, case.published, case.part)
        if missed(case, told):
            found.append(f"{kind.name}, seed {trials}-{number}, {case.part}, at {case.position}: {told.said}")
        if number % SWEPT_EVERY == SWEPT_EVERY - 1:
            await desk.connection.execute("vacuum daybook.event")
            await desk.connection.execute("vacuum daybook.block")
    return found
