"""Filling the tables of read models that are built anew, by several processes at once.

Run as `python -m cli.filling` it is one of them: its share on standard input, on standard output how far it has come.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

import msgspec
import uvloop

from daybook.settings import Settings
from events.postgres import open_keys, open_log
from events.sealed import NoKeys, SealedLog
from projections.building import BuildFailed, Fill, fill_here
from projections.catalogue import PERSONAL_MODELS, PROJECTIONS
from projections.folding import Part, Unfoldable
from projections.projection import Projection

# Starting processes takes as long as folding so many events in this one.
SMALL: Final = 20_000
# The rows that so many events make fit into memory; of a longer log the keys are taken part by part.
MOST_EVENTS: Final = 3_000_000

NICE: Final = 10

UNFOLDABLE: Final = 3

_PLACES: Final = ("DATABASE_URL", "DAYBOOK_KEYS_URL", "DAYBOOK_MASTER_KEY")

_PERSONAL: Final = frozenset(each.name for each in PERSONAL_MODELS)

Passed = Callable[[float], None]


class Share(msgspec.Struct, frozen=True):
    """What one process fills: read models by name, with the schemas they stand in, up to a position.

    It is told where the log and the keys are as a process is by its settings.
    """

    settings: dict[str, str]
    schemas: dict[str, str]
    until: int


def filling(settings: Settings, processes: int, passed: Passed = lambda _: None) -> Fill:
    """Return how tables are filled by so many processes; `passed` is told which part of the work is done, up to 1.

    `settings` name a database and a master key. Filling raises Unfoldable, BuildFailed, events.log.LogUnavailable.
    """

    async def fill(projections: Sequence[Projection], until: int) -> None:
        if until <= SMALL or processes == 1:
            await _fill_in_parts(settings, projections, until, passed)
            return
        told = _places(settings)
        shares = [share for share in deal(projections, processes) if share]
        done = [0.0] * len(shares)

        def note(number: int, part: float) -> None:
            done[number] = part
            passed(sum(done) / len(done))

        try:
            async with asyncio.TaskGroup() as tasks:
                for number, share in enumerate(shares):
                    schemas = {each.name: each.schema for each in share}
                    tasks.create_task(_run(Share(told, schemas, until), partial(note, number)))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None

    return fill


def deal(projections: Sequence[Projection], hands: int) -> list[list[Projection]]:
    """Deal read models out so that all have about as much to do."""
    dealt: list[list[Projection]] = [[] for _ in range(hands)]
    for projection in sorted(projections, key=work_of, reverse=True):
        min(dealt, key=lambda hand: sum(map(work_of, hand))).append(projection)
    return dealt


def work_of(projection: Projection) -> int:
    """Count the kinds of events to be taken in, and the columns to be written; to open seals is twice as much again."""
    work = len(projection.events) + sum(len(table.columns) for table in projection.metadata.sorted_tables)
    return 3 * work if projection.name in _PERSONAL else work


async def _run(share: Share, passed: Passed) -> None:
    """Let a process do its share. It ends with us, whatever ends us."""
    command = ("setpriv", "--pdeathsig", "TERM", "--", sys.executable, "-m", "cli.filling")
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    _give_way(process.pid)
    try:
        assert process.stdin is not None  # noqa: S101  they were asked for
        assert process.stdout is not None  # noqa: S101
        process.stdin.write(msgspec.json.encode(share))
        process.stdin.close()
        async for line in process.stdout:
            passed(float(line))
        status = await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    if status == UNFOLDABLE:
        raise Unfoldable("the process said at which position")
    if status:
        raise BuildFailed(f"a process that fills tables has ended with {status}")


def _give_way(pid: int) -> None:
    """Let live traffic have the processor as soon as it wants it, which a low priority alone does not."""
    with suppress(OSError):  # not everywhere is the policy allowed; the priority is
        os.setpriority(os.PRIO_PROCESS, pid, NICE)
        os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))


def _places(settings: Settings) -> dict[str, str]:
    """Name the databases and the master key, and nothing else, as settings are told."""
    fields = dict(zip(settings.__struct_encode_fields__, settings.__struct_fields__, strict=True))
    given = {name: getattr(settings, fields[name]) for name in _PLACES}
    return {name: value for name, value in given.items() if value is not None}


async def _fill_in_parts(settings: Settings, projections: Sequence[Projection], until: int, passed: Passed) -> None:
    url = str(settings.database_url)
    parts = max(-(-until // MOST_EVENTS), 1)
    async with open_log(url) as log, open_keys(settings) as keys:
        # Who needs no personal data spares itself the opening of seals, which takes longer than all the rest.
        is_personal = any(each.name in _PERSONAL for each in projections)
        opened = SealedLog(log, keys if is_personal else NoKeys())
        for number in range(parts):

            def note(position: int, done: int = number) -> None:
                passed((done + position / until) / parts)

            part = Part(number, parts)
            await fill_here(opened, url, projections, until, part=part, passed=note)


async def _work(share: Share) -> None:
    projections = [each.at(share.schemas[each.name]) for each in PROJECTIONS if each.name in share.schemas]
    await _fill_in_parts(Settings.from_environment(share.settings), projections, share.until, _tell)


def _tell(part: float) -> None:
    print(part, flush=True)  # noqa: T201  it is how this process speaks


def main() -> None:
    """Do the share that stands on standard input."""
    # Rows refer to one another in no circle, and are held until the process ends: to look for garbage among them took a
    # tenth of its time.
    gc.disable()
    share = msgspec.json.decode(sys.stdin.buffer.read(), type=Share)
    try:
        uvloop.run(_work(share))
    except Unfoldable as error:
        print(error, file=sys.stderr)  # noqa: T201  as above
        sys.exit(UNFOLDABLE)


if __name__ == "__main__":
    main()
